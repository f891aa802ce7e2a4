//! A small world: a ledger, platforms with a bot's database each, and a clock that only the test moves.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use onepurse_core::{Amount, Asset, AssetName, Clock, EventKey, Platform, Random, Scale};
use onepurse_ledger::{AuditScope, Ledger, Link, Open, Records, SqliteLedger};
use onepurse_replica::{Decision, Mapping, Replica, SqliteReplica};
use onepurse_sync::{Engine, Happening, Observer, Options, Parts, Progress, SyncError, verify};

pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = n[at % 8] ^ u8::try_from(at / 8).unwrap();
        }
    }
}

#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<(String, Happening)>>);

impl Observer for Heard {
    fn see(&self, platform: &Platform, happening: Happening) {
        self.0.lock().unwrap().push((platform.to_string(), happening));
    }
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) random: Arc<Counter>,
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) engines: BTreeMap<String, Engine>,
}

impl World {
    /// A ledger and a bot with `users(id TEXT PRIMARY KEY, coins INTEGER)` on each platform.
    pub(crate) async fn new(platforms: &[&str]) -> Self {
        Self::seeded(platforms, 1).await
    }

    /// The same with other random bytes.
    pub(crate) async fn seeded(platforms: &[&str], seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The bots' own triggers take the time from the system, so the test's clock begins there too.
        let start_ms = 1_900_000_000_000;
        let clock = Arc::new(TestClock(AtomicI64::new(start_ms)));
        let random = Arc::new(Counter(AtomicU64::new(seed)));
        let ledger =
            SqliteLedger::open(&folder.path().join("ledger.db"), Open::Create, clock.clone(), random.clone())
                .unwrap();
        ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await.unwrap();
        let mut world = Self {
            folder,
            clock,
            random,
            ledger: Arc::new(ledger),
            heard: Arc::default(),
            engines: BTreeMap::new(),
        };
        for &platform in platforms {
            world.bot(platform, "CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0)");
            world.restart(platform);
        }
        world
    }

    /// Two platforms and one person: everyone has 150.
    pub(crate) async fn linked() -> Self {
        let mut world = Self::new(&["telegram", "discord"]).await;
        world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
        world.bot("discord", "INSERT INTO users VALUES ('123', 50)");
        world.rest().await;
        world.link("telegram:456", "discord:123").await;
        world.rest().await;
        assert_eq!((world.coins("telegram", "456"), world.coins("discord", "123")), (150, 150));
        world
    }

    pub(crate) fn path(&self, platform: &str) -> PathBuf {
        self.folder.path().join(format!("{platform}.db"))
    }

    pub(crate) fn replica(&self, path: &Path, platform: &str) -> SqliteReplica {
        let mapping = Mapping::new(AssetName::default(), "users", &["id"], "coins");
        SqliteReplica::new(platform.parse().unwrap(), path, vec![mapping], self.random.clone())
    }

    /// A new engine that knows beforehand what to do about differences when it attaches.
    pub(crate) fn restart_deciding(&mut self, platform: &str, decision: Decision) {
        let engine = self.deciding(&self.path(platform), platform, Some(decision));
        self.engines.insert(platform.to_owned(), engine);
    }

    /// A new engine that remembers nothing.
    pub(crate) fn restart(&mut self, platform: &str) {
        let engine = self.at(&self.path(platform), platform);
        self.engines.insert(platform.to_owned(), engine);
    }

    /// An engine for the database at `path`.
    pub(crate) fn at(&self, path: &Path, platform: &str) -> Engine {
        self.deciding(path, platform, None)
    }

    fn deciding(&self, path: &Path, platform: &str, decision: Option<Decision>) -> Engine {
        self.engine(Box::new(self.replica(path, platform)), decision)
    }

    /// An engine for this replica.
    pub(crate) fn engine(&self, replica: Box<dyn Replica>, decision: Option<Decision>) -> Engine {
        let parts = Parts {
            replica,
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            observer: self.heard.clone(),
        };
        let options = Options { keep_ms: 30 * 86_400_000, decision };
        Engine::new(parts, options)
    }

    /// A backup of the ledger as it is now.
    pub(crate) fn back_up_ledger(&self) -> PathBuf {
        let ledger = self.folder.path().join("ledger.db");
        let db = rusqlite::Connection::open(&ledger).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let backup =
            self.folder.path().join(format!("ledger-{}.backup", self.random.0.load(Ordering::Relaxed)));
        fs::copy(&ledger, &backup).unwrap();
        backup
    }

    /// Puts a ledger in the place of this one, as an operator does it.
    pub(crate) fn put_back_ledger(&self, backup: &Path) {
        for rest in ["ledger.db-wal", "ledger.db-shm"] {
            let _ = fs::remove_file(self.folder.path().join(rest));
        }
        fs::copy(backup, self.folder.path().join("ledger.new")).unwrap();
        fs::rename(self.folder.path().join("ledger.new"), self.folder.path().join("ledger.db")).unwrap();
    }

    /// What a bot does: a connection of its own, one or more statements.
    pub(crate) fn bot(&self, platform: &str, sql: &str) {
        rusqlite::Connection::open(self.path(platform)).unwrap().execute_batch(sql).unwrap();
    }

    pub(crate) fn coins(&self, platform: &str, id: &str) -> i64 {
        let db = rusqlite::Connection::open(self.path(platform)).unwrap();
        db.query_row("SELECT coins FROM users WHERE id = ?1", [id], |row| row.get(0)).unwrap()
    }

    pub(crate) async fn cycle(&mut self, platform: &str) -> Result<Progress, SyncError> {
        self.engines.get_mut(platform).unwrap().cycle().await
    }

    /// Cycles every engine until all are in step twice in a row.
    pub(crate) async fn rest(&mut self) {
        let platforms: Vec<_> = self.engines.keys().cloned().collect();
        for _ in 0..2 {
            for platform in &platforms {
                while self.cycle(platform).await.unwrap() == Progress::Again {}
                assert_eq!(self.cycle(platform).await.unwrap(), Progress::InStep, "{platform}");
            }
        }
    }

    pub(crate) async fn link(&self, one: &str, other: &str) {
        let mut key = [0; 16];
        self.random.fill(&mut key);
        let link = Link {
            key: EventKey(key),
            stays: one.parse().unwrap(),
            joins: other.parse().unwrap(),
            actor: None,
            reason: None,
        };
        self.ledger.link(link).await.unwrap();
    }

    pub(crate) async fn purse(&self, identity: &str) -> i64 {
        let purse = self.ledger.purse_of(identity.parse().unwrap()).await.unwrap().unwrap();
        purse.balances.get(&AssetName::default()).map_or(0, |amount: &Amount| amount.units())
    }

    pub(crate) fn happened(&self, what: impl Fn(&Happening) -> bool) -> usize {
        self.heard.0.lock().unwrap().iter().filter(|(_, happening)| what(happening)).count()
    }

    /// Every invariant, over everything.
    pub(crate) async fn verify(&self) {
        let mut verified = verify::ledger(&*self.ledger, AuditScope::default()).await.unwrap();
        for platform in self.engines.keys() {
            let mut replica: Box<dyn Replica> = Box::new(self.replica(&self.path(platform), platform));
            verify::replica(&mut *replica, &*self.ledger, &mut verified).await.unwrap();
        }
        assert!(verified.ok, "{verified:#?}");
    }
}
