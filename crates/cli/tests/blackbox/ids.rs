//! Hazards 16, 18 and 24: which row is whose.

use serde_json::json;

use crate::harness::{
    ACCOUNT, CACHED, ECONOMY, FOUNDING, Pair, World,
    answers::{exit, state},
    database::{self, objects},
    pair::{D, T},
    wait_until,
};

/// A world of one platform, `game`, on a database that this script makes.
fn game(script: &str, mapping: &str) -> World {
    let mut world = World::new();
    let path = world.empty_database("game");
    database::make(&path, script);
    world.add_platform("game", &path, mapping);
    world
}

/// Attaching fails, names what it must, and puts nothing in.
fn refuses(world: &World, names: &[&str]) {
    let path = world.path("game/bot.db");
    let before = objects(&path);
    let said = world.verb(&["attach"]);
    assert!([Some(exit::USAGE), Some(exit::WAITS)].contains(&said.code), "{:?}: {}", said.code, said.all());
    for name in names {
        assert!(said.stderr.contains(name), "`{name}` is named: {}", said.all());
    }
    assert_eq!(objects(&path), before, "nothing was put in");
}

const USERS: &str = "table = \"users\"\nid = \"id\"\ncolumn = \"coins\"\n";

#[test]
fn hazard_16_duplicate_rows_are_refused_at_attach_with_the_rows_named() {
    let script = "CREATE TABLE users(id TEXT, coins INTEGER);
        INSERT INTO users VALUES ('17', 5), ('18', 5), ('17', 7), ('19', 1), ('19', 1)";
    refuses(&game(script, USERS), &["users", "17", "19"]);
}

#[test]
fn hazard_16_a_number_and_its_text_are_the_same_id() {
    let script =
        "CREATE TABLE users(id, coins INTEGER); INSERT INTO users VALUES (456, 5), ('456', 7), (1, 1)";
    refuses(&game(script, USERS), &["456"]);
}

#[test]
fn hazard_16_rows_without_an_id_are_left_out() {
    let script = "CREATE TABLE users(id INTEGER UNIQUE, coins INTEGER);
        INSERT INTO users VALUES (NULL, 1000000), (NULL, 5), (7, 30)";
    let world = game(script, USERS);
    let path = world.path("game/bot.db");
    world.sync();
    let head = world.head();
    database::make(
        &path,
        "UPDATE users SET coins = coins + 1 WHERE id IS NULL; INSERT INTO users VALUES (NULL, 9)",
    );
    world.sync();
    assert_eq!((world.coins("game:7").as_str(), world.head()), ("30", head));
    world.verify();
}

#[test]
fn hazard_16_ids_are_texts_whatever_the_column_keeps() {
    let pair = Pair::of(CACHED);
    // `STRING` gives numeric affinity: the bot binds '789', the row holds 789.
    pair.telegram.register(789, 3);
    pair.telegram.sql("INSERT INTO users VALUES ('@treasury', 8)", &json!([]));
    pair.telegram.sql("INSERT INTO users VALUES ('1234567890123456789', 6)", &json!([]));
    pair.world.sync();
    for (identity, coins) in
        [("telegram:789", "3"), ("telegram:@treasury", "8"), ("telegram:1234567890123456789", "6")]
    {
        assert_eq!(pair.world.coins(identity), coins, "{identity}");
    }
    pair.discord.sql("INSERT INTO users(id, coins) VALUES ('007', 7), ('Ω é \"x\"', 1)", &json!([]));
    pair.world.sync();
    assert_eq!(pair.world.coins("discord:007"), "7");
    assert_eq!(pair.world.coins("discord:Ω é \"x\""), "1");
    pair.world.link("telegram:789", "discord:007");
    pair.world.sync();
    assert_eq!(pair.telegram.stored(789), "10");
    pair.world.verify();
}

#[test]
fn hazard_16_what_cannot_work_is_refused_with_a_list() {
    let script = "CREATE TABLE users(id TEXT PRIMARY KEY, coins INTEGER);
        CREATE VIEW everyone AS SELECT id, coins FROM users";
    let mapping = |table: &str, id: &str, column: &str| {
        format!("table = \"{table}\"\nid = \"{id}\"\ncolumn = \"{column}\"\n")
    };
    refuses(&game(script, &mapping("everyone", "id", "coins")), &["everyone", "view"]);
    refuses(&game(script, &mapping("people", "id", "coins")), &["people"]);
    refuses(&game(script, &mapping("users", "user_id", "money")), &["user_id", "money"]);
    refuses(&game(script, &format!("{USERS}where = \"guild = 7\"\n")), &["guild"]);
}

#[test]
fn hazard_18_a_composite_id_keeps_guilds_apart() {
    let pair = Pair::of(ACCOUNT);
    pair.telegram.call("register", &json!([T, 500, "88"]));
    pair.telegram.earn(T, 10);
    pair.telegram.call("earn", &json!([T, 1, "88"]));
    pair.syncs_to(10);
    assert_eq!(pair.world.coins("telegram:88:456"), "501");
    pair.world.verify();
}

#[test]
fn hazard_18_a_filter_leaves_the_other_guilds_out() {
    let script = "CREATE TABLE users(id TEXT, guild_id TEXT, coins INTEGER);
        INSERT INTO users VALUES ('1', '77', 10), ('1', '88', 20), ('2', '88', 30)";
    let world = game(script, &format!("{USERS}where = \"guild_id = '77'\"\n"));
    let path = world.path("game/bot.db");
    world.sync();
    database::make(
        &path,
        "UPDATE users SET coins = coins + 1;
         INSERT INTO users VALUES ('3', '88', 5), ('3', '77', 6);
         DELETE FROM users WHERE guild_id = '88' AND id = '1'",
    );
    world.sync();
    assert_eq!(["1", "2", "3"].map(|id| world.coins(&format!("game:{id}"))), ["11", "unknown", "6"]);
    world.verify();
}

#[test]
fn hazard_18_a_row_that_leaves_the_filter_and_comes_back_mints_nothing() {
    let script = "CREATE TABLE users(id TEXT PRIMARY KEY, active INTEGER, coins INTEGER);
        INSERT INTO users VALUES ('1', 1, 10), ('2', 1, 10)";
    let world = game(script, &format!("{USERS}where = \"active = 1\"\n"));
    let path = world.path("game/bot.db");
    world.sync();
    for change in [
        "UPDATE users SET active = 0 WHERE id = '1'",
        "UPDATE users SET active = 1 WHERE id = '1'",
        "UPDATE users SET active = 0, coins = 500 WHERE id = '2'",
        "UPDATE users SET active = 1 WHERE id = '2'",
    ] {
        database::make(&path, change);
        world.sync();
    }
    assert_eq!(["game:1", "game:2"].map(|who| world.coins(who)), ["10", "10"]);
    let shown = database::rows(&path, "SELECT coins FROM users ORDER BY id");
    assert_eq!(shown, [["10"], ["10"]]);
    world.verify();
}

#[test]
fn hazard_18_two_currencies_in_one_row_are_two_balances() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    pair.world.configure(|config| {
        config.assets.push(("credits", 0));
        let credits = |table: &str, id: &str, column: &str| {
            format!("asset = \"credits\"\ntable = \"{table}\"\nid = \"{id}\"\ncolumn = \"{column}\"\n")
        };
        config.platform("telegram").balances.push(credits("economy", "user_id", "credits"));
        config.platform("discord").balances.push(credits("users", "id", "xp"));
    });
    pair.join();
    pair.telegram.earn(T, 100);
    pair.telegram.call("exchange", &json!([T, 40]));
    pair.telegram.sql("UPDATE economy SET money = money + 5, credits = credits + 7", &json!([]));
    pair.discord.call("add_xp", &json!([D, 3]));
    pair.syncs_to(65);
    assert_eq!(pair.world.balance("telegram:456", "credits"), "50");
    let both = [pair.telegram.stored_in("credits", T), pair.discord.stored_in("xp", D)];
    assert_eq!(both, ["50", "50"]);

    pair.discord.call("add_xp", &json!([D, 60])); // A rank-up: 25 coins come inside the same save.
    pair.syncs_to(90);
    assert_eq!(pair.world.balance("telegram:456", "credits"), "110");
    pair.world.verify();
}

#[test]
fn hazard_24_concurrent_registrations_are_paused_shown_and_counted_once() {
    let pair = Pair::of(ACCOUNT);
    let run = pair.world.run();
    pair.telegram.call("create", &json!([9, 100]));
    pair.telegram.call("create", &json!([9, 100]));
    pair.telegram.sql("UPDATE account SET amount = amount + 50 WHERE user_id = '9'", &json!([]));
    wait_until("it is shown", || pair.world.status().of("telegram").paused_identities == Some(1));
    pair.discord.register(10, 1);
    pair.telegram.earn(T, 5);
    pair.comes_to(5);
    assert_eq!(pair.world.status().of("telegram").state, state::IN_STEP, "nobody else is paused");

    pair.telegram.sql("DELETE FROM account WHERE id = (SELECT MAX(id) FROM account)", &json!([]));
    wait_until("the identity goes on", || pair.world.status().of("telegram").paused_identities == Some(0));
    wait_until("once, not twice", || {
        (pair.world.coins("telegram:77:9"), pair.telegram.stored(9)) == ("150".to_owned(), "150".to_owned())
    });
    pair.telegram.earn(9, 1);
    wait_until("it is captured again", || pair.world.coins("telegram:77:9") == "151");
    drop(run);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn hazard_16_a_balance_that_is_no_number_stops_nobody_else() {
    let pair = Pair::of(FOUNDING);
    pair.discord.register(9, 5);
    pair.discord.earn(D, 10);
    pair.syncs_to(10);
    for nonsense in ["'oops'", "NULL", "1e300", "x'00ff'"] {
        pair.discord.sql(&format!("UPDATE users SET coins = {nonsense} WHERE id = '9'"), &json!([]));
        pair.telegram.earn(T, 1);
        pair.world.try_sync();
        assert_eq!(pair.discord.stored(D), pair.coins(), "{nonsense}");
    }
    assert_eq!(pair.coins(), "14");
    pair.discord.sql("UPDATE users SET coins = 70 WHERE id = '9'", &json!([]));
    pair.world.try_sync();
    assert_eq!(pair.world.coins("discord:9"), "70", "what the row says counts again");
}
