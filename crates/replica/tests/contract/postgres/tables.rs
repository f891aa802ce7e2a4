//! The tables that bots have, and the mappings that cannot work.

use onepurse_core::{Amount, LedgerId, ReplicaId, Scale};
use onepurse_replica::{Attach, Mapping, ReplicaError};

use super::Pg;
use crate::support::{
    coins,
    fixture::Fixture,
    postgres::Postgres,
    wait,
    world::{World, users},
};

/// Every shape answers the same story.
#[test]
fn one_story_in_every_shape() {
    let (uuid, number) = ("6b1b36cf-5f5c-4b0e-9d5e-0a5d6f0c0b01", "456");
    for (columns, id, tail) in [
        ("user_id bigint PRIMARY KEY, coins integer", number, ""),
        ("user_id integer, coins smallint", number, ""),
        ("user_id text PRIMARY KEY, coins bigint", number, ""),
        ("user_id varchar(20) UNIQUE, coins numeric(20,2)", number, ""),
        ("user_id numeric, coins real", number, ""),
        ("user_id char(8), coins double precision", number, ""),
        ("user_id uuid PRIMARY KEY, coins text", uuid, ""),
        ("n serial PRIMARY KEY, user_id bigint, coins integer", number, ""),
        ("user_id bigint PRIMARY KEY, coins integer", number, " PARTITION BY HASH (user_id)"),
        ("user_id bigint, coins integer, guild integer DEFAULT 1", number, " PARTITION BY LIST (guild)"),
    ] {
        let mut shape = format!("CREATE TABLE users ({columns}){tail};");
        if tail.contains("HASH") {
            shape += "CREATE TABLE p0 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE p1 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 1);";
        } else if tail.contains("LIST") {
            shape += "CREATE TABLE p1 PARTITION OF users FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF users DEFAULT;";
        }
        shape += &format!("INSERT INTO users (user_id, coins) VALUES ('{id}', 100)");
        let mut world: Pg = World::new(&shape, users());
        assert_eq!(world.ledger.coins_of(id), 100, "{shape}");
        let sum = if columns.contains("coins text") { "coins::int + 20" } else { "coins + 20" };
        world.run(&format!("UPDATE users SET coins = {sum} WHERE user_id = '{id}'"));
        if tail.contains("LIST") {
            // A row that moves to another partition is the same row.
            world.run("UPDATE users SET guild = 2");
        }
        world.sync();
        world.ledger.earn(id, 30);
        world.sync();
        let local = |world: &Pg| {
            world.bot.read(&format!("SELECT coins::int FROM users WHERE user_id = '{id}'")).unwrap()
        };
        assert_eq!(local(&world), "150", "{shape}");
        world.run(&format!("DELETE FROM users WHERE user_id = '{id}'"));
        world.run(&format!("INSERT INTO users (user_id, coins) VALUES ('{id}', 0)"));
        world.sync();
        assert_eq!((local(&world).as_str(), world.ledger.coins_of(id)), ("150", 150), "{shape}");
    }
}

#[test]
fn a_balance_may_be_a_key_of_a_document() {
    for kind in ["jsonb", "json"] {
        let shape = format!(
            r#"CREATE TABLE "USER" (primary_key_1 bigint PRIMARY KEY, json_data {kind});
               INSERT INTO "USER" VALUES (456, '{{"balance": 70, "inventory": ["a"]}}'), (7, '{{"inventory": []}}'), (8, '{{"balance": "12"}}'), (9, NULL);"#
        );
        let mapping = Mapping {
            key: Some("balance".to_owned()),
            missing: Some(Amount::new(100)),
            ..Mapping::new(coins(), "USER", &["primary_key_1"], "json_data")
        };
        let mut world: Pg = World::new(&shape, mapping);
        for (id, balance) in [("456", 70), ("7", 100), ("8", 12), ("9", 100)] {
            assert_eq!(world.ledger.coins_of(id), balance, "{kind} {id}");
        }
        world.run(
            r#"UPDATE "USER" SET json_data = '{"balance": 90, "inventory": []}' WHERE primary_key_1 = 456"#,
        );
        world.run(r#"UPDATE "USER" SET json_data = '{"inventory": [1]}' WHERE primary_key_1 = 7"#);
        assert_eq!(world.captured(), ["456 change 20"], "{kind}");
        for id in ["456", "7", "8", "9"] {
            world.ledger.earn(id, 5);
        }
        world.sync();
        let document = |id: i64| {
            world
                .bot
                .read(&format!(r#"SELECT json_data::jsonb FROM "USER" WHERE primary_key_1 = {id}"#))
                .unwrap()
        };
        assert_eq!(document(456), r#"{"balance": 95, "inventory": []}"#, "{kind}");
        assert_eq!(document(7), r#"{"balance": 105, "inventory": [1]}"#, "{kind}");
        assert_eq!(document(8), r#"{"balance": "17"}"#, "{kind}");
        assert_eq!(document(9), r#"{"balance": 105}"#, "{kind}");
        world.bot.run(r#"DROP TABLE "USER" CASCADE"#).unwrap();
        world
            .bot
            .run(&format!(r#"CREATE TABLE "USER" (primary_key_1 bigint PRIMARY KEY, json_data {kind})"#))
            .unwrap();
        world.sync();
        world.run(r#"INSERT INTO "USER" VALUES (10, '{"balance": 1}')"#);
        assert_eq!(world.captured(), ["10 opening 100", "10 change -99"], "{kind}");
    }
}

#[test]
fn several_rows_of_one_identity_count_once_and_wait() {
    for columns in ["user_id bigint, coins integer", "n serial PRIMARY KEY, user_id text, coins integer"] {
        let shape =
            format!("CREATE TABLE users ({columns}); INSERT INTO users (user_id, coins) VALUES (456, 100);");
        let mut world: Pg = World::new(&shape, users());
        world.run("INSERT INTO users (user_id, coins) VALUES (8, 5)");
        world.run("INSERT INTO users (user_id, coins) VALUES (8, 5), (8, 5)");
        world.run("UPDATE users SET coins = coins + 50");
        assert_eq!(world.captured(), ["8 opening 5", "456 change 50", "8 change 50"], "{columns}");
        world.sync();
        world.ledger.earn("8", 10);
        world.sync();
        assert_eq!(world.local("8").unwrap(), "55");
        assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "several rows");
        world.run(
            "DELETE FROM users WHERE ctid IN (SELECT ctid FROM users WHERE user_id::text = '8' LIMIT 2)",
        );
        world.sync();
        assert_eq!(world.local("8").unwrap(), "65");
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty());
    }
}

/// Nobody sees the others' rows before they commit, so all of them register.
#[test]
fn registrations_at_the_same_time_count_once() {
    let shape = "CREATE TABLE users (user_id bigint, coins integer); INSERT INTO users VALUES (456, 100);";
    let mut world: Pg = World::new(shape, users());
    let bots: Vec<_> = (0..4).map(|_| world.bot.connect()).collect();
    for bot in &bots {
        wait(bot.batch_execute("BEGIN; INSERT INTO users VALUES (8, 5)")).unwrap();
    }
    for bot in &bots {
        wait(bot.batch_execute("COMMIT")).unwrap();
    }
    world.run("UPDATE users SET coins = coins + 50 WHERE user_id = 8");
    assert_eq!(world.captured(), ["8 opening 5", "8 change 50"]);
    world.sync();
    assert_eq!(world.ledger.coins_of("8"), 55);
    assert_eq!(wait(world.replica.summary()).unwrap().paused.len(), 1);
}

#[test]
fn a_filter_lets_rows_in_and_out() {
    let shape =
        "CREATE TABLE users (user_id bigint, guild text, coins integer, PRIMARY KEY (user_id, guild));
        INSERT INTO users VALUES (456, '77', 100), (456, '78', 1);";
    let filtered = Mapping { filter: Some("guild = '77' -- mine".to_owned()), ..users() };
    let mut world: Pg = World::new(shape, filtered);
    world.run("UPDATE users SET coins = coins + 5");
    assert_eq!(world.captured(), ["456 change 5"]);
    world.run("UPDATE users SET guild = '79' WHERE guild = '77'");
    world.run("UPDATE users SET coins = 0 WHERE guild = '79'");
    world.run("UPDATE users SET guild = '77' WHERE guild = '79'");
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 105);
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '77'").unwrap(), "105");
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '78'").unwrap(), "6");
}

#[test]
fn a_table_may_be_named_with_its_schema_or_with_capitals() {
    for (made, configured) in [
        ("game.users", "game.users"),
        ("\"Game\".\"Users\"", "Game.Users"),
        ("Users", "Users"),
        ("game.users", "Game.USERS"),
        ("\"USER\"", "USER"),
    ] {
        let shape = format!(
            "CREATE SCHEMA game; CREATE SCHEMA \"Game\"; CREATE TABLE {made} (User_Id bigint PRIMARY KEY, Coins integer); INSERT INTO {made} VALUES (456, 100)"
        );
        let mapping = Mapping::new(coins(), configured, &["User_Id"], "Coins");
        let mut world: Pg = World::new(&shape, mapping);
        world.run(&format!("UPDATE {made} SET coins = coins + 5"));
        world.ledger.earn("456", 20);
        world.sync();
        assert_eq!(world.bot.read(&format!("SELECT coins FROM {made}")).unwrap(), "125", "{made}");
    }
}

#[test]
fn decimals_are_exact_kept_or_held() {
    let mapping = Mapping { scale: Scale::new(2).unwrap(), ..users() };
    for (kind, shown) in
        [("numeric(12,2)", "13.00"), ("numeric", "13.00"), ("double precision", "13"), ("text", "13")]
    {
        let shape = format!(
            "CREATE TABLE users (user_id text PRIMARY KEY, coins {kind}); INSERT INTO users VALUES ('456', 12.34)"
        );
        let mut world: Pg = World::new(&shape, mapping.clone());
        assert_eq!(world.ledger.coins_of("456"), 1234, "{kind}");
        if kind == "double precision" {
            world.run("UPDATE users SET coins = coins + 0.1 + 0.2 - 0.3 + 1e-9");
            assert_eq!(world.captured(), Vec::<String>::new());
        }
        world.ledger.earn("456", 66);
        world.sync();
        assert_eq!(world.local("456").unwrap(), shown, "{kind}");
    }
    let shape =
        "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer); INSERT INTO users VALUES (456, 100)";
    let mut world: Pg = World::new(shape, mapping);
    world.ledger.earn("456", 1234);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "112");
    assert_eq!(wait(world.replica.summary()).unwrap().held, 1);
}

#[test]
fn odd_values_are_left_alone_until_they_are_numbers() {
    for (kind, odd) in [
        ("double precision", "'NaN'"),
        ("double precision", "'Infinity'"),
        ("double precision", "1e300"),
        ("numeric", "'NaN'"),
        ("numeric", "1e30"),
        ("text", "'abc'"),
    ] {
        let shape = format!(
            "CREATE TABLE users (user_id bigint PRIMARY KEY, coins {kind}); INSERT INTO users VALUES (456, '100'), (7, '5')"
        );
        let mut world: Pg = World::new(&shape, users());
        world.run(&format!("UPDATE users SET coins = {odd} WHERE user_id = 456"));
        assert!(world.captured().is_empty());
        world.ledger.earn("456", 50);
        world.ledger.earn("7", 10);
        world.sync();
        assert_eq!(world.local("7").unwrap(), "15");
        assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "not a number", "{kind} {odd}");
        world.run("UPDATE users SET coins = '1' WHERE user_id = 456");
        assert_eq!(world.captured(), ["456 change -149"], "{kind} {odd}");
        world.sync();
        assert_eq!(world.local("456").unwrap(), "1", "{kind} {odd}");
    }
}

#[test]
fn what_cannot_work_is_listed() {
    let filter = |filter: &str| Mapping { filter: Some(filter.to_owned()), ..users() };
    let key = Mapping { key: Some("balance".to_owned()), ..users() };
    let pair = Mapping::new(coins(), "users", &["guild", "user_id"], "coins");
    let fine = "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer);";
    for (shape, mapping, found) in [
        ("CREATE TABLE other (x int);", users(), "no table `users`"),
        ("CREATE TABLE users (user_id int);", users(), "no column `coins`"),
        ("CREATE VIEW users AS SELECT 1 AS user_id, 2 AS coins;", users(), "is a view"),
        (
            "CREATE TABLE users (user_id int, coins int); CREATE TABLE more () INHERITS (users);",
            users(),
            "inherit",
        ),
        (
            "CREATE TABLE users (user_id int, coins int); INSERT INTO users VALUES (1, 2), (1, 2);",
            users(),
            "several rows of one id: 1 (2 rows)",
        ),
        (
            "CREATE TABLE users (user_id int, coins text); INSERT INTO users VALUES (1, 'abc');",
            users(),
            "1 (abc)",
        ),
        (
            "CREATE TABLE users (user_id int, coins numeric); INSERT INTO users VALUES (1, 12.5);",
            users(),
            "1 (12.5)",
        ),
        (
            "CREATE TABLE users (user_id int, guild text, coins integer); INSERT INTO users VALUES (1, '2:3', 4);",
            pair,
            "holds a colon",
        ),
        (
            "CREATE TABLE users (user_id int, coins integer); INSERT INTO users VALUES (NULL, 1);",
            users(),
            "no row with an id",
        ),
        ("CREATE TABLE users (user_id int, coins jsonb);", users(), "is a JSON document"),
        ("CREATE TABLE users (user_id int, coins boolean);", users(), "is of type boolean"),
        (fine, key, "is no JSON document"),
        (fine, filter("guild = 1"), "does not work"),
        (fine, filter("users.coins > 1"), "does not work"),
        (fine, Mapping::new(coins(), "users", &["user_id"], "user_id"), "both `id` and `column`"),
    ] {
        let bot = Postgres::new(shape);
        let mut replica = bot.replica(vec![mapping]);
        let attach =
            Attach { replica: ReplicaId([2; 16]), ledger: LedgerId([1; 16]), decision: None, base: vec![] };
        let before = bot.schema();
        let text = match wait(replica.attach(attach)) {
            Err(ReplicaError::Refused { problems, .. }) => format!("{problems:?}"),
            other => panic!("{shape} should be refused: {other:?}"),
        };
        assert!(text.contains(found), "{text} lacks {found}");
        assert_eq!(bot.schema(), before);
    }
}
