//! A store that no trigger reaches, with its sidecar: what the bot did counts once, what came in arrives once, whatever is
//! killed in between and whatever of the store is forgotten by it.

mod between;
mod local;
mod places;
mod random;

use onepurse_core::{Amount, Platform};
use onepurse_replica::{
    Decision,
    wrap::{Begun, Did, Due, Shows, Sidecar, SidecarError},
};
use rusqlite::Connection;

use crate::support::{coins, postgres::Postgres, who, world::World};
use places::{Beside, Wrapped};

/// Runs each of these functions as a test for every place that a sidecar may have.
macro_rules! everywhere {
    ($($case:ident),* $(,)?) => {
        mod file {
            $(#[test] fn $case() { super::$case::<super::places::Beside>(); })*
        }
        mod schema {
            $(#[test] fn $case() { super::$case::<crate::support::postgres::Postgres>(); })*
        }
    };
}

everywhere![
    what_the_bot_did_counts_and_what_came_in_is_due_once,
    what_the_bot_does_before_it_shows_what_came_in_keeps_both,
    who_disappears_spends_nothing_and_many_at_once_are_asked_about,
    somebody_may_be_in_a_batch_more_than_once,
    an_asset_may_come_later_and_another_platform_may_not,
    more_than_an_amount_can_be_is_refused_by_name,
];

fn telegram() -> Platform {
    "telegram".parse().unwrap()
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
fn start<W: Wrapped>(store: &[Shows]) -> (World<W>, Sidecar) {
    let beside = W::new("");
    let mut sidecar = beside.open();
    sidecar.begin(store, None).unwrap();
    let mappings = Sidecar::mappings(&beside.place(), &telegram(), &[coins()]);
    (World::with(beside, mappings), sidecar)
}

fn what_the_bot_did_counts_and_what_came_in_is_due_once<W: Wrapped>() {
    let (mut world, mut sidecar) = start::<W>(&[shows("456", 100), shows("7", 5)]);
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

fn what_the_bot_does_before_it_shows_what_came_in_keeps_both<W: Wrapped>() {
    let (mut world, mut sidecar) = start::<W>(&[shows("456", 100)]);
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

fn who_disappears_spends_nothing_and_many_at_once_are_asked_about<W: Wrapped>() {
    let store: Vec<_> = (1..=20).map(|id| shows(&id.to_string(), 10)).collect();
    let (mut world, mut sidecar) = start::<W>(&store);
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

fn somebody_may_be_in_a_batch_more_than_once<W: Wrapped>() {
    let (mut world, mut sidecar) = start::<W>(&[shows("456", 100)]);
    sidecar.capture(&[did("456", 130, 30), did("8", 5, 5), did("456", 120, -10), did("8", 9, 4)]).unwrap();
    world.sync();
    assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("8")), (120, 9));
    assert_eq!(sidecar.shown(&coins(), "8").unwrap(), Some(Amount::new(9)));
}

fn an_asset_may_come_later_and_another_platform_may_not<W: Wrapped>() {
    let beside = W::new("");
    drop(beside.open());
    let xp = "xp".parse().unwrap();
    let mut sidecar = Sidecar::open(&beside.place(), &telegram(), &[coins(), xp]).unwrap();
    let level = Shows { asset: "xp".parse().unwrap(), external: who("456"), value: Amount::new(3) };
    sidecar.begin(&[shows("456", 1), level.clone()], None).unwrap();
    assert_eq!(sidecar.shown(&level.asset, "456").unwrap(), Some(Amount::new(3)));
    drop(beside.open());
    let told = Sidecar::told(&beside.place()).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].platform.as_str(), &*told[0].assets),
        ("telegram", &["coins".to_owned(), "xp".to_owned()][..])
    );
}

fn more_than_an_amount_can_be_is_refused_by_name<W: Wrapped>() {
    let (mut world, mut sidecar) = start::<W>(&[shows("456", 1)]);
    let refused = sidecar.capture(&[did("7", 5, 5), did("456", i64::MAX, i64::MAX)]).unwrap_err();
    assert!(matches!(refused, SidecarError::WouldOverflow { .. }), "{refused}");
    assert_eq!(sidecar.shown(&coins(), "7").unwrap(), None, "nothing of it was noted");
    sidecar.capture(&[did("456", 2, 1)]).unwrap();
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 2);
}

#[test]
fn what_is_no_sidecar_is_left_alone() {
    let beside: Beside = Wrapped::fresh();
    let other = beside.folder().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE users (id)").unwrap();
    let text = beside.folder().join("users.json");
    std::fs::write(&text, "{\"users\": {\"456\": {\"coins\": 100}}}\n".repeat(100)).unwrap();
    for path in [&other, &text] {
        let before = std::fs::read(path).unwrap();
        let place = path.to_str().unwrap().parse().unwrap();
        let refused = Sidecar::open(&place, &telegram(), &[coins()]).unwrap_err();
        assert!(matches!(refused, SidecarError::NotASidecar { .. }), "{refused}");
        assert_eq!(Sidecar::told(&place).unwrap(), []);
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
    drop(beside.open());
    let refused = Sidecar::open(&beside.place(), &"discord".parse().unwrap(), &[coins()]).unwrap_err();
    assert!(matches!(refused, SidecarError::OtherPlatform { .. }), "{refused}");
    beside.write("PRAGMA user_version = 2");
    let refused = Sidecar::open(&beside.place(), &telegram(), &[coins()]).unwrap_err();
    assert!(matches!(refused, SidecarError::Newer { .. }), "{refused}");
}

#[test]
fn two_platforms_may_be_in_one_database() {
    let beside: Postgres = Wrapped::fresh();
    assert_eq!(Sidecar::told(&beside.place()).unwrap(), []);
    let mut telegram = beside.open();
    let mut discord = Sidecar::open(&beside.place(), &"discord".parse().unwrap(), &[coins()]).unwrap();
    telegram.capture(&[did("1", 10, 10)]).unwrap();
    discord.capture(&[did("1", 20, 20)]).unwrap();
    assert_eq!(telegram.shown(&coins(), "1").unwrap(), Some(Amount::new(10)));
    let told = Sidecar::told(&beside.place()).unwrap();
    assert_eq!(told.iter().map(|told| told.platform.as_str()).collect::<Vec<_>>(), ["discord", "telegram"]);
}
