//! What a row is, and what it is given to be measured.

use std::{path::Path, sync::OnceLock};

use async_trait::async_trait;
use onepurse_servers::{Cluster, Database, MariaDb, MariaDbDatabase, OwnMariaDb, Postgres, Settings};
use tempfile::TempDir;

use crate::{error::BenchError, line::Line};

/// A row of the suite: one thing that is measured beside its yardstick, in one line or a few.
#[async_trait(?Send)]
pub(crate) trait Row {
    /// Its number: `4b`.
    fn number(&self) -> &'static str;

    /// What is measured.
    fn what(&self) -> &'static str;

    /// What it is measured beside.
    fn yardstick(&self) -> &'static str;

    /// How much of it, for whoever repeats it.
    fn sizes(&self, scale: Scale) -> String;

    /// Whether it takes so long that it is measured only when it is asked for.
    fn on_demand(&self) -> bool {
        false
    }

    /// Measures it.
    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError>;
}

/// How much work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// What figures are taken from.
    Full,
    /// A fraction, for trying the suite itself.
    Quick,
}

impl Scale {
    pub(crate) fn pick<T>(self, full: T, quick: T) -> T {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }

    /// Rounds in which both sides are measured in turns.
    pub(crate) fn rounds(self) -> usize {
        self.pick(5, 2)
    }
}

/// What rows share: a folder on the disk, and servers that are started when a row first asks for one. Their durability is
/// what it is by default.
pub(crate) struct Bench {
    pub(crate) scale: Scale,
    folder: TempDir,
    postgres: OnceLock<Cluster>,
    mariadb: OnceLock<OwnMariaDb>,
}

impl Bench {
    pub(crate) fn new(scale: Scale) -> Result<Self, BenchError> {
        let folder = tempfile::Builder::new().prefix("onepurse-bench-").tempdir()?;
        Ok(Self { scale, folder, postgres: OnceLock::new(), mariadb: OnceLock::new() })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A new, empty folder.
    pub(crate) fn new_folder(&self) -> Result<TempDir, BenchError> {
        Ok(tempfile::tempdir_in(self.folder.path())?)
    }

    /// A new, empty database in PostgreSQL.
    pub(crate) fn postgres(&self) -> Database {
        let settings = Settings { max_connections: 100, durable: true, ..Settings::default() };
        self.postgres.get_or_init(|| Postgres::start(settings)).database()
    }

    /// A new, empty database in MariaDB.
    pub(crate) fn mariadb(&self) -> MariaDbDatabase {
        self.mariadb.get_or_init(MariaDb::start_durable).database()
    }
}
