//! The demo's folder: two databases of two bots, and the configuration that keeps them in step.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use onepurse_core::{LedgerId, Random};
use rusqlite::Connection;

use crate::{error::Failure, texts::Language};

const NAME: &str = "onepurse-demo";

/// The Telegram bot's: numbers for ids, coins that are never NULL.
const TELEGRAM: &str = "
CREATE TABLE users (user_id INTEGER PRIMARY KEY, name TEXT, coins INTEGER NOT NULL DEFAULT 0);
INSERT INTO users VALUES (456, 'Anna', 0), (457, 'Boris', 40);
";

/// The Discord bot's: another table, texts for ids, two pockets of which one is shared.
const DISCORD: &str = "
CREATE TABLE economy (id TEXT PRIMARY KEY, balance INTEGER, bank INTEGER);
INSERT INTO economy VALUES ('123', 0, 0), ('124', 25, 1000);
";

/// Where everything of the demo is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DemoFolder {
    /// The folder itself, as an absolute path.
    pub(crate) path: PathBuf,
}

impl DemoFolder {
    /// Makes the folder that is wanted, or one in the current directory, or where that cannot be, one for temporary
    /// files. Nothing that is there is written over.
    pub(crate) fn make(wanted: Option<&Path>, random: &dyn Random) -> Result<Self, Failure> {
        let made = match wanted {
            Some(path) => new_folder(path),
            None => new_folder(Path::new(NAME)).or_else(|_| {
                let unlike_any = LedgerId::random(random);
                new_folder(&std::env::temp_dir().join(format!("{NAME}-{unlike_any}")))
            }),
        };
        let cannot = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => Failure::Usage(source.to_string()),
            _ => Failure::System { doing: "making the demo's folder", source },
        };
        Ok(Self { path: made.map_err(cannot)? })
    }

    /// The Telegram bot's database.
    pub(crate) fn telegram(&self) -> PathBuf {
        self.path.join("telegram.db")
    }

    /// The Discord bot's database.
    pub(crate) fn discord(&self) -> PathBuf {
        self.path.join("discord.db")
    }

    /// The configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("onepurse.toml")
    }

    /// Makes both databases and the configuration.
    pub(crate) fn fill(&self, language: Language, listen: SocketAddr) -> Result<(), Failure> {
        Connection::open(self.telegram())?.execute_batch(TELEGRAM)?;
        Connection::open(self.discord())?.execute_batch(DISCORD)?;
        let config = configuration(language, listen);
        fs::write(self.config(), config)
            .map_err(|source| Failure::System { doing: "writing the demo's configuration", source })
    }
}

/// A folder that is empty: a new one, or one that was made for this.
fn new_folder(path: &Path) -> io::Result<PathBuf> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            if fs::read_dir(path).map_err(named)?.next().is_some() {
                let taken = format!("{} is there already and not empty", path.display());
                return Err(io::Error::new(error.kind(), taken));
            }
        }
        made => {
            made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        }
    }
    fs::canonicalize(path)
}

fn configuration(language: Language, listen: SocketAddr) -> String {
    let language = language.code();
    format!(
        r#"language = "{language}"

[ledger]
url = "sqlite://ledger.db"

[website]
listen = "{listen}"

[[platform]]
name = "telegram"
database = "sqlite://telegram.db"
[[platform.balance]]
table = "users"
id = "user_id"
column = "coins"

[[platform]]
name = "discord"
database = "sqlite://discord.db"
[[platform.balance]]
table = "economy"
id = "id"
column = "balance"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Database, Environment},
        random::OsRandom,
    };

    #[test]
    fn the_demo_is_a_configuration_like_any_other() {
        let place = tempfile::tempdir().unwrap();
        let folder = DemoFolder::make(Some(&place.path().join("demo")), &OsRandom).unwrap();
        folder.fill(Language::Ru, "127.0.0.1:0".parse().unwrap()).unwrap();
        let config = Config::load(&folder.config(), &Environment::default()).unwrap();
        assert_eq!(config.language, Language::Ru);
        for (platform, path) in config.platforms.iter().zip([folder.telegram(), folder.discord()]) {
            assert_eq!(platform.database, Database::Sqlite(path.clone()));
            let database = Connection::open(path).unwrap();
            let balance = &platform.balances[0];
            let sql = format!("SELECT COUNT({}) FROM {}", balance.column, balance.table);
            assert_eq!(database.query_row(&sql, [], |row| row.get::<_, i64>(0)), Ok(2));
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path();
        assert!(DemoFolder::make(Some(path), &OsRandom).is_ok());
        fs::write(path.join("mine"), "precious").unwrap();
        let refused = DemoFolder::make(Some(path), &OsRandom).unwrap_err().to_string();
        assert!(refused.contains("is there already and not empty"), "{refused}");
        assert!(DemoFolder::make(Some(&path.join("mine")), &OsRandom).is_err());
    }
}
