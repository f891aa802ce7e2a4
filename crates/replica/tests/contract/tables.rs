//! The tables that bots have, and the mappings that cannot work.

use onepurse_core::{AssetName, LedgerId, ReplicaId};
use onepurse_replica::{Attach, Mapping, ReplicaError};

use super::contract;
use crate::support::{
    coins,
    fixture::{Fixture, Sqlite},
    wait,
    world::{World, users},
};

contract! {
    composite_ids_and_names_with_sql_in_them,
    several_assets_live_in_one_row,
}

/// Every shape answers the same story.
#[test]
fn one_story_in_every_shape() {
    let plain = users();
    for (columns, value) in [
        ("user_id INTEGER PRIMARY KEY, coins INTEGER", "100"),
        ("user_id BIGINT, coins INT", "100"),
        ("user_id TEXT PRIMARY KEY, coins INTEGER", "100"),
        ("user_id STRING PRIMARY KEY, coins NUMERIC", "100"),
        ("user_id VARCHAR(20) PRIMARY KEY COLLATE NOCASE, coins REAL", "100"),
        ("user_id, coins", "100"),
        ("user_id PRIMARY KEY, coins TEXT", "100"),
        ("user_id INTEGER, coins VARCHAR(20), UNIQUE (user_id)", "'100'"),
        ("rowid TEXT, user_id INTEGER UNIQUE, coins INTEGER", "100"),
        ("rowid TEXT, _rowid_ TEXT, user_id INTEGER, coins INTEGER", "100"),
        ("n INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, coins DECIMAL(20,2)", "100"),
    ] {
        for tail in ["", " WITHOUT ROWID"] {
            if !tail.is_empty() && (!columns.contains("PRIMARY") || columns.contains("AUTO")) {
                continue;
            }
            let shape = format!(
                "CREATE TABLE users ({columns}){tail}; INSERT INTO users (user_id, coins) VALUES ('456', {value});"
            );
            let mut world = World::<Sqlite>::new(&shape, plain.clone());
            assert_eq!(world.ledger.coins_of("456"), 100, "{shape}");
            world.run("UPDATE users SET coins = coins + 20 WHERE user_id = '456'");
            world.run("INSERT INTO users (user_id, coins) VALUES ('8', 7)");
            world.sync();
            world.ledger.earn("456", 30);
            world.sync();
            let local = world.local("456").unwrap();
            assert_eq!(local.trim_end_matches(".0"), "150", "{shape}");
            world.run("DELETE FROM users WHERE user_id = '456'");
            world.run("INSERT INTO users (user_id, coins) VALUES ('456', 0)");
            world.sync();
            assert_eq!(world.local("456").unwrap().trim_end_matches(".0"), "150", "{shape}");
            assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("8")), (150, 7), "{shape}");
        }
    }
}

#[test]
fn several_rows_of_one_identity_count_once_and_wait() {
    for columns in [
        "user_id BIGINT, coins INTEGER",
        "n INTEGER PRIMARY KEY, user_id TEXT, coins INTEGER",
        "user_id, coins",
    ] {
        let shape =
            format!("CREATE TABLE users ({columns}); INSERT INTO users (user_id, coins) VALUES (456, 100);");
        let mut world = World::<Sqlite>::new(&shape, users());
        world.run("INSERT INTO users (user_id, coins) VALUES (8, 5); INSERT INTO users (user_id, coins) VALUES (8, 5)");
        world.run("UPDATE users SET coins = coins + 50");
        assert_eq!(world.captured(), ["8 opening 5", "456 change 50", "8 change 50"], "{columns}");
        world.sync();
        world.ledger.earn("8", 10);
        world.sync();
        assert_eq!(world.local("8").unwrap(), "55");
        assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "several rows");
        world.run("DELETE FROM users WHERE rowid = (SELECT max(rowid) FROM users)");
        world.sync();
        assert_eq!(world.local("8").unwrap(), "65");
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty());
    }
}

#[test]
fn a_filter_lets_rows_in_and_out() {
    let shape =
        "CREATE TABLE users (user_id INTEGER, guild TEXT, coins INTEGER, PRIMARY KEY (user_id, guild));
        INSERT INTO users VALUES (456, '77', 100), (456, '78', 1);";
    let filtered = Mapping { filter: Some("guild = '77' -- mine".to_owned()), ..users() };
    let mut world = World::<Sqlite>::new(shape, filtered);
    assert_eq!(world.ledger.coins_of("456"), 100);
    world.run("UPDATE users SET coins = coins + 5");
    assert_eq!(world.captured(), ["456 change 5"]);
    // An ignored insert leaves a note of 105, which means nothing once the row has come back.
    world.run(
        "INSERT OR IGNORE INTO users VALUES (456, '77', 3); UPDATE users SET coins = 115 WHERE guild = '77'",
    );
    world.run("UPDATE users SET guild = '79' WHERE guild = '77'");
    world.run(
        "UPDATE users SET coins = 0 WHERE guild = '79'; UPDATE users SET guild = '77' WHERE guild = '79'",
    );
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 115);
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '77'").unwrap(), "115");
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '78'").unwrap(), "6");
}

/// A filter means to a trigger what it means to a query, whatever its column and its literal are.
#[test]
fn a_filter_compares_as_its_column_does() {
    for (declared, filter, here, elsewhere) in [
        ("TEXT", "guild = 77", "'77'", "'78'"),
        ("INTEGER", "guild = '77'", "77", "78"),
        ("STRING", "guild = '77'", "'77'", "'78'"),
        ("STRING", "guild = 'vip'", "'vip'", "'77'"),
        ("REAL", "guild = '77'", "77", "78"),
        ("TEXT COLLATE NOCASE", "guild = 'VIP'", "'vip'", "'v'"),
        ("", "guild = 77", "77", "'77'"),
    ] {
        let shape = format!(
            "CREATE TABLE users (user_id TEXT PRIMARY KEY, guild {declared}, coins INTEGER);
             INSERT INTO users VALUES ('1', {here}, 100), ('2', {elsewhere}, 5);"
        );
        let mapping = Mapping { filter: Some(filter.to_owned()), ..users() };
        let mut world = World::<Sqlite>::new(&shape, mapping);
        world.run("UPDATE users SET coins = coins + 10");
        assert_eq!(world.captured(), ["1 change 10"], "{declared}: {filter}");
        world.run(&format!("INSERT INTO users VALUES ('3', {here}, 7), ('4', {elsewhere}, 7)"));
        world.sync();
        assert_eq!(world.ledger.coins_of("3"), 7, "{declared}: {filter}");
        assert!(!world.ledger.knows("4"), "{declared}: {filter}");
    }
}

fn composite_ids_and_names_with_sql_in_them<F: Fixture>() {
    let shape = r#"CREATE TABLE "a""; DROP TABLE x; --" ("gu'ild" TEXT, "user" TEXT, "col ""1" INTEGER, PRIMARY KEY ("gu'ild", "user"));
        INSERT INTO "a""; DROP TABLE x; --" VALUES ('77', '4:56', 100);"#;
    let mapping = Mapping::new(coins(), "a\"; DROP TABLE x; --", &["gu'ild", "user"], "col \"1");
    let mut world = World::<F>::new(shape, mapping);
    world.run(r#"UPDATE "a""; DROP TABLE x; --" SET "col ""1" = 130"#);
    world.sync();
    world.ledger.earn("77:4:56", 20);
    world.sync();
    assert_eq!(world.bot.read(r#"SELECT "col ""1" FROM "a""; DROP TABLE x; --""#).unwrap(), "150");
}

fn several_assets_live_in_one_row<F: Fixture>() {
    let xp: AssetName = "xp".parse().unwrap();
    let shape = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER, xp INTEGER); INSERT INTO users VALUES (456, 100, 3);";
    let mappings = vec![users(), Mapping::new(xp.clone(), "users", &["user_id"], "xp")];
    let mut world = World::<F>::with(F::new(shape), mappings);
    world.run("UPDATE users SET coins = coins - 10, xp = xp + 1");
    world.run("UPDATE users SET coins = 80, xp = 9");
    world.ledger.earn_of(&xp, "456", 5);
    world.ledger.earn("456", 1);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "81");
    assert_eq!(world.bot.read("SELECT xp FROM users").unwrap(), "14");
}

#[test]
fn the_bot_may_alter_what_is_not_mapped() {
    let shape = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER, name TEXT, old TEXT); INSERT INTO users VALUES (456, 100, 'a', 'b');";
    let mut world = World::<Sqlite>::new(shape, users());
    world.run("ALTER TABLE users ADD COLUMN more INTEGER; ALTER TABLE users RENAME COLUMN name TO title; ALTER TABLE users DROP COLUMN old; VACUUM; CREATE INDEX i ON users (coins)");
    world.run("UPDATE users SET coins = 130, title = 'x', more = 1");
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 130);
}

#[test]
fn what_cannot_work_is_listed() {
    let filter = |filter: &str| Mapping { filter: Some(filter.to_owned()), ..users() };
    let pair = Mapping::new(coins(), "users", &["guild", "user_id"], "coins");
    let twice = Mapping::new(coins(), "users", &["user_id"], "user_id");
    let fine = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);";
    for (shape, mapping, found) in [
        ("CREATE TABLE other (x);", users(), "no table `users`"),
        ("CREATE TABLE users (user_id);", users(), "no column `coins`"),
        ("CREATE VIEW users AS SELECT 1 AS user_id, 2 AS coins;", users(), "is a view"),
        ("CREATE VIRTUAL TABLE users USING fts5 (user_id, coins);", users(), "is a virtual table"),
        (
            "CREATE TABLE users (user_id, coins); INSERT INTO users VALUES (1, 2), ('1', 2);",
            users(),
            "several rows of one id: 1 (2 rows)",
        ),
        ("CREATE TABLE users (user_id, coins); INSERT INTO users VALUES (1, 'abc');", users(), "1 ('abc')"),
        ("CREATE TABLE users (user_id, coins); INSERT INTO users VALUES (1, 12.5);", users(), "1 (12.5)"),
        (
            "CREATE TABLE users (user_id, guild TEXT, coins INTEGER); INSERT INTO users VALUES (1, '2:3', 4);",
            pair,
            "holds a colon",
        ),
        (
            "CREATE TABLE users (user_id BLOB, coins INTEGER); INSERT INTO users VALUES (x'38', 1);",
            users(),
            "no row with an id",
        ),
        (fine, twice, "both `id` and `column`"),
        (
            "CREATE TABLE users (user_id INTEGER, coins INTEGER); INSERT INTO users VALUES (NULL, 1), (NULL, 2);",
            users(),
            "no row with an id",
        ),
        (fine, Mapping { key: Some("balance".to_owned()), ..users() }, "only found in PostgreSQL"),
        (fine, filter("guild = 1"), "does not work"),
        (fine, filter("users.coins > 1"), "does not work"),
        (fine, filter("rowid > 1"), "does not work"),
    ] {
        let bot = Sqlite::new(shape);
        let mut replica = bot.replica(vec![mapping]);
        let attach =
            Attach { replica: ReplicaId([2; 16]), ledger: LedgerId([1; 16]), decision: None, base: vec![] };
        let before = bot.read("SELECT group_concat(sql) FROM sqlite_master");
        let text = match wait(replica.attach(attach)) {
            Err(ReplicaError::Refused { problems, .. }) => format!("{problems:?}"),
            other => panic!("{shape} should be refused: {other:?}"),
        };
        assert!(text.contains(found), "{text} lacks {found}");
        assert_eq!(bot.read("SELECT group_concat(sql) FROM sqlite_master"), before);
    }
}

#[test]
fn what_is_odd_and_harmless_is_left_out() {
    let shape = "CREATE TABLE users (user_id TEXT, coins REAL); INSERT INTO users VALUES (NULL, 5), (NULL, 'x'), ('', 3), ('456', 100.000000001);";
    let mut world = World::<Sqlite>::new(shape, users());
    world.run("UPDATE users SET coins = 7 WHERE user_id IS NULL OR user_id = ''; INSERT INTO users VALUES (NULL, 1); DELETE FROM users WHERE user_id IS NULL");
    assert!(world.captured().is_empty());
    assert_eq!(world.ledger.coins_of("456"), 100);
}

/// A blob is no id in a column of any type: the text of the same bytes is another key there, and would be one id.
#[test]
fn blobs_are_no_ids() {
    for declared in ["TEXT PRIMARY KEY", "INTEGER UNIQUE", "NUMERIC", "BLOB PRIMARY KEY"] {
        let shape = format!(
            "CREATE TABLE users (user_id {declared}, coins INTEGER); INSERT INTO users VALUES (x'38', 5), ('456', 100);"
        );
        let mut world = World::<Sqlite>::new(&shape, users());
        world.run("UPDATE users SET coins = coins + 1; INSERT INTO users VALUES ('8', 7), (x'ff80', 1)");
        world.sync();
        world.ledger.earn("8", 10);
        world.sync();
        assert_eq!(world.ledger.coins_of("8"), 17, "{declared}");
        assert_eq!(
            world.bot.read("SELECT coins FROM users WHERE user_id = '8'").unwrap(),
            "17",
            "{declared}"
        );
        assert_eq!(
            world.bot.read("SELECT coins FROM users WHERE user_id = x'38'").unwrap(),
            "6",
            "{declared}"
        );
    }
}

#[test]
fn strict_tables_keep_what_they_are_given() {
    for columns in ["user_id ANY PRIMARY KEY, coins ANY", "user_id TEXT PRIMARY KEY, coins INTEGER"] {
        let shape = format!("CREATE TABLE users ({columns}) STRICT; INSERT INTO users VALUES (456, 100);");
        let mut world = World::<Sqlite>::new(&shape, users());
        world.ledger.earn("456", 25);
        world.sync();
        world.run("UPDATE users SET coins = coins + 1");
        world.sync();
        assert_eq!(world.local("456").unwrap(), "126", "{columns}");
        assert_eq!(world.ledger.coins_of("456"), 126, "{columns}");
    }
}
