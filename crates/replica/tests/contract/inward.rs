//! What reaches the bot's rows, past the bot's own constraints and triggers, and locks.

use onepurse_core::{Amount, Scale};
use onepurse_replica::{Applied, Mapping, ReplicaError, Writes};

use super::contract;
use crate::support::{
    fixture::{Fixture, Sqlite},
    wait,
    world::{World, users},
};

contract! {
    a_put_back_is_counted_and_repaired_where_it_may_be,
    nothing_is_the_number_zero,
}

fn table(extra: &str) -> String {
    format!(
        "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER {extra});
         INSERT INTO users VALUES (456, 100), (7, 5);"
    )
}

fn held(world: &mut World<impl Fixture>) -> i64 {
    let audited = wait(world.replica.audit()).unwrap();
    audited.identities.iter().map(|one| one.held.units()).sum()
}

#[test]
fn the_row_stops_at_what_is_allowed_and_the_rest_is_held() {
    let floor = |floor| Mapping { floor: Some(Amount::new(floor)), ..users() };
    for (shape, mapping, earned, local, rest) in [
        (table(""), users(), 50, "150", 0),
        (table(""), users(), -130, "0", -30),
        (table(""), floor(-10), -130, "-10", -20),
        (table(""), floor(-1000), -130, "-30", 0),
        (table("CHECK (coins >= 0)"), floor(-1000), -130, "0", -30),
        (table("CHECK (coins BETWEEN 10 AND 120)").replace("(7, 5)", "(7, 15)"), users(), 500, "120", 480),
        (table(", CHECK (coins <> 150)"), users(), 50, "149", 1),
        (table("") + &trigger("BEFORE UPDATE OF", "SELECT RAISE(IGNORE)"), users(), 50, "100", 50),
        (table("") + &trigger("BEFORE UPDATE OF", "SELECT RAISE(ABORT, 'no')"), users(), 50, "100", 50),
        (table("") + &trigger("AFTER UPDATE OF", "SELECT RAISE(FAIL, 'no')"), users(), 50, "100", 50),
        (
            table("")
                + &trigger(
                    "AFTER UPDATE OF",
                    "UPDATE users SET coins = min(coins, 120) WHERE user_id = NEW.user_id",
                ),
            users(),
            50,
            "120",
            30,
        ),
        (table("") + &trigger("BEFORE UPDATE OF", "SELECT RAISE(ROLLBACK, 'no')"), users(), 50, "100", 0),
    ] {
        let mut world = World::<Sqlite>::new(&shape, mapping);
        world.ledger.earn("456", earned);
        world.ledger.earn("7", 10);
        world.sync();
        assert_eq!((world.local("456").unwrap().as_str(), held(&mut world)), (local, rest), "{shape}");
        let beside = world.local("7").unwrap();
        assert!(beside != "5" || shape.contains("RAISE"), "{shape}");
        world.run("UPDATE users SET user_id = user_id");
    }
}

fn trigger(when: &str, what: &str) -> String {
    format!("CREATE TRIGGER own {when} coins ON users WHEN NEW.user_id = 456 BEGIN {what}; END;")
}

#[test]
fn a_trigger_that_rolls_back_stops_nobody_else() {
    let mut world = World::<Sqlite>::new(
        &(table("") + &trigger("BEFORE UPDATE OF", "SELECT RAISE(ROLLBACK, 'no')")),
        users(),
    );
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    world.sync();
    assert_eq!(world.local("7").unwrap(), "15");
    assert_eq!(wait(world.replica.summary()).unwrap().paused.len(), 1);
}

#[test]
fn a_trigger_that_changes_another_row_is_counted() {
    let shape = table("")
        + "CREATE TRIGGER tax AFTER UPDATE OF coins ON users WHEN NEW.user_id = 456
           BEGIN UPDATE users SET coins = coins + 1 WHERE user_id = 7; END;";
    let mut world = World::<Sqlite>::new(&shape, users());
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    world.sync();
    assert_eq!(world.local("7").unwrap(), "16");
    assert_eq!(world.ledger.coins_of("7"), 16);
}

#[test]
fn decimals_are_kept_or_held() {
    let mapping = Mapping { scale: Scale::new(2).unwrap(), ..users() };
    let real =
        "CREATE TABLE users (user_id TEXT PRIMARY KEY, coins REAL); INSERT INTO users VALUES ('456', 12.34);";
    let mut world = World::<Sqlite>::new(real, mapping.clone());
    assert_eq!(world.ledger.coins_of("456"), 1234);
    world.run("UPDATE users SET coins = coins + 0.1 + 0.2 - 0.3 + 1e-9");
    assert_eq!(world.captured(), Vec::<String>::new());
    world.run("UPDATE users SET coins = coins + 0.1; UPDATE users SET coins = coins + 0.2;");
    assert_eq!(world.captured(), ["456 change 10", "456 change 20"]);
    world.ledger.earn("456", 36);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "13.0");

    let mut world = World::<Sqlite>::new(&table(""), mapping);
    world.ledger.earn("456", 1234);
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), held(&mut world)), ("112", 34));
    world.run("UPDATE users SET coins = coins - 12 WHERE user_id = 456");
    world.ledger.earn("456", 66);
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), held(&mut world)), ("101", 0));
}

/// SQLite writes a small or a large number into a text with an exponent, which is no balance.
#[test]
fn a_fraction_reaches_a_text_with_all_its_digits() {
    for (scale, earned, shown) in
        [(2, 50, "100.5"), (9, 9, "100.000000009"), (2, 100_000_000_000_000_025, "1000000000000100.25")]
    {
        let mapping = Mapping { scale: Scale::new(scale).unwrap(), ..users() };
        let table = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins TEXT); INSERT INTO users VALUES (456, '100');";
        let mut world = World::<Sqlite>::new(table, mapping);
        world.ledger.earn("456", earned);
        world.sync();
        assert_eq!(world.local("456").unwrap(), shown);
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty(), "{shown}");
    }
    let mapping = Mapping { scale: Scale::new(9).unwrap(), ..users() };
    let table =
        "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins TEXT); INSERT INTO users VALUES (456, '0');";
    let mut world = World::<Sqlite>::new(table, mapping);
    world.ledger.earn("456", 9);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "0.000000009");
}

#[test]
fn odd_values_are_left_alone_until_they_are_numbers() {
    for odd in ["'abc'", "x'00ff'", "1e308"] {
        let mut world = World::<Sqlite>::new(&table(""), users());
        world.run(&format!("UPDATE users SET coins = {odd} WHERE user_id = 456"));
        assert!(world.captured().is_empty());
        world.ledger.earn("456", 50);
        world.ledger.earn("7", 10);
        world.sync();
        assert_eq!(world.local("7").unwrap(), "15");
        assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "not a number", "{odd}");
        world.run("UPDATE users SET coins = 1 WHERE user_id = 456");
        assert_eq!(world.captured(), ["456 change -149"], "{odd}");
        world.sync();
        assert_eq!(world.local("456").unwrap(), "1", "{odd}");
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty());
    }
}

/// However the row came to show no number, and a number again.
#[test]
fn odd_values_that_are_inserted_are_left_alone_too() {
    for odd in [
        "REPLACE INTO users VALUES (456, 'abc')",
        "DELETE FROM users; INSERT INTO users VALUES (456, 1e308)",
        "REPLACE INTO users VALUES (8, 'abc'); UPDATE OR REPLACE users SET user_id = 456 WHERE user_id = 8",
    ] {
        for even in ["UPDATE users SET coins = 30 WHERE user_id = 456", "REPLACE INTO users VALUES (456, 30)"]
        {
            let mut world = World::<Sqlite>::new(&table(""), users());
            world.run(odd);
            assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "not a number", "{odd}");
            world.run(even);
            world.sync();
            assert_eq!(world.ledger.coins_of("456"), 30, "{odd}; {even}");
            let paused = wait(world.replica.summary()).unwrap().paused;
            assert!(paused.iter().all(|one| one.external.as_str() != "456"), "{odd}; {even}");
        }
    }
}

fn nothing_is_the_number_zero<F: Fixture>() {
    let mut world = World::<F>::new(&table(""), users());
    world.run("UPDATE users SET coins = NULL WHERE user_id = 456");
    assert_eq!(world.captured(), ["456 change -100"]);
    world.sync();
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "50");
}

#[test]
fn a_busy_database_changes_nothing() {
    for (journal, locks) in [
        ("DELETE", "BEGIN IMMEDIATE"),
        ("DELETE", "BEGIN; SELECT count(*) FROM users"),
        ("WAL", "BEGIN IMMEDIATE"),
    ] {
        let mut world =
            World::<Sqlite>::new(&format!("PRAGMA journal_mode = {journal}; {}", table("")), users());
        world.ledger.earn("456", 50);
        let changes = world.changes();
        let bot = world.bot.connect();
        bot.execute_batch(locks).unwrap();
        let mut read = bot.prepare("SELECT coins FROM users").unwrap();
        let mut rows = read.query([]).unwrap();
        rows.next().unwrap();
        let busy = wait(world.replica.apply(&changes, 0));
        assert!(matches!(busy, Err(ReplicaError::Busy { .. })), "{journal} {locks}: {busy:?}");
        drop(rows);
        drop(read);
        drop(bot);
        assert_eq!(world.local("456").unwrap(), "100");
        assert!(matches!(world.apply(&changes), Applied::Done { .. }));
        assert_eq!(world.local("456").unwrap(), "150");
    }
}

fn a_put_back_is_counted_and_repaired_where_it_may_be<F: Fixture>() {
    for (writes, balance) in [(Writes::Delta, 100), (Writes::Absolute, 150)] {
        let mut world = World::<F>::new(&table(""), Mapping { writes, ..users() });
        world.now_ms = 1_000;
        world.run("UPDATE users SET coins = 100 WHERE user_id = 456");
        world.ledger.earn("456", 50);
        world.sync();
        world.bot.back_up("before");
        world.run("UPDATE users SET coins = 100 WHERE user_id = 456");
        world.bot.back_up("after");
        world.sync();
        assert_eq!(wait(world.replica.summary()).unwrap().put_backs, 1);
        assert_eq!(world.stale.len(), 1);
        assert_eq!(world.ledger.coins_of("456"), balance);
        // However often it is seen.
        world.bot.restore("after");
        world.sync();
        assert_eq!(world.ledger.coins_of("456"), balance);
        assert_eq!(world.local("456").unwrap(), balance.to_string());
        let before = world.ledger.clone();
        world.ledger.restore(&before);
        let from = world.view().cursor;
        wait(world.replica.rewind(from)).unwrap();
        world.sync();
        assert_eq!(world.ledger.coins_of("456"), balance);
    }
}
