//! Why there is no configuration, and where in it the fault is.

use std::{
    fmt, io,
    ops::Range,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::fault::{Fault, suggestion};
use crate::nearest::listed;

/// Why there is no configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// There is no file.
    #[error("there is no configuration at {}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{place}: {fault}")]
    Wrong {
        /// Where.
        place: Place,
        /// What.
        fault: Fault,
    },
    /// A command names a platform that the configuration does not.
    #[error("the configuration has no platform `{name}`")]
    UnknownPlatform {
        /// As it was named.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
}

/// The least that a configuration needs, as an example.
pub(crate) const EXAMPLE: &str = r#"[[platform]]
name = "telegram"
database = "sqlite:///srv/telegram/bot.db"
[[platform.balance]]
table = "users"
id = "user_id"
column = "coins"

[[platform]]
name = "discord"
database = "sqlite:///srv/discord/bot.db"
[[platform.balance]]
table = "economy"
id = "id"
column = "balance"
"#;

impl ConfigError {
    /// The name of the error for programs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "ConfigMissing",
            Self::Unreadable { .. } => "ConfigUnreadable",
            Self::Wrong { .. } => "ConfigWrong",
            Self::UnknownPlatform { .. } => "UnknownPlatform",
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some(format!(
                "write one like this, or name another with --config, or see it work first with `onepurse demo`:\n\n{EXAMPLE}"
            )),
            Self::Unreadable { .. } => None,
            Self::Wrong { fault, .. } => fault.hint(),
            Self::UnknownPlatform { name, known } => {
                Some(suggestion(name, known).unwrap_or_else(|| format!("it has {}", listed(known))))
            }
        }
    }
}

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file; line and column count from 1, columns in characters.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In a variable of the environment.
    Environment(&'static str),
    /// In an option of the command line.
    Option(&'static str),
}

impl Place {
    /// The place where `span` begins in the `text` of the file.
    pub(super) fn in_file(path: &Path, text: &str, span: Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::File {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment(name) | Self::Option(name) => f.write_str(name),
        }
    }
}
