//! The places of a sidecar, as a replica's fixture and as what a bot opens.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use onepurse_core::Platform;
use onepurse_replica::{
    Mapping, Replica, SqliteReplica,
    wrap::{Place, Sidecar},
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::telegram;
use crate::support::{Counting, coins, fixture::Fixture, postgres::Postgres};

/// Where a sidecar is, and the replica onto it.
pub(crate) trait Wrapped: Fixture {
    fn place(&self) -> Place;

    fn fresh() -> Self {
        Self::new("")
    }

    fn open(&self) -> Sidecar {
        Sidecar::open(&self.place(), &telegram(), &[coins()]).unwrap()
    }
}

impl Wrapped for Postgres {
    fn place(&self) -> Place {
        Place::Schema(Box::new(self.address()))
    }
}

/// The sidecar's file.
pub(crate) struct Beside {
    dir: TempDir,
    random: Arc<Counting>,
}

impl Beside {
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("bot.onepurse")
    }

    pub(crate) fn write(&self, sql: &str) {
        self.run(sql).unwrap();
    }
}

impl Wrapped for Beside {
    fn place(&self) -> Place {
        Place::File(self.path())
    }
}

impl Fixture for Beside {
    fn new(_: &str) -> Self {
        Self { dir: TempDir::new().unwrap(), random: Arc::new(Counting(1.into())) }
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        Connection::open(self.path()).unwrap().execute_batch(sql).map_err(|error| error.to_string())
    }

    fn read(&self, sql: &str) -> Option<String> {
        let found: Result<i64, _> =
            Connection::open(self.path()).unwrap().query_row(sql, [], |row| row.get(0));
        found.ok().map(|number| number.to_string())
    }

    fn replica(&self, mappings: Vec<Mapping>) -> Box<dyn Replica> {
        let platform: Platform = telegram();
        Box::new(SqliteReplica::new(platform, &self.path(), mappings, self.random.clone()))
    }

    fn back_up(&self, name: &str) {
        std::fs::copy(self.path(), self.dir.path().join(name)).unwrap();
    }

    fn restore(&self, name: &str) {
        std::fs::rename(self.dir.path().join(name), self.path()).unwrap();
    }

    fn lose_capture(&self) {
        self.run("DROP TRIGGER onepurse_coins_update").unwrap();
    }

    fn schema(&self) -> String {
        self.read("SELECT count(*) FROM sqlite_master").unwrap()
    }

    fn age(&self) {
        unreachable!("a sidecar has no older form");
    }

    fn our(&self, table: &str) -> String {
        format!("onepurse_{table}")
    }
}
