//! Hints that a database was written by anyone.

use std::path::Path;

use onepurse_replica::{FileWatch, MariaDbWatch, PostgresWatch};
use tokio::sync::watch;

use crate::config::{Config, Database, PlatformConfig};

/// Hints as long as this lives. Where a database cannot be watched there are none, and the polls have to do.
pub(crate) enum Hints {
    /// Of a file.
    File(FileWatch),
    /// Of a database on a PostgreSQL server.
    Postgres(PostgresWatch),
    /// Of a database on a MariaDB server.
    MariaDb(MariaDbWatch),
    /// There are none.
    None,
}

impl Hints {
    /// Watches the platform's database.
    pub(crate) fn of_platform(platform: &PlatformConfig) -> Self {
        match &platform.database {
            Database::Sqlite(path) => Self::of_file(path),
            Database::Postgres(address) => {
                Self::Postgres(PostgresWatch::new((**address).clone(), &platform.platform))
            }
            Database::MariaDb(address) => {
                Self::MariaDb(MariaDbWatch::new((**address).clone(), &platform.platform))
            }
        }
    }

    /// Watches the ledger's file. What is on a server gives its hints itself.
    pub(crate) fn of_ledger(config: &Config) -> Self {
        config.ledger.file().map_or(Self::None, Self::of_file)
    }

    fn of_file(path: &Path) -> Self {
        match FileWatch::new(path) {
            Ok(watch) => Self::File(watch),
            Err(error) => {
                tracing::warn!("{error}");
                Self::None
            }
        }
    }

    /// Changes at every hint.
    pub(crate) fn receiver(&self) -> Option<watch::Receiver<u64>> {
        match self {
            Self::File(watch) => Some(watch.hints()),
            Self::Postgres(watch) => Some(watch.hints()),
            Self::MariaDb(watch) => Some(watch.hints()),
            Self::None => None,
        }
    }
}
