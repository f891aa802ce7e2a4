//! Putting capture in and taking it out is several transactions in MariaDB. Whatever they are stopped between, and
//! whatever bots write meanwhile, nothing is lost or counted twice, and a second call finishes.

#![allow(clippy::disallowed_methods, reason = "bots live by the real clock")]

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use mysql_async::prelude::Queryable;
use onepurse_replica::{Attach, Capture, Detached, ReplicaError, View};

use super::{Maria, USERS};
use crate::support::{
    cut,
    fixture::Fixture,
    ledger::ModelLedger,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

fn attach() -> Attach {
    Attach {
        replica: onepurse_core::ReplicaId([1; 16]),
        ledger: ModelLedger::new().id,
        decision: None,
        base: vec![],
    }
}

/// What was cut off may still hold something for a moment.
fn insist<T>(mut call: impl FnMut() -> Result<T, ReplicaError>) -> T {
    for _ in 0..20 {
        match call() {
            Err(ReplicaError::Busy { .. }) => {}
            done => return done.unwrap(),
        }
    }
    panic!("always busy")
}

const WRITES: &str = "UPDATE users SET coins = coins + 1; INSERT IGNORE INTO users VALUES (8, 3, 'n'); \
    DELETE FROM users WHERE user_id = 7; INSERT INTO users VALUES (7, 9, 'n')";

/// Whoever is there has in the ledger what the row shows.
fn agree(world: &mut Maria, cut: usize) {
    world.sync();
    for id in ["456", "7", "8"] {
        let local = world.local(id).unwrap();
        assert_eq!(world.ledger.coins_of(id).to_string(), local, "{id}, cut after {cut}");
    }
}

#[test]
fn attaching_may_be_stopped_anywhere() {
    for waits in (1..).step_by(6) {
        let bot = MariaDb::new(USERS);
        let mut first = bot.replica(vec![users()]);
        let is_done = cut(first.attach(attach()), waits).is_some();
        drop(first);
        bot.run(WRITES).unwrap();
        let mut second = bot.replica(vec![users()]);
        insist(|| wait(second.attach(attach())));
        let mut world: Maria = World::with(bot, vec![users()]);
        world.run("UPDATE users SET coins = coins + 10");
        agree(&mut world, waits);
        assert_eq!(world.local("456").unwrap(), "111", "cut after {waits}");
        assert_eq!(world.bot.ours("fact", "SELECT COUNT(*) FROM {}"), 0);
        if is_done {
            assert!(waits > 60, "it ended after {waits}");
            return;
        }
    }
}

#[test]
fn bringing_up_to_date_may_be_stopped_anywhere() {
    for waits in (1..).step_by(2) {
        let mut world: Maria = World::new(USERS, users());
        world.bot.age();
        let is_done = cut(world.replica.renew(), waits).is_some();
        world.replica = world.bot.replica(vec![users()]);
        world.bot.run(WRITES).unwrap();
        insist(|| wait(world.replica.renew()));
        assert!(!world.view().older, "cut after {waits}");
        agree(&mut world, waits);
        if is_done {
            assert!(waits > 10, "it ended after {waits}");
            return;
        }
    }
}

#[test]
fn mending_may_be_stopped_anywhere() {
    for waits in (1..).step_by(6) {
        let mut world: Maria = World::new(USERS, users());
        world.bot.lose_capture();
        let is_done = cut(world.replica.mend(1), waits).is_some();
        world.replica = world.bot.replica(vec![users()]);
        world.bot.run(WRITES).unwrap();
        let view = insist(|| wait(world.replica.view()));
        let View::Attached(view) = view else { panic!("detached by {waits}") };
        assert!(view.capture != Capture::Whole || view.compare, "cut after {waits}");
        if view.capture != Capture::Whole {
            insist(|| wait(world.replica.mend(1)));
        }
        world.run("UPDATE users SET coins = coins + 10");
        agree(&mut world, waits);
        assert_eq!(world.view().capture, Capture::Whole, "cut after {waits}");
        if is_done {
            return;
        }
    }
}

#[test]
fn detaching_may_be_stopped_anywhere() {
    for waits in (1..).step_by(6) {
        let bot = MariaDb::new(USERS);
        let before = bot.schema();
        let mut world: Maria = World::with(bot, vec![users()]);
        let cursor = world.view().cursor;
        let is_done = cut(world.replica.detach(cursor, 0), waits).is_some();
        world.replica = world.bot.replica(vec![users()]);
        world.bot.run("UPDATE users SET coins = coins + 1; DELETE FROM users WHERE user_id = 7").unwrap();
        let done = insist(|| wait(world.replica.detach(cursor, 10)));
        assert_eq!(done, Detached::Done, "cut after {waits}");
        assert_eq!(world.bot.schema(), before, "cut after {waits}");
        if is_done {
            return;
        }
    }
}

/// What a bot did that wrote all the time.
struct Written {
    /// How often it added one to 456.
    added: i64,
    /// Whom it registered, and left with five.
    registered: std::ops::Range<i64>,
}

/// A bot that writes until it is over.
fn write_until(bot: &MariaDb, is_over: &AtomicBool) -> Written {
    let mut conn = bot.connect();
    let mut run = |sql: &str| wait(conn.query_drop(sql)).unwrap();
    let mut written = Written { added: 0, registered: 1_000..1_000 };
    while !is_over.load(Ordering::Relaxed) {
        run("UPDATE users SET coins = coins + 1 WHERE user_id = 456");
        written.added += 1;
        // The list that stands for the ledger is slow where it is long.
        let id = written.registered.end;
        if written.added % 10 == 0 && id < 1_200 {
            run(&format!("INSERT INTO users VALUES ({id}, 1, 'n')"));
            run(&format!("UPDATE users SET coins = coins + 1 WHERE user_id = {id}"));
            run(&format!("REPLACE INTO users VALUES ({id}, 5, 'n')"));
            written.registered.end += 1;
        }
    }
    written
}

/// Every write is in the ledger, once.
fn has_all(world: &mut Maria, written: &Written) {
    world.sync();
    assert!(written.added > 10, "the bot wrote next to nothing meanwhile");
    assert_eq!(world.ledger.coins_of("456"), 100 + written.added);
    for id in written.registered.clone() {
        assert_eq!(world.ledger.coins_of(&id.to_string()), 5, "{id}");
    }
}

#[test]
fn nothing_is_missed_while_capture_is_put_in() {
    for _ in 0..6 {
        let bot = MariaDb::new(USERS);
        let mut replica = bot.replica(vec![users()]);
        let is_over = AtomicBool::new(false);
        let written = thread::scope(|scope| {
            let writing = scope.spawn(|| write_until(&bot, &is_over));
            let attached = wait(replica.attach(attach()));
            is_over.store(true, Ordering::Relaxed);
            attached.unwrap();
            writing.join().unwrap()
        });
        let mut world: Maria = World::with(bot, vec![users()]);
        has_all(&mut world, &written);
    }
}

/// Triggers that another program wants otherwise are replaced without a moment in which there are none.
#[test]
fn nothing_is_missed_while_triggers_are_replaced() {
    let mut world: Maria = World::new(USERS, users());
    world.bot.run("UPDATE onepurse_telegram_mapping SET stamp = 'another'").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    let is_over = AtomicBool::new(false);
    let written = thread::scope(|scope| {
        let writing = scope.spawn(|| write_until(&world.bot, &is_over));
        let mended = wait(world.replica.mend(1));
        is_over.store(true, Ordering::Relaxed);
        mended.unwrap();
        writing.join().unwrap()
    });
    assert_eq!(wait(world.replica.compare()).unwrap().changed, 0);
    has_all(&mut world, &written);
}
