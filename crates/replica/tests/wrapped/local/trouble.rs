//! Trouble with the sidecar or the file never reaches the bot, and is over when it is over.

use std::{
    fs,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use onepurse_replica::Decision;
use rusqlite::Connection;

use super::super::places::{Beside, Wrapped as _};
use super::{Bank, arrives, ledger, settings, sync, until, world, wrap};
use crate::support::world::World;

#[test]
fn a_sidecar_that_cannot_be_opened_is_tried_again() {
    let mut world = world();
    let (path, away) = (world.bot.path(), world.bot.path().with_extension("away"));
    fs::rename(&path, &away).unwrap();
    fs::create_dir(&path).unwrap();
    let file = Bank::of(&[(1, 10)]);
    let bank = wrap(&world, &file);
    bank.lock().gives(1, 5);
    assert!(!bank.lock().commit());
    fs::remove_dir(&path).unwrap();
    fs::rename(&away, &path).unwrap();
    until("noted", || world.bot.open().shown(&crate::support::coins(), "1").unwrap().is_some());
    assert_eq!(file.on_disk().coins[&1], 15, "what was compared is durable");
    bank.lock().gives(1, 1);
    sync(&mut world);
    assert_eq!(world.ledger.coins_of("1"), 16);
}

#[test]
fn a_store_that_panics_when_it_is_looked_at_is_looked_at_again() {
    let mut world = world();
    // What was answered, was of the beginning.
    let answered = settings(&world.bot.path(), Some(Decision::Ledger));
    let bank = onepurse_replica::wrap(Bank::of(&[(1, 10)]), answered);
    let fate = bank.read().fate();
    {
        let mut bank = bank.lock();
        bank.gives(1, 5);
        fate.stumbles.store(true, Ordering::SeqCst);
    }
    until("counted", || ledger(&mut world, ["1"]) == [15]);
    bank.lock().gives(1, 1);
    assert_eq!(ledger(&mut world, ["1"]), [16]);
}

/// What is done while nothing can be written into the sidecar.
fn while_it_cannot_be_written(world: &World<Beside>, does: impl FnOnce()) {
    let other = Connection::open(world.bot.path()).unwrap();
    other.execute_batch("ALTER TABLE journal RENAME TO away").unwrap();
    does();
    other.execute_batch("ALTER TABLE away RENAME TO journal").unwrap();
}

#[test]
fn what_waits_at_the_end_is_tried_once_more() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10)]));
    sync(&mut world);
    while_it_cannot_be_written(&world, || bank.lock().gives(1, 1));
    drop(bank);
    assert_eq!(ledger(&mut world, ["1"]), [11]);
}

#[test]
fn a_sidecar_is_of_one_store_at_a_time() {
    let mut world = world();
    let first = wrap(&world, &Bank::of(&[(1, 10)]));
    let second = wrap(&world, &Bank::of(&[(2, 20)]));
    assert!(first.lock().commit());
    assert!(!second.lock().commit());
    second.lock().gives(2, 1);
    assert_eq!(ledger(&mut world, ["1", "2"]), [10, 0]);
    drop(first);
    until("it has it", || second.lock().commit());
    assert_eq!(ledger(&mut world, ["1", "2"]), [10, 21]);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "how long the bot waited is what is tested")]
fn a_sidecar_that_others_hold_keeps_the_bot_waiting_once() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10)]));
    sync(&mut world);
    let other = Connection::open(world.bot.path()).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        bank.lock().gives(1, 1);
    }
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    other.execute_batch("COMMIT").unwrap();
    drop(bank);
    sync(&mut world);
    assert_eq!(world.ledger.coins_of("1"), 30);
}

#[test]
fn who_leaves_and_is_back_before_it_could_be_noted_has_earned_nothing() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&[(1, 10)]));
    sync(&mut world);
    while_it_cannot_be_written(&world, || {
        bank.lock().gives(1, 1);
        bank.lock().live.coins.remove(&1);
        bank.lock().live.coins.insert(1, 5);
    });
    arrives(&mut world, &bank, 1, 11);
    assert_eq!(ledger(&mut world, ["1"]), [11]);
}

#[test]
fn a_store_that_cannot_be_saved_forgets_nothing_for_good() {
    let mut world = world();
    let file = Bank::of(&[(1, 10)]);
    let opened = file.reopened();
    let fate = opened.fate();
    fate.cannot_save.store(true, Ordering::SeqCst);
    let bank = onepurse_replica::wrap(opened, settings(&world.bot.path(), None));
    sync(&mut world);
    world.ledger.earn("1", 7);
    sync(&mut world);
    until("shown", || bank.read().live.coins[&1] == 17);
    bank.lock().gives(1, 100);
    bank.lock().save().unwrap_err();
    sync(&mut world);
    fate.kill();
    drop(bank);
    assert_eq!(file.on_disk().coins[&1], 10);
    // What it had done is forgotten with the process, what had come in is not.
    let bank = wrap(&world, &file);
    sync(&mut world);
    until("shown again", || bank.read().live.coins[&1] == 17);
    assert_eq!(world.ledger.coins_of("1"), 17);
}

#[test]
fn where_a_lot_differs_nothing_is_synced_until_somebody_has_said_what_is_right() {
    let people: Vec<_> = (1..=20).map(|id| (id, 100)).collect();
    for (answer, coins) in [(Decision::Ledger, 100), (Decision::Count, 0)] {
        let mut world = world();
        drop(wrap(&world, &Bank::of(&people)));
        sync(&mut world);
        let empty = Bank::of(&people.iter().map(|(id, _)| (*id, 0)).collect::<Vec<_>>());
        let bank = wrap(&world, &empty);
        bank.lock().gives(1, 1);
        assert!(!bank.lock().commit());
        drop(bank);
        sync(&mut world);
        assert_eq!(world.ledger.coins_of("1"), 100);
        empty.write();
        let bank = onepurse_replica::wrap(empty.reopened(), settings(&world.bot.path(), Some(answer)));
        sync(&mut world);
        until("as was said", || bank.read().live.coins[&2] == coins);
        assert_eq!(world.ledger.coins_of("2"), coins, "{answer:?}");
    }
}
