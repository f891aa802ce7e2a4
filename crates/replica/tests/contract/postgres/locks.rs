//! Bots that hold rows, in whatever order: none fails, none waits for long, nothing is lost.

#![allow(
    clippy::disallowed_methods,
    reason = "bots live by the real clock, and tests wait for them only so long"
)]

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use onepurse_postgres::Client;
use onepurse_replica::{Applied, ReplicaError};

use super::{Pg, USERS};
use crate::support::{
    Over,
    fixture::Fixture,
    postgres::Postgres,
    wait,
    world::{World, users},
};

#[test]
fn a_row_that_the_bot_holds_is_left_for_later_and_nobody_waits_behind_it() {
    let mut world: Pg = World::new(USERS, users());
    let bot = world.bot.connect();
    wait(bot.batch_execute("BEGIN; UPDATE users SET coins = coins + 1 WHERE user_id = 456")).unwrap();
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    let changes = world.changes();
    assert!(matches!(world.apply(&changes), Applied::Done { .. }));
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("100", "15"));
    // Not again at once.
    assert_eq!(
        world.bot.ours("identity", "SELECT count(*) FROM {} WHERE todo <> 0 AND again_ms IS NOT NULL"),
        1
    );
    let view = world.view();
    assert!(view.locked != view.unsettled, "it waits, or its time has come: {view:?}");
    wait(bot.batch_execute("COMMIT")).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while world.local("456").unwrap() != "151" {
        assert!(Instant::now() < deadline, "{:?}", world.local("456"));
        world.settle(10);
    }
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 151);
    assert!(!world.view().locked);
}

/// A bot writes one row without a pause: what comes in for it gets its turn, and none of both is lost.
#[test]
fn a_row_that_is_written_all_the_time_has_what_comes_in_too() {
    const INBOUND: i64 = 20;
    const WRITTEN_MAX: i64 = 3_000;
    let mut world: Pg = World::new(USERS, users());
    let (bot, is_over) = (world.bot.connect(), AtomicBool::new(false));
    let written = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !is_over.load(Ordering::Relaxed) && written < WRITTEN_MAX {
                wait(bot.batch_execute("UPDATE users SET coins = coins + 1 WHERE user_id = 456")).unwrap();
                written += 1;
            }
            written
        });
        let over = Over(&is_over);
        for _ in 0..INBOUND {
            world.ledger.earn("456", 1);
            let changes = world.changes();
            world.apply(&changes);
            let deadline = Instant::now() + Duration::from_secs(20);
            while world.view().unsettled || world.view().locked {
                assert!(Instant::now() < deadline, "its turn never comes: {:?}", world.view());
                world.settle(10);
            }
        }
        drop(over);
        writer.join().unwrap()
    });
    world.sync();
    assert!(written > INBOUND, "{written} writes are no load");
    assert_eq!(world.ledger.coins_of("456"), 100 + written + INBOUND);
    assert_eq!(world.local("456").unwrap(), (100 + written + INBOUND).to_string());
}

#[test]
fn attaching_waits_for_no_writer_and_keeps_none_waiting() {
    let world = Postgres::new(USERS);
    let mut replica = world.replica(vec![users()]);
    let (holder, bot) = (world.connect(), world.connect());
    wait(holder.batch_execute("BEGIN; UPDATE users SET coins = coins + 1 WHERE user_id = 456")).unwrap();
    let attach = || onepurse_replica::Attach {
        replica: onepurse_core::ReplicaId([1; 16]),
        ledger: onepurse_core::LedgerId([7; 16]),
        decision: None,
        base: vec![],
    };
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let busy = wait(replica.attach(attach()));
            is_done.store(true, Ordering::Relaxed);
            assert!(matches!(busy, Err(ReplicaError::Busy { .. })), "{busy:?}");
        });
        while !is_done.load(Ordering::Relaxed) {
            let began = Instant::now();
            wait(bot.batch_execute("UPDATE users SET coins = coins + 1 WHERE user_id = 7")).unwrap();
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        }
    });
    wait(holder.batch_execute("COMMIT")).unwrap();
    wait(replica.attach(attach())).unwrap();
}

/// Hazard 22: bots that lock people in opposite orders, in transactions that stay open a while, and inbound changes of
/// the same people all the time.
#[test]
fn bots_that_lock_in_opposite_orders_never_fail() {
    const PEOPLE: i64 = 40;
    const ROUNDS: i64 = 25;
    let shape = format!(
        "CREATE TABLE users (user_id bigint PRIMARY KEY, coins bigint); INSERT INTO users SELECT n, 1000 FROM generate_series(1, {PEOPLE}) n"
    );
    let mut world: Pg = World::new(&shape, users());
    let bots: Vec<_> = (0..4).map(|_| world.bot.connect()).collect();
    let inbound = thread::scope(|scope| {
        let running: Vec<_> = (0..)
            .zip(&bots)
            .map(|(nth, bot)| scope.spawn(move || upwards_and_downwards(bot, nth, ROUNDS)))
            .collect();
        let mut inbound = 0;
        while running.iter().any(|bot| !bot.is_finished()) {
            // The list that stands for the ledger is slow where it is long.
            if inbound < 40 * PEOPLE {
                (1..=PEOPLE).for_each(|id| world.ledger.earn(&id.to_string(), 1));
                inbound += PEOPLE;
            }
            world.push();
            let changes = world.changes();
            match wait(world.replica.apply(&changes, 0)) {
                Ok(_) | Err(ReplicaError::Busy { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
            world.check();
        }
        for bot in running {
            bot.join().unwrap();
        }
        inbound
    });
    // What was held a moment ago is tried again a moment later.
    let total = (1_000 + ROUNDS) * PEOPLE + inbound;
    let deadline = Instant::now() + Duration::from_secs(20);
    while world.bot.read("SELECT sum(coins) FROM users").unwrap() != total.to_string() {
        assert!(
            Instant::now() < deadline,
            "{:?} is not {total}",
            world.bot.read("SELECT sum(coins) FROM users")
        );
        world.push();
        let changes = world.changes();
        world.apply(&changes);
        world.settle(100);
    }
    world.sync();
    let balances: i64 = (1..=PEOPLE).map(|id| world.ledger.coins_of(&id.to_string())).sum();
    assert_eq!(balances, total);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(world.bot.read(deadlocks).unwrap(), "0");
}

/// Each bot has people of its own, so that bots do not deadlock with each other; in every round it locks them in the
/// other direction, and holds them all until it commits. None of its statements may fail.
fn upwards_and_downwards(bot: &Client, nth: i64, rounds: i64) {
    let mut mine: Vec<_> = (1..=40).filter(|id| id % 4 == nth).collect();
    for _ in 0..rounds {
        mine.reverse();
        wait(bot.batch_execute("BEGIN")).unwrap();
        for id in &mine {
            wait(bot.batch_execute(&format!("UPDATE users SET coins = coins + 1 WHERE user_id = {id}")))
                .unwrap();
        }
        wait(bot.batch_execute("COMMIT")).unwrap();
    }
}
