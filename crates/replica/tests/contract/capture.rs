//! What a bot's statement leaves in the outbox.

use onepurse_core::Amount;
use onepurse_replica::{Mapping, Reinsert};

use super::contract;
use crate::support::{
    fixture::{Fixture, Sqlite},
    world::{World, users},
};

contract! {
    a_row_inserted_again_is_restored_or_taken,
    detached_and_attached_again_nothing_is_opened_twice,
}

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER, name TEXT);
    INSERT INTO users VALUES (456, 100, 'a'), (7, 5, 'b');";

/// Runs statements in a fresh world, then looks at the outbox, and lets all come to rest.
fn captures(shape: &str, mapping: &Mapping, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        let mut world = World::<Sqlite>::new(shape, mapping.clone());
        world.run(sql);
        assert_eq!(world.captured().join(", "), *expected, "{sql}");
        let before = world.local("456");
        world.sync();
        assert_eq!(world.local("456"), before, "{sql}");
        if let Some(local) = before {
            assert_eq!(world.ledger.coins_of("456").to_string(), local, "{sql}");
        }
    }
}

#[test]
fn one_statement_is_one_true_change() {
    captures(
        USERS,
        &users(),
        &[
            ("UPDATE users SET coins = coins + 50 WHERE user_id = 456", "456 change 50"),
            ("UPDATE users SET coins = 30 WHERE user_id = 456", "456 change -70"),
            ("UPDATE users SET coins = MAX(0, coins - 500) WHERE user_id = 456", "456 change -100"),
            ("UPDATE users SET coins = -5 WHERE user_id = 456", "456 change -105"),
            ("UPDATE users SET user_id = 456, coins = 100, name = 'x' WHERE user_id = 456", ""),
            ("UPDATE users SET name = 'x'", ""),
            ("UPDATE users SET coins = coins + 1", "7 change 1, 456 change 1"),
            ("BEGIN; UPDATE users SET coins = 0; ROLLBACK", ""),
            ("INSERT INTO users VALUES (8, 30, 'n')", "8 opening 30"),
            ("INSERT INTO users VALUES (8, 0, 'n')", "8 opening 0"),
            ("INSERT INTO users (user_id) VALUES (8)", "8 opening 0"),
            ("INSERT OR REPLACE INTO users VALUES (456, 100, 'n')", ""),
            ("INSERT OR REPLACE INTO users VALUES (456, 160, 'n')", "456 change 60"),
            ("INSERT OR REPLACE INTO users VALUES (8, 160, 'n')", "8 opening 160"),
            ("REPLACE INTO users VALUES (456, 1, 'n'), (456, 3, 'n')", "456 change -99, 456 change 2"),
            ("INSERT OR IGNORE INTO users VALUES (456, 3, 'n')", ""),
            (
                "INSERT OR IGNORE INTO users VALUES (456, 3, 'n'); UPDATE users SET coins = 9 WHERE user_id = 456;
                 INSERT OR REPLACE INTO users VALUES (456, 9, 'n')",
                "456 change -91",
            ),
            (
                "INSERT INTO users VALUES (456, 3, 'n') ON CONFLICT DO UPDATE SET coins = coins + excluded.coins",
                "456 change 3",
            ),
            ("UPDATE OR REPLACE users SET coins = 1 WHERE user_id = 456", "456 change -99"),
            ("UPDATE OR IGNORE users SET coins = 1 WHERE user_id = 456", "456 change -99"),
            ("DELETE FROM users WHERE user_id = 456", ""),
            ("UPDATE users SET user_id = 9 WHERE user_id = 7", "7 change -5, 9 opening 0, 9 change 5"),
        ],
    );
}

#[test]
fn replace_counts_the_difference_with_recursive_triggers_too() {
    for (sql, expected) in [
        ("INSERT OR REPLACE INTO users VALUES (456, 100, 'n')", vec![]),
        ("INSERT OR REPLACE INTO users VALUES (456, 160, 'n')", vec!["456 change 60"]),
        ("INSERT OR REPLACE INTO users VALUES (8, 1, 'n')", vec!["8 opening 1"]),
    ] {
        let mut world = World::<Sqlite>::new(USERS, users());
        world.bot.pragmas = "PRAGMA recursive_triggers = ON".to_owned();
        world.run(sql);
        assert_eq!(world.captured(), expected, "{sql}");
        assert_eq!(world.view().lately.changed, 0, "{sql}");
        world.sync();
    }
}

#[test]
fn a_row_renamed_over_another_brings_its_coins() {
    let mut world = World::<Sqlite>::new(USERS, users());
    world.run("UPDATE OR REPLACE users SET user_id = 456 WHERE user_id = 7");
    assert_eq!(world.captured(), ["7 change -5", "456 change 5"]);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "105");
}

#[test]
fn an_ignored_insert_writes_once_at_the_most() {
    let mut world = World::<Sqlite>::new(USERS, users());
    let ignored = "INSERT OR IGNORE INTO users VALUES (456, 0, 'n')";
    world.run(ignored);
    let bytes = || std::fs::read(world.bot.path()).unwrap();
    let before = bytes();
    world.bot.run(ignored).unwrap();
    assert_eq!(bytes(), before);
}

fn a_row_inserted_again_is_restored_or_taken<F: Fixture>() {
    for (reinsert, value, ledger, events) in
        [(Reinsert::Restore, "100", 100, 0), (Reinsert::Take, "30", 30, 1)]
    {
        let mut world = World::<F>::new(USERS, Mapping { reinsert, ..users() });
        world.run("DELETE FROM users WHERE user_id = 456");
        world.sync();
        assert_eq!(world.ledger.coins_of("456"), 100);
        world.run("INSERT INTO users VALUES (456, 30, 'n')");
        assert_eq!(world.outbox().len(), events);
        world.sync();
        assert_eq!(world.local("456").unwrap(), value);
        assert_eq!(world.ledger.coins_of("456"), ledger);
    }
}

/// The coins went with the row, so the one who had them has nothing left to be counted against.
#[test]
fn a_row_inserted_again_after_a_renaming_counts_from_nothing() {
    let mut world = World::<Sqlite>::new(USERS, Mapping { reinsert: Reinsert::Take, ..users() });
    world.run("UPDATE users SET user_id = 9 WHERE user_id = 456");
    world.sync();
    world.run("INSERT INTO users VALUES (456, 130, 'n')");
    assert_eq!(world.captured(), ["456 change 130"]);
    world.sync();
    assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("9")), (130, 100));
}

#[test]
fn an_absent_row_may_count_as_something() {
    let mapping = Mapping { missing: Some(Amount::new(100)), ..users() };
    let mut world = World::<Sqlite>::new(USERS, mapping);
    assert_eq!(world.ledger.coins_of("7"), 5);
    for (sql, id, balance) in [
        ("INSERT INTO users VALUES (8, 70, 'n')", "8", 70),
        ("DELETE FROM users WHERE user_id = 456", "456", 100),
        ("DELETE FROM users WHERE user_id = 7", "7", 100),
        ("INSERT INTO users VALUES (7, 140, 'n')", "7", 140),
        ("REPLACE INTO users VALUES (7, 150, 'n')", "7", 150),
        ("UPDATE users SET user_id = 9 WHERE user_id = 7", "9", 150),
        ("SELECT 1", "7", 100),
    ] {
        world.run(sql);
        world.sync();
        assert_eq!(world.ledger.coins_of(id), balance, "{sql}");
    }
    world.ledger.earn("456", 25);
    world.sync();
    world.run("INSERT INTO users VALUES (456, 90, 'n')");
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 115);
    assert_eq!(world.local("456").unwrap(), "115");
}

fn detached_and_attached_again_nothing_is_opened_twice<F: Fixture>() {
    for missing in [None, Some(Amount::new(100))] {
        let mut world = World::<F>::new(USERS, Mapping { missing, ..users() });
        let before = world.bot.schema();
        world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
        world.sync();
        world.detach();
        assert_ne!(world.bot.schema(), before);
        world.bot.run("UPDATE users SET coins = 1 WHERE user_id = 456").unwrap();
        world.attach();
        world.sync();
        assert_eq!(world.ledger.coins_of("456"), 130);
        assert_eq!(world.local("456").unwrap(), "130");
    }
}
