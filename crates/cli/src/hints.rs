//! Hints that a database was written by anyone.

use std::path::Path;

use onepurse_replica::FileWatch;
use tokio::sync::watch;

use crate::config::{Config, Database, PlatformConfig};

/// Hints as long as this lives. Where a database cannot be watched there are none, and the polls have to do.
pub(crate) enum Hints {
    /// Of a file.
    File(FileWatch),
    /// There are none.
    None,
}

impl Hints {
    /// Watches the platform's database.
    pub(crate) fn of_platform(platform: &PlatformConfig) -> Self {
        let Database::Sqlite(path) = &platform.database;
        Self::of_file(path)
    }

    /// Watches the ledger, beside what it hints itself.
    pub(crate) fn of_ledger(config: &Config) -> Self {
        let Database::Sqlite(path) = &config.ledger;
        Self::of_file(path)
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
            Self::None => None,
        }
    }
}
