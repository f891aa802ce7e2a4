//! What a bot's statement leaves in the outbox.

use onepurse_core::Amount;
use onepurse_replica::{Capture, Decision, Mapping, Reinsert};

use super::{Maria, USERS};
use crate::support::{
    fixture::Fixture,
    wait,
    world::{World, users},
};

/// Runs statements in a fresh world; then looks at the outbox, and lets all come to rest.
fn captures(shape: &str, mapping: &Mapping, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        let mut world: Maria = World::new(shape, mapping.clone());
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
            ("UPDATE users SET coins = GREATEST(0, coins - 500) WHERE user_id = 456", "456 change -100"),
            ("UPDATE users SET user_id = 456, coins = 100, name = 'x' WHERE user_id = 456", ""),
            ("UPDATE users SET name = 'x'", ""),
            ("UPDATE users SET coins = coins + 1", "7 change 1, 456 change 1"),
            ("BEGIN; UPDATE users SET coins = 0; ROLLBACK", ""),
            ("SET autocommit = 0; UPDATE users SET coins = 0", ""),
            (
                "BEGIN; SAVEPOINT a; DELETE FROM users; ROLLBACK TO a; UPDATE users SET coins = 6 WHERE user_id = 7; COMMIT",
                "7 change 1",
            ),
            ("INSERT INTO users VALUES (8, 30, 'n')", "8 opening 30"),
            ("INSERT INTO users (user_id) VALUES (8)", "8 opening 0"),
            ("INSERT IGNORE INTO users VALUES (456, 3, 'n')", ""),
            (
                "INSERT INTO users VALUES (456, 3, 'n') ON DUPLICATE KEY UPDATE coins = coins + VALUES(coins)",
                "456 change 3",
            ),
            ("REPLACE INTO users VALUES (456, 100, 'n')", ""),
            ("REPLACE INTO users VALUES (456, 160, 'n')", "456 change 60"),
            ("REPLACE INTO users VALUES (8, 160, 'n')", "8 opening 160"),
            ("REPLACE INTO users VALUES (456, 1, 'n'), (456, 3, 'n')", "456 change -99, 456 change 2"),
            (
                "UPDATE users AS a JOIN users AS b ON b.user_id = 7 SET a.coins = a.coins + b.coins WHERE a.user_id = 456",
                "456 change 5",
            ),
            ("DELETE FROM users WHERE user_id = 7", ""),
            ("UPDATE users SET user_id = 9 WHERE user_id = 7", "7 change -5, 9 opening 0, 9 change 5"),
        ],
    );
}

#[test]
fn rows_of_one_statement_share_a_millisecond() {
    let many = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT); INSERT INTO users SELECT seq, seq FROM seq_1_to_300";
    let mut world: Maria = World::new(many, users());
    world.run("UPDATE users SET coins = coins + 1");
    let rows = world.outbox();
    assert_eq!(rows.len(), 300);
    assert!(rows.iter().all(|row| row.at_ms == rows[0].at_ms));
}

#[test]
fn other_columns_cost_nothing() {
    let mut world: Maria = World::new(USERS, users());
    world.run("UPDATE users SET coins = coins + 1");
    let next = |world: &Maria| {
        let sql = "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{}'";
        world.bot.ours("fact", sql)
    };
    let before = next(&world);
    world.run("UPDATE users SET name = 'y'; UPDATE users SET coins = coins; UPDATE users SET name = 'z'");
    assert_eq!(next(&world), before);
}

/// What a driver tells a bot of its statement is the bot's.
#[test]
fn a_statement_answers_as_it_did_before() {
    let shape = "CREATE TABLE users (user_id BIGINT PRIMARY KEY AUTO_INCREMENT, coins INT); INSERT INTO users VALUES (456, 100)";
    let world: Maria = World::new(shape, users());
    let answer = "SELECT CONCAT(ROW_COUNT(), ' ', LAST_INSERT_ID(), ' ', @@warning_count)";
    for (sql, expected) in [
        ("INSERT INTO users (coins) VALUES (5), (6)", "2 457 0"),
        ("UPDATE users SET coins = coins + 1", "3 0 0"),
        ("REPLACE INTO users VALUES (456, 3)", "2 0 0"),
        ("DELETE FROM users WHERE user_id > 456", "2 0 0"),
    ] {
        let mut bot = world.bot.connect();
        wait(mysql_async::prelude::Queryable::query_drop(&mut bot, sql)).unwrap();
        let told: Option<String> =
            wait(mysql_async::prelude::Queryable::query_first(&mut bot, answer)).unwrap();
        assert_eq!(told.unwrap(), expected, "{sql}");
    }
}

#[test]
fn a_trigger_of_the_bots_own_has_the_last_word_before_it_counts() {
    let shape = format!(
        "{USERS} CREATE TRIGGER cap BEFORE UPDATE ON users FOR EACH ROW SET NEW.coins = LEAST(NEW.coins, 120)"
    );
    let mut world: Maria = World::new(&shape, users());
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
        let mut world: Maria = World::new(USERS, mapping.clone());
        world.run("DELETE FROM users");
        world.run("INSERT INTO users VALUES (456, 30, 'n')");
        world.sync();
        assert_eq!(world.ledger.coins_of("456"), ledger, "{mapping:?}");
        assert_eq!(world.local("456").unwrap(), ledger.to_string(), "{mapping:?}");
    }
}

#[test]
fn a_renamed_column_fails_no_statement_and_what_it_kept_from_sight_counts() {
    let mut world: Maria = World::new(USERS, users());
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
    let mut world: Maria = World::new(USERS, users());
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
    let mut world: Maria = World::new(USERS, users());
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    world.bot.run("DELETE FROM users WHERE user_id = 456").unwrap();
    world.bot.run("INSERT INTO users VALUES (456, 0, 'n')").unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("100", 100));
}

/// Neither a table of ours that someone drops, nor an id that has no room in it, fails a statement of the bot.
#[test]
fn what_cannot_be_written_down_fails_no_statement() {
    let shape =
        "CREATE TABLE users (user_id VARCHAR(2000), coins INT); INSERT INTO users VALUES ('456', 100)";
    let mut world: Maria = World::new(shape, users());
    world.run("INSERT INTO users VALUES (REPEAT('я', 1000), 5), (REPEAT('я', 700), 6)");
    world.sync();
    assert_eq!(world.ledger.coins_of(&"я".repeat(700)), 6);
    assert!(!world.ledger.knows(&"я".repeat(1000)));
    world
        .bot
        .run("DROP TABLE onepurse_telegram_fact; UPDATE users SET coins = 1; DELETE FROM users")
        .unwrap();
}

/// No trigger sees what a TRUNCATE or a foreign key's cascade removes.
#[test]
fn rows_that_go_unseen_are_found_by_comparing() {
    let cascade = "CREATE TABLE accounts (id BIGINT PRIMARY KEY); INSERT INTO accounts VALUES (456), (7);
        CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT, FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE);
        INSERT INTO users VALUES (456, 100), (7, 5)";
    for (shape, gone) in [(USERS, "TRUNCATE TABLE users"), (cascade, "DELETE FROM accounts")] {
        let mut world: Maria = World::new(shape, users());
        world.bot.run(gone).unwrap();
        assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]), "{gone}");
        wait(world.replica.mend(world.now_ms)).unwrap();
        assert_eq!(world.view().capture, Capture::Whole, "{gone}");
        let found = wait(world.replica.compare()).unwrap();
        assert_eq!((found.gone, found.changed, found.of), (2, 0, 2), "{gone}");
        wait(world.replica.resolve(Decision::Ledger, world.now_ms)).unwrap();
        world.sync();
        assert_eq!((world.ledger.coins_of("456"), world.local("456")), (100, None), "{gone}");
        // Rows that come back get what their people have; and are missed again.
        let accounts = if shape == cascade { "INSERT INTO accounts VALUES (456);" } else { "" };
        world.run(&format!("{accounts} INSERT INTO users (user_id, coins) VALUES (456, 1)"));
        world.sync();
        assert_eq!(world.local("456").unwrap(), "100", "{gone}");
        world.bot.run(gone).unwrap();
        assert_ne!(world.view().capture, Capture::Whole, "{gone}");
    }
    // What was deleted before everyone's eyes is not missed.
    let mut world: Maria = World::new(USERS, users());
    world.run("DELETE FROM users");
    for _ in 0..2 {
        assert_eq!(world.view().capture, Capture::Whole);
    }
}
