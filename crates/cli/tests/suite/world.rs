//! A folder with a configuration and a ledger, and a way to run the binary there.

use std::{path::Path, process::Command, sync::Arc};

use onepurse_core::{Amount, Asset, AssetName, Clock, Event, EventKey, EventKind, Random, Scale};
use onepurse_ledger::{Ledger, Open, SqliteLedger};
use serde_json::Value;
use tempfile::TempDir;

/// 2026-11-23T06:52:00Z, always.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now_ms(&self) -> i64 {
        1_795_416_720_000
    }
}

impl Random for Noon {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// How the binary ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn error(&self) -> Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// A folder with this configuration and nothing else.
    pub(crate) fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onepurse.toml"), config).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the ledger; coins have so many decimals, and each of these identities has had these changes.
    pub(crate) fn with_ledger(self, decimals: u8, changes: &[(&str, i64)]) -> Self {
        let path = self.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, Open::Create, Arc::new(Noon), Arc::new(Noon)).unwrap();
        let asset = Asset::new(AssetName::default(), Scale::new(decimals).unwrap());
        let events = (0_u64..).zip(changes).map(|(nth, (identity, delta))| Event {
            key: EventKey::captured(Noon.now_ms(), nth.to_be_bytes()),
            identity: identity.parse().unwrap(),
            asset: AssetName::default(),
            delta: Amount::new(*delta),
            kind: EventKind::Change,
            captured_ms: Noon.now_ms(),
            reason: None,
        });
        let events = events.collect();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            ledger.declare(vec![asset]).await.unwrap();
            ledger.append(events).await.unwrap();
        });
        self
    }

    /// Runs the binary in the folder with an environment of its own.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(&[], arguments)
    }

    /// The same with these variables in it.
    pub(crate) fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let ended = Command::new(env!("CARGO_BIN_EXE_onepurse"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("TZ", "UTC")
            .env("USER", "olga")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        Ended {
            code: ended.status.code().unwrap_or(-1),
            out: String::from_utf8(ended.stdout).unwrap(),
            err: String::from_utf8(ended.stderr).unwrap(),
        }
    }
}

/// Runs statements in a database, as a bot does.
pub(crate) fn sql(database: &Path, statements: &str) {
    rusqlite::Connection::open(database).unwrap().execute_batch(statements).unwrap();
}
