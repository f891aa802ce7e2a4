//! What a bot's migrations do to a table that is captured.

use onepurse_core::Amount;
use onepurse_replica::{Capture, Mapping, ReplicaError};

use super::{Pg, USERS};
use crate::support::{
    fixture::Fixture,
    wait,
    world::{World, users},
};

/// A session of the bot that was there before knows the old type, and what it writes counts all the same.
#[test]
fn a_column_may_get_another_type_while_it_is_captured() {
    for (column, kind) in [("coins", "bigint"), ("coins", "numeric"), ("coins", "text"), ("user_id", "text")]
    {
        let mut world: Pg = World::new(USERS, users());
        let bot = world.bot.connect();
        let earn = |sum: &str| wait(bot.batch_execute(&format!("UPDATE users SET coins = {sum}"))).unwrap();
        earn("coins + 1");
        world.run(&format!("ALTER TABLE users ALTER COLUMN {column} TYPE {kind}"));
        earn(if kind == "text" && column == "coins" { "(coins::int + 1)::text" } else { "coins + 1" });
        let counted = ["456 change 1", "7 change 1", "456 change 1", "7 change 1"];
        assert_eq!(world.captured(), counted, "{column} {kind}");
        world.sync();
        assert_eq!(world.view().capture, Capture::Whole, "{column} {kind}");
        world.ledger.earn("456", 50);
        world.sync();
        assert_eq!(world.local("456").unwrap(), "152", "{column} {kind}");
        assert_eq!(world.local("7").unwrap(), "7", "{column} {kind}");
    }
}

/// No trigger sees what becomes of the values: every row is compared.
#[test]
fn a_type_that_comes_with_other_values_is_compared() {
    let mut world: Pg = World::new(USERS, users());
    world.bot.run("ALTER TABLE users ALTER COLUMN coins TYPE bigint USING coins / 2").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("100", 100));
}

#[test]
fn a_wider_column_takes_what_was_held() {
    let mut world: Pg = World::new(USERS, users());
    world.ledger.earn("456", 5_000_000_000);
    world.sync();
    assert_eq!(world.local("456").unwrap(), i32::MAX.to_string());
    world.run("ALTER TABLE users ALTER COLUMN coins TYPE bigint");
    world.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456");
    world.sync();
    assert_eq!(world.local("456").unwrap(), "5000000101");
}

#[test]
fn a_type_that_does_not_fit_is_told_until_it_does() {
    let mut world: Pg = World::new(USERS, users());
    world.run("ALTER TABLE users ALTER COLUMN coins TYPE jsonb USING to_jsonb(coins)");
    let told = wait(world.replica.problems()).unwrap();
    assert!(told.iter().any(|problem| problem.what.contains("is a JSON document")), "{told:?}");
    assert!(matches!(wait(world.replica.mend(1_000)), Err(ReplicaError::Refused { .. })));
    world.bot.run("ALTER TABLE users ALTER COLUMN coins TYPE bigint USING coins::text::bigint").unwrap();
    world.sync();
    world.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456");
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 101);
}

/// The usual way of a migration that cannot change a type in place.
#[test]
fn a_column_may_be_made_anew_and_take_the_place_of_the_old_one() {
    let mut world: Pg = World::new(USERS, users());
    world.run("ALTER TABLE users ADD COLUMN coins2 bigint; UPDATE users SET coins2 = coins");
    world.run("ALTER TABLE users DROP COLUMN coins");
    assert_eq!(world.view().capture, Capture::Gone(vec!["users".to_owned()]));
    world.run("UPDATE users SET coins2 = coins2 + 1 WHERE user_id = 456");
    world.bot.run("ALTER TABLE users RENAME COLUMN coins2 TO coins").unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("101", 101));
    assert_eq!(world.view().capture, Capture::Whole);
}

/// A balance in a document and a filter are columns as well.
#[test]
fn columns_of_documents_and_filters_may_change() {
    let shape = "CREATE TABLE users (user_id bigint PRIMARY KEY, guild text, data json);
        INSERT INTO users VALUES (456, '1', '{\"coins\": 100}')";
    let mapping = Mapping {
        key: Some("coins".to_owned()),
        filter: Some("guild::text = '1'".to_owned()),
        ..Mapping::new(crate::support::coins(), "users", &["user_id"], "data")
    };
    let mut world: Pg = World::new(shape, mapping);
    let bot = world.bot.connect();
    wait(bot.batch_execute("UPDATE users SET data = '{\"coins\": 101}'")).unwrap();
    world.run(
        "ALTER TABLE users ALTER COLUMN data TYPE jsonb, ALTER COLUMN guild TYPE integer USING guild::int",
    );
    wait(bot.batch_execute("UPDATE users SET data = '{\"coins\": 103}'")).unwrap();
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 103);
    world.ledger.earn("456", 7);
    world.sync();
    assert_eq!(world.bot.read("SELECT data FROM users").unwrap(), "{\"coins\": 110}");
}

/// A program from before named the columns in its trigger. It is upgraded, and nothing that it captured is lost.
#[test]
fn a_trigger_that_names_columns_is_put_in_anew() {
    let mut world: Pg = World::new(USERS, users());
    world
        .bot
        .run(
            "DROP TRIGGER onepurse_telegram_change_1 ON users;
             CREATE TRIGGER onepurse_telegram_change_1 AFTER UPDATE ON users FOR EACH ROW
                 WHEN (OLD.coins IS DISTINCT FROM NEW.coins) EXECUTE FUNCTION onepurse_telegram.capture_1();
             UPDATE onepurse_telegram.mapping SET stamp = '0123456789abcdef'",
        )
        .unwrap();
    assert!(world.bot.run("ALTER TABLE users ALTER COLUMN coins TYPE bigint").is_err());
    let bot = world.bot.connect();
    wait(bot.batch_execute("UPDATE users SET coins = coins + 1 WHERE user_id = 456")).unwrap();
    wait(world.replica.mend(1_000)).unwrap();
    wait(bot.batch_execute("UPDATE users SET coins = coins + 2 WHERE user_id = 456")).unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("103", 103));
    world.run("ALTER TABLE users ALTER COLUMN coins TYPE bigint");
    world.sync();
    assert_eq!(world.view().capture, Capture::Whole);
    let held = wait(world.replica.audit()).unwrap().identities.iter().all(|one| one.held == Amount::ZERO);
    assert!(held);
}
