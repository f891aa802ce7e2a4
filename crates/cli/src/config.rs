//! `onepurse.toml`: what to keep in step, where the ledger is, where the website listens.
//!
//! Reading has two steps: [`raw`] is the file as it is written, [`check`] makes of it a [`Config`] in which everything
//! is known to fit together. Every fault names its place in the file and what to do about it.

mod check;
mod database;
mod environment;
mod error;
mod fault;
mod raw;
mod url;
mod webhook;
mod wrapped;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use onepurse_core::{Asset, Platform};
use onepurse_hooks::Webhook;
use onepurse_replica::{Mapping, MariaDbReplica, PostgresReplica, Replica, SqliteReplica};

use crate::{random::OsRandom, texts::Language};

pub(crate) use database::Database;
pub(crate) use environment::Environment;
pub(crate) use error::{ConfigError, EXAMPLE, Place};
pub(crate) use fault::Fault;

/// Where a configuration is, unless somebody says another place.
pub(crate) const DEFAULT: &str = "onepurse.toml";

/// A configuration whose parts fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// The language of everything that is written for people.
    pub(crate) language: Language,
    /// Where the ledger is.
    pub(crate) ledger: Database,
    /// The same as it was written, without secrets.
    pub(crate) ledger_url: String,
    /// How many days a replica keeps events that the ledger has.
    pub(crate) keep_days: u32,
    /// Where the website listens.
    pub(crate) listen: SocketAddr,
    /// What is counted.
    pub(crate) assets: Vec<Asset>,
    /// Whose databases are kept in step.
    pub(crate) platforms: Vec<PlatformConfig>,
    /// Who is told of what happens in the ledger.
    pub(crate) webhooks: Vec<Webhook>,
}

/// One bot's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlatformConfig {
    /// The platform it belongs to.
    pub(crate) platform: Platform,
    /// Where the database is.
    pub(crate) database: Database,
    /// The file beside which the lock file of the one process that works on the database stands.
    pub(crate) seat: PathBuf,
    /// Which of its columns are balances.
    pub(crate) balances: Vec<Mapping>,
}

impl PlatformConfig {
    /// The platform's database. Nothing is opened yet.
    pub(crate) fn replica(&self) -> Box<dyn Replica> {
        let (platform, mappings, random) = (self.platform.clone(), self.balances.clone(), Arc::new(OsRandom));
        match &self.database {
            Database::Sqlite(path) => Box::new(SqliteReplica::new(platform, path, mappings, random)),
            Database::Postgres(address) => {
                Box::new(PostgresReplica::new(platform, (**address).clone(), mappings, random))
            }
            Database::MariaDb(address) => {
                Box::new(MariaDbReplica::new(platform, (**address).clone(), mappings, random))
            }
        }
    }
}

impl Config {
    /// Reads the file at `path`, and what the environment says besides.
    pub(crate) fn load(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            // Where all bots are wrapped there is nothing else to say.
            Err(error) if is_missing(&error) && path == Path::new(DEFAULT) && environment.has_ledger() => {
                String::new()
            }
            Err(error) if is_missing(&error) => return Err(ConfigError::Missing { path: path.to_owned() }),
            Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        };
        // One name for the folder, wherever the program is called from: a database's place is its name in the ledger.
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self::read(path, &folder, &text, environment)
    }

    /// Reads `text`, which stands in the file at `path`; relative paths in it count from `folder`.
    pub(crate) fn read(
        path: &Path,
        folder: &Path,
        text: &str,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let in_file = |located: fault::Located| ConfigError::Wrong {
            place: Place::in_file(path, text, located.span),
            fault: located.fault,
        };
        let mut raw = raw::read(text).map_err(in_file)?;
        environment.replace(&mut raw, folder)?;
        check::check(raw, folder, environment).map_err(in_file)
    }

    /// The database that an option of the command line names: a URL, in which a relative path counts from the current folder,
    /// a variable of the environment behind a `$`, or a platform.
    pub(crate) fn database(
        &self,
        option: &'static str,
        text: &str,
        environment: &Environment,
    ) -> Result<Database, ConfigError> {
        if let Some(known) = self.platforms.iter().find(|known| known.platform.as_str() == text) {
            return Ok(known.database.clone());
        }
        let wrong = |fault| ConfigError::Wrong { place: Place::Option(option), fault };
        let url = environment.resolve(text).map_err(|fault| match fault {
            Fault::NoVariable(name) => wrong(Fault::NoOptionVariable(name)),
            fault => wrong(fault),
        })?;
        let named = url::read(url, Path::new("")).map_err(|fault| wrong(Fault::OptionUrl(fault)))?;
        Ok(named.database)
    }

    /// The platform of this name, or an error that lists those there are.
    pub(crate) fn platform(&self, platform: &Platform) -> Result<&PlatformConfig, ConfigError> {
        self.platforms.iter().find(|known| known.platform == *platform).ok_or_else(|| {
            let known = self.platforms.iter().map(|known| known.platform.to_string()).collect();
            ConfigError::UnknownPlatform { name: platform.to_string(), known }
        })
    }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

#[cfg(test)]
mod tests;
