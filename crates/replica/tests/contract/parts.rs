//! A large table in SQLite is attached in several transactions. Whatever a bot writes between them counts as if it had
//! been attached in the first; whatever they are stopped between, a second call finishes.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::Poll,
};

use futures_util::FutureExt as _;
use onepurse_core::{Amount, Balance, Cursor, LedgerId, ReplicaId};
use onepurse_replica::{Attach, Decision, Detached, Replica, SqliteReplica, View};

use crate::support::{
    Counting, coins, cut,
    fixture::{Fixture, Sqlite},
    ledger::ModelLedger,
    wait, who,
    world::{World, users},
};

const IDS: [&str; 6] = ["1", "2", "3", "4", "5", "8"];
const TABLES: [&str; 4] = [
    "PRAGMA journal_mode = WAL; CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins, name TEXT)",
    "CREATE TABLE users (user_id TEXT PRIMARY KEY, coins, name TEXT)",
    "PRAGMA journal_mode = WAL; CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins, name TEXT) WITHOUT ROWID",
    "CREATE TABLE users (n INTEGER PRIMARY KEY, coins, name TEXT, user_id TEXT NOT NULL UNIQUE)",
];
const FILL: &str =
    "INSERT INTO users (user_id, coins) VALUES (1, 100), (2, 200), (3, 300), (4, 400), (5, -500)";

/// What a bot does between two transactions. Each is done to somebody who is opened early and to somebody who is late.
const WRITES: [&str; 12] = [
    "UPDATE users SET coins = coins + 7",
    "UPDATE users SET name = 'n'",
    "DELETE FROM users WHERE user_id IN (1, 4)",
    "DELETE FROM users WHERE user_id IN (1, 4); INSERT INTO users (user_id, coins) VALUES (1, 0), (4, 0)",
    "INSERT OR REPLACE INTO users (user_id, coins) VALUES (1, 11), (4, 44)",
    "INSERT OR IGNORE INTO users (user_id, coins) VALUES (1, 11), (4, 44), (8, 88)",
    "INSERT INTO users (user_id, coins) VALUES (4, 44) ON CONFLICT (user_id) DO UPDATE SET coins = coins + 5",
    "UPDATE users SET user_id = 8 WHERE user_id = 4",
    "UPDATE users SET user_id = 8, coins = 9 WHERE user_id = 1",
    "UPDATE users SET coins = 'none' WHERE user_id IN (1, 4); UPDATE users SET coins = 3 WHERE user_id IN (1, 4)",
    "UPDATE users SET coins = 5 WHERE user_id = 4; DELETE FROM users WHERE user_id = 4; \
     INSERT INTO users (user_id, coins) VALUES (4, 6)",
    "BEGIN; UPDATE users SET coins = coins - 50 WHERE user_id = 4; UPDATE users SET coins = coins + 50 WHERE user_id = 1; COMMIT",
];

fn attach() -> Attach {
    Attach { replica: ReplicaId([1; 16]), ledger: ModelLedger::new().id, decision: None, base: vec![] }
}

/// A replica that opens one row in a transaction, and does this between two of them.
fn slowly(bot: &Sqlite, between: impl Fn() + Send + Sync + 'static) -> SqliteReplica {
    static RANDOM: AtomicU64 = AtomicU64::new(1 << 40);
    let random = Arc::new(Counting(RANDOM.fetch_add(1 << 20, Ordering::Relaxed).into()));
    SqliteReplica::new("telegram".parse().unwrap(), &bot.path(), vec![users()], random).opening(
        1,
        move || {
            between();
            tokio::task::yield_now().boxed()
        },
    )
}

/// What everybody's row shows and what they have in the ledger, of what was captured.
#[derive(Debug, PartialEq)]
struct Outcome {
    captured: Vec<String>,
    balances: Vec<(Option<String>, i64)>,
}

/// What comes of an attached database.
fn outcome(bot: Sqlite) -> Outcome {
    let rows = wait(bot.replica(vec![users()]).outbox(0, 100)).unwrap().rows;
    let mut captured: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row.external, row.kind.as_str(), row.delta)).collect();
    captured.sort();
    let mut world = World::with(bot, vec![users()]);
    world.sync();
    let balances = IDS.iter().map(|id| (world.local(id), world.ledger.coins_of(id))).collect();
    Outcome { captured, balances }
}

/// As it is where all of it is one transaction.
fn at_once(table: &str, writes: &str) -> Outcome {
    let bot = Sqlite::new(&format!("{table}; {FILL}"));
    wait(bot.replica(vec![users()]).attach(attach())).unwrap();
    bot.run(writes).unwrap();
    outcome(bot)
}

#[test]
fn what_a_bot_writes_meanwhile_comes_after_the_openings() {
    for (writes, table) in WRITES.into_iter().zip(TABLES.into_iter().cycle()) {
        let expected = at_once(table, writes);
        for at in 0.. {
            let bot = Sqlite::new(&format!("{table}; {FILL}"));
            let (writer, pauses) = (Mutex::new(bot.connect()), Arc::new(AtomicUsize::new(0)));
            let count = Arc::clone(&pauses);
            let mut replica = slowly(&bot, move || {
                if count.fetch_add(1, Ordering::Relaxed) == at {
                    writer.lock().unwrap().execute_batch(writes).unwrap();
                }
            });
            wait(replica.attach(attach())).unwrap();
            if pauses.load(Ordering::Relaxed) <= at {
                assert!(at > 4, "{at} pauses");
                break;
            }
            assert_eq!(outcome(bot), expected, "{writes} in pause {at} of {table}");
        }
    }
}

#[test]
fn it_may_be_stopped_anywhere() {
    for (writes, table) in WRITES.into_iter().zip(TABLES.into_iter().cycle().skip(1)) {
        let expected = at_once(table, writes);
        for pauses in 0.. {
            let bot = Sqlite::new(&format!("{table}; {FILL}"));
            let is_done = cut(slowly(&bot, || {}).attach(attach()), pauses).is_some();
            let view = wait(slowly(&bot, || {}).view()).unwrap();
            assert_eq!(matches!(view, View::Attached(_)), is_done);
            bot.run(writes).unwrap();
            if !is_done {
                wait(slowly(&bot, || {}).attach(attach())).unwrap();
            }
            assert_eq!(outcome(bot), expected, "{writes} after {pauses} in {table}");
            if is_done {
                break;
            }
        }
    }
}

/// Nothing has these rows in an order in which one could go on.
#[test]
fn rows_without_a_key_are_opened_at_once() {
    let bot = Sqlite::new(&format!("CREATE TABLE users (user_id TEXT, coins, name TEXT); {FILL}"));
    assert!(cut(slowly(&bot, || {}).attach(attach()), 0).is_some());
    assert_eq!(bot.read("SELECT count(*) FROM onepurse_outbox").unwrap(), "5");
}

#[test]
fn what_was_begun_for_another_ledger_is_removed() {
    for pauses in 0..4 {
        let bot = Sqlite::new(&format!("{}; {FILL}", TABLES[0]));
        let elsewhere = Attach {
            ledger: LedgerId([9; 16]),
            decision: Some(Decision::Ledger),
            base: vec![Balance { asset: coins(), external: who("1"), amount: Amount::new(5) }],
            ..attach()
        };
        assert!(cut(slowly(&bot, || {}).attach(elsewhere), pauses).is_none());
        bot.run("UPDATE users SET coins = coins + 1").unwrap();
        let mut world = World::with(bot, vec![users()]);
        assert_eq!(world.ledger.id, wait(world.replica.outbox(0, 1)).unwrap().ledger);
        assert_eq!(
            world.bot.read("SELECT count(*) FROM onepurse_identity WHERE base IS NOT NULL").unwrap(),
            "0"
        );
        assert_eq!((world.local("1").unwrap(), world.ledger.coins_of("1")), ("101".to_owned(), 101));
    }
}

#[test]
fn detaching_removes_what_was_begun() {
    let bot = Sqlite::new(&format!("{}; {FILL}", TABLES[0]));
    let before = bot.schema();
    assert!(cut(slowly(&bot, || {}).attach(attach()), 2).is_none());
    assert_ne!(bot.schema(), before);
    let detached = wait(slowly(&bot, || {}).detach(Cursor::ZERO, 0)).unwrap();
    assert_eq!((detached, bot.schema()), (Detached::Done, before));
}

#[test]
fn two_who_attach_at_once_are_merely_wasteful() {
    let bot = Sqlite::new(&format!("{}; {FILL}", TABLES[0]));
    for pauses in 0..5 {
        let mut first = slowly(&bot, || {});
        let call = first.attach(attach());
        wait(async {
            let mut call = pin!(call);
            for _ in 0..pauses {
                poll_fn(|context| {
                    assert!(call.as_mut().poll(context).is_pending());
                    Poll::Ready(())
                })
                .await;
            }
            slowly(&bot, || {}).attach(attach()).await.unwrap();
            call.await.unwrap();
        });
        assert_eq!(bot.read("SELECT count(*) FROM onepurse_outbox").unwrap(), "5");
        assert!(!bot.schema().contains("attaching"));
        assert_eq!(wait(bot.replica(vec![users()]).detach(Cursor::ZERO, 9)).unwrap(), Detached::Done);
    }
}
