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

use mysql_async::{Conn, prelude::Queryable};
use onepurse_replica::{Applied, MariaDbWatch, ReplicaError, View};

use super::{Maria, USERS};
use crate::support::{
    Over, enter,
    fixture::Fixture,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

fn run(bot: &mut Conn, sql: &str) {
    wait(bot.query_drop(sql)).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[test]
fn a_row_that_the_bot_holds_is_left_for_later_and_nobody_waits_behind_it() {
    let mut world: Maria = World::new(USERS, users());
    let mut bot = world.bot.connect();
    run(&mut bot, "BEGIN; UPDATE users SET coins = coins + 1 WHERE user_id = 456");
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    let changes = world.changes();
    assert!(matches!(world.apply(&changes), Applied::Done { .. }));
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("100", "15"));
    // Not again at once.
    assert_eq!(
        world.bot.ours("identity", "SELECT COUNT(*) FROM {} WHERE todo <> 0 AND again_ms IS NOT NULL"),
        1
    );
    let view = world.view();
    assert!(view.locked != view.unsettled, "it waits, or its time has come: {view:?}");
    run(&mut bot, "COMMIT");
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
    let mut world: Maria = World::new(USERS, users());
    let (mut bot, is_over) = (world.bot.connect(), AtomicBool::new(false));
    let written = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !is_over.load(Ordering::Relaxed) && written < WRITTEN_MAX {
                run(&mut bot, "UPDATE users SET coins = coins + 1 WHERE user_id = 456");
                written += 1;
            }
            written
        });
        let over = Over(&is_over);
        for _ in 0..INBOUND {
            world.ledger.earn("456", 1);
            world.push();
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

/// Whoever waits for hints is told of what is captured, and of nothing else.
#[test]
fn what_is_captured_is_told() {
    let mut world: Maria = World::new(USERS, users());
    let (address, platform) = (world.bot.url().parse().unwrap(), "telegram".parse().unwrap());
    let _runtime = enter();
    let watch = MariaDbWatch::new(address, &platform);
    let mut hints = watch.hints();
    // It tells that it has begun to look.
    wait(tokio::time::timeout(Duration::from_secs(10), hints.changed())).unwrap().unwrap();
    world.run("UPDATE users SET name = 'x'");
    wait(tokio::time::timeout(Duration::from_millis(500), hints.changed())).unwrap_err();
    world.bot.run("UPDATE users SET coins = coins + 1 WHERE user_id = 7").unwrap();
    wait(tokio::time::timeout(Duration::from_secs(10), hints.changed())).unwrap().unwrap();
}

/// Whatever is committed is read while a bot that has written holds its transaction open, rows and facts.
#[test]
fn an_open_transaction_of_a_bot_keeps_nothing_else_waiting() {
    for shape in [USERS, &USERS.replace("PRIMARY KEY", "NOT NULL, KEY (user_id)")] {
        let mut world: Maria = World::new(shape, users());
        let mut bot = world.bot.connect();
        run(
            &mut bot,
            "BEGIN; UPDATE users SET coins = coins + 1 WHERE user_id = 456; INSERT INTO users VALUES (8, 3, 'n')",
        );
        world.bot.run("INSERT INTO users VALUES (1, 30, 'n')").unwrap();
        world.bot.run("UPDATE users SET coins = coins + 2 WHERE user_id = 1").unwrap();
        assert_eq!(world.captured(), ["1 opening 30", "1 change 2"], "{shape}");
        world.ledger.earn("7", 10);
        world.push();
        let changes = world.changes();
        world.apply(&changes);
        assert_eq!(world.local("7").unwrap(), "15", "{shape}");
        run(&mut bot, "COMMIT");
        world.check();
        assert_eq!(world.captured(), ["456 change 1", "8 opening 3"], "{shape}");
    }
}

#[test]
fn attaching_waits_for_no_writer_and_keeps_none_waiting() {
    let world = MariaDb::new(USERS);
    let before = world.schema();
    let mut replica = world.replica(vec![users()]);
    let (mut holder, mut bot) = (world.connect(), world.connect());
    run(&mut holder, "BEGIN; UPDATE users SET coins = coins + 1 WHERE user_id = 456");
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
            run(&mut bot, "UPDATE users SET coins = coins + 1 WHERE user_id = 7");
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        }
    });
    assert_eq!(wait(replica.view()).unwrap(), View::Detached);
    assert_eq!(world.schema(), before);
    run(&mut holder, "COMMIT");
    wait(replica.attach(attach())).unwrap();
}

/// Hazard 22: bots that lock people in opposite orders, in transactions that stay open a while, and inbound changes of
/// the same people all the time.
#[test]
fn bots_that_lock_in_opposite_orders_never_fail() {
    for key in ["PRIMARY KEY", "NOT NULL, KEY (user_id)", "NOT NULL"] {
        never_fail(key);
    }
}

fn never_fail(key: &str) {
    const PEOPLE: i64 = 40;
    const ROUNDS: i64 = 25;
    let shape = format!(
        "CREATE TABLE users (coins BIGINT, user_id BIGINT {key}); INSERT INTO users SELECT 1000, seq FROM seq_1_to_{PEOPLE}"
    );
    let mut world: Maria = World::new(&shape, users());
    // Without a key a bot's own statements look at everyone's rows, and would deadlock with each other.
    let orders = if key == "NOT NULL" { 1 } else { 4 };
    let bots: Vec<_> = (0..orders).map(|_| world.bot.connect()).collect();
    let inbound = thread::scope(|scope| {
        let running: Vec<_> = (0..)
            .zip(bots)
            .map(|(nth, mut bot)| {
                scope.spawn(move || upwards_and_downwards(&mut bot, nth, i64::from(orders), ROUNDS))
            })
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
    while world.bot.read("SELECT SUM(coins) FROM users").unwrap() != total.to_string() {
        assert!(
            Instant::now() < deadline,
            "{:?} is not {total}",
            world.bot.read("SELECT SUM(coins) FROM users")
        );
        world.push();
        let changes = world.changes();
        world.apply(&changes);
        world.settle(100);
    }
    world.sync();
    let balances: i64 = (1..=PEOPLE).map(|id| world.ledger.coins_of(&id.to_string())).sum();
    assert_eq!(balances, total);
}

/// Each bot has people of its own, so that bots do not deadlock with each other; in every round it locks them in the
/// other direction, and holds them all until it commits. None of its statements may fail.
fn upwards_and_downwards(bot: &mut Conn, nth: i64, orders: i64, rounds: i64) {
    let mut mine: Vec<_> = (1..=40).filter(|id| id % orders == nth).collect();
    for _ in 0..rounds {
        mine.reverse();
        run(bot, "BEGIN");
        for id in &mine {
            run(bot, &format!("UPDATE users SET coins = coins + 1 WHERE user_id = {id}"));
        }
        run(bot, "COMMIT");
    }
}
