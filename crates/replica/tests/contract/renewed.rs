//! A database that an older program has attached, under this one.

use onepurse_core::Cursor;
use onepurse_replica::{Applied, Capture};

use super::contract;
use crate::support::{
    fixture::Fixture,
    wait,
    world::{World, users},
};

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
    INSERT INTO users VALUES (456, 100), (7, 5);";

contract! {
    an_older_programs_tables_are_brought_up_to_date,
    an_older_programs_tables_can_be_looked_at,
    an_older_programs_tables_are_taken_out,
}

/// Tables are brought up to date from what was released, so that is what it was.
#[test]
fn the_first_schema_is_as_it_was_released() {
    let (sqlite, postgres, mariadb) = (
        include_str!("../../src/sqlite/migrations/0001.sql"),
        include_str!("../../src/postgres/migrations/0001.sql"),
        include_str!("../../src/mariadb/migrations/0001.sql"),
    );
    assert_eq!(sqlite, include_str!("../fixtures/schema-1/sqlite.sql"));
    assert_eq!(postgres, include_str!("../fixtures/schema-1/postgres.sql"));
    assert_eq!(mariadb, include_str!("../fixtures/schema-1/mariadb.sql"));
}

/// In step, with an event that waits and one that is kept; then of the first schema.
fn older<F: Fixture>() -> World<F> {
    let mut world = World::<F>::new(USERS, users());
    world.run("UPDATE users SET coins = 110 WHERE user_id = 456");
    world.sync();
    world.run("UPDATE users SET coins = 6 WHERE user_id = 7");
    world.outbox();
    world.bot.age();
    world
}

fn an_older_programs_tables_are_brought_up_to_date<F: Fixture>() {
    let mut world = older::<F>();
    assert!(world.view().older);
    for _ in 0..2 {
        wait(world.replica.renew()).unwrap();
        assert!(!world.view().older);
    }
    assert_eq!(world.view().capture, Capture::Whole);
    // Nothing was lost: not what waits, nor what is kept, which is sent again.
    let mut captured = world.captured();
    captured.sort();
    assert_eq!(captured, ["456 change 10", "456 opening 100", "7 change 1", "7 opening 5"]);
    world.run("UPDATE users SET coins = 120 WHERE user_id = 456");
    world.ledger.earn("456", 50);
    world.push();
    let changes = world.changes();
    assert_eq!(changes.from, Cursor::ZERO, "everyone's purse is asked for");
    assert!(matches!(world.apply(&changes), Applied::Done { .. }));
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("170", "6"));
    let purses = world.testimony().people;
    assert!(purses.iter().all(|one| one.purse == Some(world.ledger.purse_of(&one.external))), "{purses:?}");
}

fn an_older_programs_tables_can_be_looked_at<F: Fixture>() {
    let mut world = older::<F>();
    let view = world.view();
    assert_eq!((view.capture, view.pending, view.cursor), (Capture::Whole, true, world.ledger.head()));
    let summary = wait(world.replica.summary()).unwrap();
    assert_eq!((summary.pending, summary.identities), (1, 2));
    assert_eq!(wait(world.replica.compare()).unwrap().changed, 0);
    world.check();
    let testimony = world.testimony();
    assert_eq!((testimony.people.len(), testimony.kept.len(), testimony.pending.len()), (2, 3, 1));
    assert!(testimony.people.iter().all(|one| one.purse.is_none()), "{testimony:?}");
    assert!(world.view().older, "nobody has brought them up to date");
}

fn an_older_programs_tables_are_taken_out<F: Fixture>() {
    let bare = F::new(USERS).schema();
    let mut world = older::<F>();
    world.detach();
    assert_eq!(world.bot.schema(), bare);
}
