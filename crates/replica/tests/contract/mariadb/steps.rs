//! Putting capture in and taking it out is several transactions in MariaDB. Whatever they are stopped between, and
//! whatever bots write meanwhile, nothing is lost or counted twice, and a second call finishes.

#![allow(clippy::disallowed_methods, reason = "bots live by the real clock")]

use std::{
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    thread,
};

use mysql_async::prelude::Queryable;
use onepurse_replica::{Attach, Capture, Detached, ReplicaError, View};

use super::{Maria, USERS};
use crate::support::{
    fixture::Fixture,
    ledger::ModelLedger,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

/// Drives a call until it has waited for the server so many times, and drops it there: as a program that is killed.
fn cut<T>(call: impl Future<Output = T>, waits: u32) -> Option<T> {
    let mut left = waits;
    wait(async {
        let mut call = pin!(call);
        poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        })
        .await
    })
}

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
fn agree(world: &mut Maria, cut: u32) {
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

/// A bot that writes all the time has every one of its writes in the ledger, once.
#[test]
fn nothing_is_missed_while_capture_is_put_in() {
    for _ in 0..4 {
        let bot = MariaDb::new(USERS);
        let mut conn = bot.connect();
        let is_over = AtomicBool::new(false);
        let world = thread::scope(|scope| {
            let writing = scope.spawn(|| {
                let mut id = 1_000;
                while !is_over.load(Ordering::Relaxed) {
                    wait_alone(conn.query_drop("UPDATE users SET coins = coins + 1 WHERE user_id = 456"));
                    // The list that stands for the ledger is slow where it is long.
                    if id == 1_100 {
                        continue;
                    }
                    for sql in [
                        format!("INSERT INTO users VALUES ({id}, 1, 'n')"),
                        format!("UPDATE users SET coins = coins + 1 WHERE user_id = {id}"),
                        format!("REPLACE INTO users VALUES ({id}, 5, 'n')"),
                    ] {
                        wait_alone(conn.query_drop(sql));
                    }
                    id += 1;
                }
                id
            });
            let mut replica = bot.replica(vec![users()]);
            let attached = wait(replica.attach(attach()));
            is_over.store(true, Ordering::Relaxed);
            let next = writing.join().unwrap();
            attached.unwrap();
            (replica, next)
        });
        let (replica, next) = world;
        let mut world: Maria = World::with(bot, vec![users()]);
        world.replica = replica;
        world.sync();
        assert!(next > 1_001, "the bot wrote nothing meanwhile");
        assert_eq!(world.ledger.coins_of("456").to_string(), world.local("456").unwrap());
        for id in 1_000..next {
            assert_eq!(world.ledger.coins_of(&id.to_string()), 5, "{id}");
        }
        assert!(!world.view().compare);
    }
}

fn wait_alone(done: impl Future<Output = mysql_async::Result<()>>) {
    wait(done).unwrap();
}

/// Triggers that another program wants otherwise are replaced without a moment in which there are none.
#[test]
fn nothing_is_missed_while_triggers_are_replaced() {
    let mut world: Maria = World::new(USERS, users());
    world.bot.run("UPDATE onepurse_telegram_mapping SET stamp = 'another'").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    let mut conn = world.bot.connect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                wait_alone(conn.query_drop("UPDATE users SET coins = coins + 1 WHERE user_id = 456"));
            }
        });
        let mended = wait(world.replica.mend(1));
        is_over.store(true, Ordering::Relaxed);
        mended.unwrap();
    });
    assert_eq!(wait(world.replica.compare()).unwrap().changed, 0);
    world.check();
}
