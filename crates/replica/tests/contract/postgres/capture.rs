//! What a bot's statement leaves in the outbox.

use onepurse_core::Amount;
use onepurse_replica::{Capture, Mapping, Reinsert};

use super::{Pg, USERS};
use crate::support::{
    fixture::Fixture,
    wait,
    world::{World, users},
};

/// Runs statements, as one transaction, in a fresh world; then looks at the outbox, and lets all come to rest.
fn captures(shape: &str, mapping: &Mapping, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        let mut world: Pg = World::new(shape, mapping.clone());
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
            ("UPDATE users SET coins = greatest(0, coins - 500) WHERE user_id = 456", "456 change -100"),
            ("UPDATE users SET user_id = 456, coins = 100, name = 'x' WHERE user_id = 456", ""),
            ("UPDATE users SET name = 'x'", ""),
            ("UPDATE users SET coins = coins + 1", "456 change 1, 7 change 1"),
            ("BEGIN; UPDATE users SET coins = 0; ROLLBACK", ""),
            (
                "BEGIN; SAVEPOINT a; DELETE FROM users; ROLLBACK TO a; UPDATE users SET coins = 6 WHERE user_id = 7; COMMIT",
                "7 change 1",
            ),
            ("INSERT INTO users VALUES (8, 30, 'n')", "8 opening 30"),
            ("INSERT INTO users (user_id) VALUES (8)", "8 opening 0"),
            ("INSERT INTO users VALUES (456, 3) ON CONFLICT DO NOTHING", ""),
            (
                "INSERT INTO users VALUES (456, 3) ON CONFLICT (user_id) DO UPDATE SET coins = users.coins + excluded.coins",
                "456 change 3",
            ),
            ("DELETE FROM users WHERE user_id = 7", ""),
            // A category written anew, in one transaction.
            ("DELETE FROM users; INSERT INTO users VALUES (456, 70), (7, 5)", "456 change -30"),
            ("TRUNCATE users; INSERT INTO users VALUES (456, 70), (7, 5)", "456 change -30"),
            ("UPDATE users SET user_id = 9 WHERE user_id = 7", "7 change -5, 9 opening 0, 9 change 5"),
            ("COPY users FROM PROGRAM 'printf ''8\\t3\\tn\\n'''", "8 opening 3"),
        ],
    );
}

#[test]
fn rows_of_one_statement_share_a_millisecond() {
    let many = "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer); INSERT INTO users SELECT n, n FROM generate_series(1, 300) n";
    let mut world: Pg = World::new(many, users());
    world.run("UPDATE users SET coins = coins + 1");
    let rows = world.outbox();
    assert_eq!(rows.len(), 300);
    assert!(rows.iter().all(|row| row.at_ms == rows[0].at_ms));
}

#[test]
fn other_columns_cost_nothing() {
    let mut world: Pg = World::new(USERS, users());
    world.run("UPDATE users SET name = 'y'; UPDATE users SET coins = coins");
    let facts = world.bot.ours("captured", "SELECT nextval(pg_get_serial_sequence('{}', 'n'))");
    world.run("UPDATE users SET name = 'z'");
    assert_eq!(world.bot.ours("captured", "SELECT nextval(pg_get_serial_sequence('{}', 'n'))"), facts + 1);
}

#[test]
fn a_trigger_of_the_bots_own_has_the_last_word_before_it_counts() {
    let shape = format!(
        "{USERS} CREATE FUNCTION cap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.coins := least(NEW.coins, 120); RETURN NEW; END';
         CREATE TRIGGER cap BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION cap()"
    );
    let mut world: Pg = World::new(&shape, users());
    // The statement does not name the column that the trigger changes.
    world.run("UPDATE users SET coins = 500 WHERE user_id = 456");
    assert_eq!(world.captured(), ["456 change 20"]);
}

#[test]
fn a_row_deleted_and_inserted_again_is_restored_taken_or_a_change() {
    for (mapping, ledger) in [
        (users(), 100),
        (Mapping { reinsert: Reinsert::Take, ..users() }, 30),
        (Mapping { missing: Some(Amount::new(100)), ..users() }, 30),
    ] {
        for gone in ["DELETE FROM users", "TRUNCATE users"] {
            let mut world: Pg = World::new(USERS, mapping.clone());
            world.run(gone);
            world.run("INSERT INTO users VALUES (456, 30)");
            world.sync();
            assert_eq!(world.ledger.coins_of("456"), ledger, "{gone} {mapping:?}");
            assert_eq!(world.local("456").unwrap(), ledger.to_string(), "{gone} {mapping:?}");
        }
    }
}

#[test]
fn a_renamed_column_fails_no_statement_and_what_it_kept_from_sight_counts() {
    let mut world: Pg = World::new(USERS, users());
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    world.bot.run("UPDATE users SET gold = 3 WHERE user_id = 456").unwrap();
    assert_eq!(world.view().capture, Capture::Gone(vec!["users".to_owned()]));
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    wait(world.replica.mend(world.now_ms)).unwrap();
    assert_eq!(world.captured(), ["456 change -97"]);
    assert_eq!(wait(world.replica.compare()).unwrap().changed, 0);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "3");
    assert_eq!(world.view().capture, Capture::Whole);
}

/// So much at once may be a mistake: that is asked.
#[test]
fn much_that_was_written_out_of_sight_is_left_to_the_operator() {
    let mut world: Pg = World::new(USERS, users());
    for id in 1_000..1_020 {
        world.bot.run(&format!("INSERT INTO users VALUES ({id}, 1, 'n')")).unwrap();
    }
    world.sync();
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    world.bot.run("UPDATE users SET gold = 0").unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    wait(world.replica.mend(world.now_ms)).unwrap();
    assert!(world.captured().is_empty());
    assert_eq!(wait(world.replica.compare()).unwrap().changed, 22);
}

/// Where somebody was deleted and made again meanwhile, it cannot be known what was spent.
#[test]
fn rows_that_came_out_of_sight_are_not_spent() {
    let mut world: Pg = World::new(USERS, users());
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    world.bot.run("DELETE FROM users WHERE user_id = 456").unwrap();
    world.bot.run("INSERT INTO users VALUES (456, 0, 'n')").unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("100", 100));
}

#[test]
fn a_disabled_trigger_is_a_lost_one() {
    let mut world: Pg = World::new(USERS, users());
    world.bot.run("ALTER TABLE users DISABLE TRIGGER ALL").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
}

/// PostgreSQL deletes and inserts a row that comes to be in another partition; it is the same row all the same.
#[test]
fn who_is_renamed_into_another_partition_takes_their_coins_along() {
    let shape = "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer) PARTITION BY HASH (user_id);
        CREATE TABLE users_0 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE users_1 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO users SELECT n, 100 FROM generate_series(1, 8) AS n";
    let mut world: Pg = World::new(shape, users());
    world.sync();
    world.run("UPDATE users SET user_id = user_id + 100");
    world.run("UPDATE users SET user_id = user_id + 100, coins = coins - 30 WHERE user_id <= 104");
    world.sync();
    let total = || -> i64 {
        let ids = (1..=208).map(|id| id.to_string());
        ids.map(|id| world.ledger.coins_of(&id)).sum()
    };
    assert_eq!(total(), 8 * 100 - 4 * 30);
    for id in 1..=8 {
        assert_eq!(world.ledger.coins_of(&id.to_string()), 0, "{id} is somebody else now");
    }
    assert_eq!(world.ledger.coins_of("204"), 70);
    assert_eq!(world.local("204").unwrap(), "70");
    // To delete one and to insert another are two things.
    world.run("BEGIN; DELETE FROM users WHERE user_id = 204; INSERT INTO users VALUES (9, 5); COMMIT");
    world.sync();
    assert_eq!((world.ledger.coins_of("204"), world.ledger.coins_of("9")), (70, 5));
}
