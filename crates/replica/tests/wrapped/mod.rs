//! A store that no trigger reaches, with its sidecar: what the bot did counts once, what came in arrives once, whatever is
//! killed in between and whatever of the store is forgotten by it.

mod local;
mod random;

use std::{path::PathBuf, sync::Arc};

use onepurse_core::{Amount, Platform};
use onepurse_replica::{
    Decision, Mapping, Replica, SqliteReplica,
    wrap::{Begun, Did, Due, Shows, Sidecar, SidecarError},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{Counting, coins, fixture::Fixture, who, world::World};

/// The sidecar's file.
struct Beside {
    dir: TempDir,
    random: Arc<Counting>,
}

impl Beside {
    fn path(&self) -> PathBuf {
        self.dir.path().join("bot.onepurse")
    }

    fn open(&self) -> Sidecar {
        Sidecar::open(&self.path(), &[coins()]).unwrap()
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
        let platform: Platform = "telegram".parse().unwrap();
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

fn shows(id: &str, units: i64) -> Shows {
    Shows { asset: coins(), external: who(id), value: Amount::new(units) }
}

fn did(id: &str, now: i64, delta: i64) -> Did {
    Did { now: shows(id, now), delta: Amount::new(delta) }
}

fn due(id: &str, from: i64, to: i64) -> Due {
    Due { asset: coins(), external: who(id), from: Amount::new(from), to: Amount::new(to) }
}

/// A store with these people, in step with the ledger.
fn start(store: &[Shows]) -> (World<Beside>, Sidecar) {
    let beside = Beside::new("");
    let mut sidecar = beside.open();
    sidecar.begin(store, None).unwrap();
    (World::with(beside, Sidecar::mappings(&[coins()])), sidecar)
}

#[test]
fn what_the_bot_did_counts_and_what_came_in_is_due_once() {
    let (mut world, mut sidecar) = start(&[shows("456", 100), shows("7", 5)]);
    assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("7")), (100, 5));
    sidecar.capture(&[did("456", 130, 30), did("8", 50, 50)]).unwrap();
    world.sync();
    assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("8")), (130, 50));
    assert_eq!(sidecar.due(10).unwrap(), []);
    world.ledger.earn("456", 7);
    world.sync();
    assert_eq!(sidecar.due(10).unwrap(), [due("456", 130, 137)]);
    sidecar.intend(&[due("456", 130, 137)]).unwrap();
    assert_eq!(sidecar.due(10).unwrap(), []);
    world.sync();
    assert_eq!(world.ledger.changes_of("456"), [30]);
}

#[test]
fn what_the_bot_does_before_it_shows_what_came_in_keeps_both() {
    let (mut world, mut sidecar) = start(&[shows("456", 100)]);
    world.ledger.earn("456", 50);
    world.sync();
    sidecar.capture(&[did("456", 70, -30)]).unwrap();
    assert_eq!(sidecar.due(10).unwrap(), [due("456", 70, 120)]);
    sidecar.intend(&[due("456", 70, 120)]).unwrap();
    // The store could not be written: it is due again.
    sidecar.refuse(&[due("456", 70, 120)]).unwrap();
    assert_eq!(sidecar.due(10).unwrap(), [due("456", 70, 120)]);
    sidecar.intend(&[due("456", 70, 120)]).unwrap();
    // A stale write: computed from 70, while the store shows 120. What it should show then is told with it.
    sidecar.capture(&[did("456", 110, -10)]).unwrap();
    world.sync();
    assert_eq!((world.ledger.coins_of("456"), sidecar.due(10).unwrap()), (110, vec![]));
}

#[test]
fn who_disappears_spends_nothing_and_many_at_once_are_asked_about() {
    let store: Vec<_> = (1..=20).map(|id| shows(&id.to_string(), 10)).collect();
    let (mut world, mut sidecar) = start(&store);
    sidecar.gone(&["1"]).unwrap();
    world.sync();
    assert_eq!(world.ledger.coins_of("1"), 10);
    let Begun::Asks(mass) = sidecar.begin(&[], None).unwrap() else {
        panic!("an empty store is nobody's doing")
    };
    assert_eq!((mass.gone, mass.of), (19, 19));
    let poor: Vec<_> = (2..=20).map(|id| shows(&id.to_string(), 0)).collect();
    assert!(matches!(sidecar.begin(&poor, None).unwrap(), Begun::Asks(mass) if mass.changed == 19));
    // The ledger is right: all of it is due again.
    sidecar.begin(&poor, Some(Decision::Ledger)).unwrap();
    assert_eq!(sidecar.due(100).unwrap().len(), 19);
    let counted = sidecar.begin(&poor, Some(Decision::Count)).unwrap();
    assert_eq!(counted, Begun::Done { new: 0, counted: 0, taken_back: 0 }, "by then it is what is known");
    world.sync();
    assert_eq!(world.ledger.coins_of("2"), 10);
}

#[test]
fn another_file_is_left_alone_and_an_asset_may_come_later() {
    let beside = Beside::new("");
    let other = beside.dir.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE users (id)").unwrap();
    let refused = Sidecar::open(&other, &[coins()]).unwrap_err();
    assert!(matches!(refused, SidecarError::NotASidecar { .. }), "{refused}");
    drop(beside.open());
    let xp = "xp".parse().unwrap();
    let mut sidecar = Sidecar::open(&beside.path(), &[coins(), xp]).unwrap();
    let level = Shows { asset: "xp".parse().unwrap(), external: who("456"), value: Amount::new(3) };
    sidecar.begin(&[shows("456", 1), level.clone()], None).unwrap();
    assert_eq!(sidecar.shown(&level.asset, "456").unwrap(), Some(Amount::new(3)));
}
