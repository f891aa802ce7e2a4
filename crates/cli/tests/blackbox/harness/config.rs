//! The configuration of a test, as its operator would write it.

use std::{fmt::Write as _, path::Path};

/// What stands in `onepurse.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) language: &'static str,
    pub(crate) ledger: String,
    /// Where the website listens; nothing leaves the line out.
    pub(crate) listen: Option<&'static str>,
    /// Name and scale.
    pub(crate) assets: Vec<(&'static str, u8)>,
    pub(crate) platforms: Vec<Platform>,
    /// Lines as they are, at the end.
    pub(crate) more: String,
}

/// A `[[platform]]`.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    pub(crate) name: String,
    pub(crate) database: String,
    /// The lines of each `[[platform.balance]]`.
    pub(crate) balances: Vec<String>,
}

impl Config {
    pub(crate) fn new() -> Self {
        let ledger = "sqlite://ledger.db".to_owned();
        // The system picks a port.
        let listen = Some("127.0.0.1:0");
        Self {
            language: "en",
            ledger,
            listen,
            assets: Vec::new(),
            platforms: Vec::new(),
            more: String::new(),
        }
    }

    /// Adds lines to the first balance of a platform.
    pub(crate) fn add(&mut self, platform: &str, lines: &str) {
        self.platform(platform).balances[0].push_str(lines);
    }

    pub(crate) fn platform(&mut self, name: &str) -> &mut Platform {
        self.platforms.iter_mut().find(|platform| platform.name == name).unwrap()
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("language = \"{}\"\n\n[ledger]\nurl = \"{}\"\n", self.language, self.ledger);
        if let Some(listen) = self.listen {
            write!(text, "\n[website]\nlisten = \"{listen}\"\n").unwrap();
        }
        for (name, scale) in &self.assets {
            write!(text, "\n[[asset]]\nname = \"{name}\"\nscale = {scale}\n").unwrap();
        }
        for Platform { name, database, balances } in &self.platforms {
            write!(text, "\n[[platform]]\nname = \"{name}\"\ndatabase = \"{database}\"\n").unwrap();
            for lines in balances {
                write!(text, "\n[[platform.balance]]\n{lines}").unwrap();
            }
        }
        text + &self.more
    }
}

impl Platform {
    pub(crate) fn new(name: &str, url: &str, mapping: &str) -> Self {
        Self { name: name.to_owned(), database: url.to_owned(), balances: vec![mapping.to_owned()] }
    }
}

/// `sqlite://` and the path.
pub(crate) fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}
