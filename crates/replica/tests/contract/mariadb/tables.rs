//! The tables that bots have, and the mappings that cannot work.

use mysql_async::prelude::Queryable;
use onepurse_core::{LedgerId, ReplicaId, Scale};
use onepurse_replica::{Attach, Mapping, ReplicaError};

use super::Maria;
use crate::support::{
    coins,
    fixture::Fixture,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

/// Every shape answers the same story.
#[test]
fn one_story_in_every_shape() {
    let (uuid, number) = ("6b1b36cf-5f5c-4b0e-9d5e-0a5d6f0c0b01", "456");
    for (columns, id, tail) in [
        ("user_id BIGINT PRIMARY KEY, coins INT", number, ""),
        ("user_id INT, coins SMALLINT", number, ""),
        ("user_id BIGINT UNSIGNED PRIMARY KEY, coins BIGINT UNSIGNED", "18446744073709551615", ""),
        ("user_id INT(8) ZEROFILL PRIMARY KEY, coins BIGINT", number, ""),
        ("user_id VARCHAR(20) PRIMARY KEY, coins DECIMAL(20,2)", number, ""),
        ("user_id VARCHAR(20) CHARACTER SET latin1 PRIMARY KEY, coins DECIMAL(20,0)", "é ß", ""),
        ("user_id VARCHAR(20) CHARACTER SET latin1 PRIMARY KEY, coins DECIMAL(20,0)", number, ""),
        ("user_id TEXT, coins FLOAT", number, ""),
        ("user_id CHAR(8), coins DOUBLE", number, ""),
        ("user_id UUID PRIMARY KEY, coins VARCHAR(20)", uuid, ""),
        ("user_id DECIMAL(20,0), coins TEXT", number, ""),
        ("n SERIAL PRIMARY KEY, user_id BIGINT, coins INT", number, ""),
        ("user_id BIGINT PRIMARY KEY, coins INT", number, " PARTITION BY HASH (user_id) PARTITIONS 3"),
        ("user_id BIGINT PRIMARY KEY, coins INT", number, " WITH SYSTEM VERSIONING"),
        ("`user_id` VARCHAR(20) COLLATE utf8mb4_bin UNIQUE, coins INT", "Émile 🎲", ""),
    ] {
        let shape = format!(
            "CREATE TABLE users ({columns}){tail}; INSERT INTO users (user_id, coins) VALUES ('{id}', 100)"
        );
        let shape = shape.replace('`', "\"");
        let mut world: Maria = World::new(&shape, users());
        assert_eq!(world.ledger.coins_of(id), 100, "{shape}");
        world.run(&format!("UPDATE users SET coins = coins + 20 WHERE user_id = '{id}'"));
        world.sync();
        world.ledger.earn(id, 30);
        world.sync();
        let local = |world: &Maria| {
            world.bot.read(&format!("SELECT CAST(coins AS INT) FROM users WHERE user_id = '{id}'")).unwrap()
        };
        assert_eq!(local(&world), "150", "{shape}");
        world.run(&format!("DELETE FROM users WHERE user_id = '{id}'"));
        world.run(&format!("INSERT INTO users (user_id, coins) VALUES ('{id}', 0)"));
        world.sync();
        assert_eq!((local(&world).as_str(), world.ledger.coins_of(id)), ("150", 150), "{shape}");
    }
}

/// Shape 9: a bot in MariaDB with decimals, a check and triggers of its own.
#[test]
fn a_wallet_and_a_bank_with_checks_and_triggers() {
    let bank: onepurse_core::AssetName = "bank".parse().unwrap();
    let shape = "CREATE TABLE user_balances (user_id VARCHAR(20) PRIMARY KEY, wallet DECIMAL(20,2) NOT NULL DEFAULT 0,
            bank DECIMAL(20,2) NOT NULL DEFAULT 0, total DECIMAL(20,2), CHECK (wallet >= 0), CHECK (bank >= 0));
        CREATE TABLE history (user_id VARCHAR(20), wallet DECIMAL(20,2));
        CREATE TRIGGER total BEFORE UPDATE ON user_balances FOR EACH ROW SET NEW.total = NEW.wallet + NEW.bank;
        CREATE TRIGGER history AFTER UPDATE ON user_balances FOR EACH ROW INSERT INTO history VALUES (NEW.user_id, NEW.wallet);
        INSERT INTO user_balances (user_id, wallet, bank) VALUES ('456', 12.34, 5)";
    let of = |asset: onepurse_core::AssetName, column| Mapping {
        scale: Scale::new(2).unwrap(),
        ..Mapping::new(asset, "user_balances", &["user_id"], column)
    };
    let mappings = vec![of(coins(), "wallet"), of(bank.clone(), "bank")];
    let mut world: Maria = World::with(MariaDb::new(shape), mappings);
    assert_eq!(world.ledger.coins_of("456"), 1234);
    world.run("UPDATE user_balances SET wallet = wallet - 2, bank = bank + 2");
    assert_eq!(world.captured(), ["456 change -200", "456 change 200"]);
    world.ledger.earn("456", 66);
    world.ledger.earn_of(&bank, "456", -900);
    world.sync();
    let row = "SELECT wallet || ' ' || bank || ' ' || total FROM user_balances";
    assert_eq!(world.bot.read(row).unwrap(), "11.00 0.00 11.00");
    assert_eq!(wait(world.replica.summary()).unwrap().held, 1);
    assert_eq!(world.bot.read("SELECT wallet FROM history ORDER BY wallet DESC LIMIT 1").unwrap(), "11.00");
}

#[test]
fn several_rows_of_one_identity_count_once_and_wait() {
    for columns in ["user_id BIGINT, coins INT", "n SERIAL PRIMARY KEY, user_id TEXT, coins INT"] {
        let shape =
            format!("CREATE TABLE users ({columns}); INSERT INTO users (user_id, coins) VALUES (456, 100);");
        let mut world: Maria = World::new(&shape, users());
        world.run("INSERT INTO users (user_id, coins) VALUES (8, 5)");
        world.run("INSERT INTO users (user_id, coins) VALUES (8, 5), (8, 5)");
        world.run("UPDATE users SET coins = coins + 50");
        assert_eq!(world.captured(), ["8 opening 5", "456 change 50", "8 change 50"], "{columns}");
        world.sync();
        world.ledger.earn("8", 10);
        world.sync();
        assert_eq!(world.local("8").unwrap(), "55");
        assert_eq!(wait(world.replica.summary()).unwrap().paused[0].reason, "several rows");
        world.run("DELETE FROM users WHERE user_id = '8' LIMIT 2");
        world.sync();
        assert_eq!(world.local("8").unwrap(), "65");
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty());
    }
}

/// Nobody sees the others' rows before they commit, so all of them register.
#[test]
fn registrations_at_the_same_time_count_once() {
    let shape = "CREATE TABLE users (user_id BIGINT, coins INT); INSERT INTO users VALUES (456, 100);";
    let mut world: Maria = World::new(shape, users());
    let mut bots: Vec<_> = (0..4).map(|_| world.bot.connect()).collect();
    for bot in &mut bots {
        wait(bot.query_drop("BEGIN; INSERT INTO users VALUES (8, 5)")).unwrap();
    }
    for bot in &mut bots {
        wait(bot.query_drop("COMMIT")).unwrap();
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
        "CREATE TABLE users (user_id BIGINT, guild VARCHAR(20), coins INT, PRIMARY KEY (user_id, guild));
        INSERT INTO users VALUES (456, '77', 100), (456, '78', 1);";
    let filtered = Mapping { filter: Some("guild = '77' -- mine".to_owned()), ..users() };
    let mut world: Maria = World::new(shape, filtered);
    assert_eq!(world.ledger.coins_of("456"), 100);
    world.run("UPDATE users SET coins = coins + 5");
    assert_eq!(world.captured(), ["456 change 5"]);
    world.run("UPDATE users SET guild = '79' WHERE guild = '77'");
    world.run(
        "UPDATE users SET coins = 0 WHERE guild = '79'; UPDATE users SET guild = '77' WHERE guild = '79'",
    );
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 105);
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '77'").unwrap(), "105");
    assert_eq!(world.bot.read("SELECT coins FROM users WHERE guild = '78'").unwrap(), "6");
}

/// A filter means to a trigger what it means to a query, whatever its column and its literal are.
#[test]
fn a_filter_compares_as_its_column_does() {
    for (declared, filter, here, elsewhere) in [
        ("TEXT", "guild = 77", "'77'", "'78'"),
        ("INT", "guild = '77'", "77", "78"),
        ("VARCHAR(9) COLLATE utf8mb4_general_ci", "guild = 'VIP'", "'vip'", "'v'"),
        ("VARCHAR(9) COLLATE utf8mb4_bin", "guild = \"VIP\"", "'VIP'", "'vip'"),
        ("VARCHAR(9) CHARACTER SET latin1", "guild = 'é'", "'É'", "'x'"),
        ("DATE", "guild > '2026-01-01'", "'2026-02-01'", "'2025-02-01'"),
    ] {
        let shape = format!(
            "CREATE TABLE users (user_id VARCHAR(9) PRIMARY KEY, guild {declared}, coins INT);
             INSERT INTO users VALUES ('1', {here}, 100), ('2', {elsewhere}, 5);"
        );
        let mapping = Mapping { filter: Some(filter.to_owned()), ..users() };
        let mut world: Maria = World::new(&shape, mapping);
        world.run("UPDATE users SET coins = coins + 10");
        assert_eq!(world.captured(), ["1 change 10"], "{declared}: {filter}");
        world.run(&format!("INSERT INTO users VALUES ('3', {here}, 7), ('4', {elsewhere}, 7)"));
        world.sync();
        assert_eq!(world.ledger.coins_of("3"), 7, "{declared}: {filter}");
        assert!(!world.ledger.knows("4"), "{declared}: {filter}");
    }
}

/// Whatever a collation takes for one, ids are told apart by their bytes.
#[test]
fn ids_are_told_apart_by_their_bytes() {
    let shape =
        "CREATE TABLE users (user_id VARCHAR(20) COLLATE utf8mb4_general_ci, coins INT, KEY (user_id));
        INSERT INTO users VALUES ('ada', 1), ('ADA', 2), ('ada ', 3)";
    let mut world: Maria = World::new(shape, users());
    for (id, earned) in [("ada", 10), ("ADA", 20), ("ada ", 30), ("Ada", 40)] {
        world.ledger.earn(id, earned);
    }
    world.sync();
    let shown = "SELECT GROUP_CONCAT(coins ORDER BY coins) FROM users";
    assert_eq!(world.bot.read(shown).unwrap(), "11,22,33");
    world.run("UPDATE users SET user_id = 'Ada' WHERE BINARY user_id = 'ADA'");
    assert_eq!(world.captured(), ["ADA change -22", "Ada opening 0", "Ada change 22"]);
    world.sync();
    assert_eq!((world.ledger.coins_of("ADA"), world.ledger.coins_of("Ada")), (0, 62));
}

#[test]
fn the_bot_may_alter_what_is_not_mapped() {
    let shape = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT, name TEXT, old TEXT); INSERT INTO users VALUES (456, 100, 'a', 'b');";
    let mut world: Maria = World::new(shape, users());
    world.run("ALTER TABLE users ADD COLUMN more INT; ALTER TABLE users RENAME COLUMN name TO title; ALTER TABLE users DROP COLUMN old; OPTIMIZE TABLE users; CREATE INDEX i ON users (coins); ALTER TABLE users MODIFY coins BIGINT NOT NULL");
    world.run("UPDATE users SET coins = 130, title = 'x', more = 1");
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 130);
}

#[test]
fn decimals_are_exact_kept_or_held() {
    let mapping = Mapping { scale: Scale::new(2).unwrap(), ..users() };
    for (kind, shown) in [
        ("DECIMAL(12,2)", "13.00"),
        ("DECIMAL(20,6)", "13.000000"),
        ("DOUBLE", "13"),
        ("FLOAT", "13"),
        ("TEXT", "13"),
    ] {
        let shape = format!(
            "CREATE TABLE users (user_id VARCHAR(20) PRIMARY KEY, coins {kind}); INSERT INTO users VALUES ('456', 12.34)"
        );
        let mut world: Maria = World::new(&shape, mapping.clone());
        assert_eq!(world.ledger.coins_of("456"), 1234, "{kind}");
        if kind == "DOUBLE" {
            world.run("UPDATE users SET coins = coins + 0.1e0 + 0.2e0 - 0.3e0 + 1e-9");
            assert_eq!(world.captured(), Vec::<String>::new());
        }
        world.ledger.earn("456", 66);
        world.sync();
        assert_eq!(world.local("456").unwrap(), shown, "{kind}");
    }
    let shape =
        "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT); INSERT INTO users VALUES (456, 100)";
    let mut world: Maria = World::new(shape, mapping);
    world.ledger.earn("456", 1234);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "112");
    assert_eq!(wait(world.replica.summary()).unwrap().held, 1);
}

#[test]
fn odd_values_are_left_alone_until_they_are_numbers() {
    for (kind, odd) in [
        ("DOUBLE", "1e300"),
        ("DECIMAL(40,0)", "1e30"),
        ("BIGINT UNSIGNED", "18446744073709551615"),
        ("TEXT", "'abc'"),
        ("TEXT", "'1\n'"),
        ("TEXT", "REPEAT('9', 100)"),
    ] {
        let shape = format!(
            "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins {kind}); INSERT INTO users VALUES (456, '100'), (7, '5')"
        );
        let mut world: Maria = World::new(&shape, users());
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
    let fine = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT);";
    for (shape, mapping, found) in [
        ("CREATE TABLE other (x INT);", users(), "no table `users`"),
        ("CREATE TABLE users (user_id INT);", users(), "no column `coins`"),
        ("CREATE VIEW users AS SELECT 1 AS user_id, 2 AS coins;", users(), "is a view"),
        ("CREATE TABLE users (user_id INT, coins INT) ENGINE = MyISAM;", users(), "no transactions"),
        (
            "CREATE TABLE users (user_id INT, coins INT); INSERT INTO users VALUES (1, 2), (1, 2);",
            users(),
            "several rows of one id: 1 (2 rows)",
        ),
        (
            "CREATE TABLE users (user_id INT, coins TEXT); INSERT INTO users VALUES (1, 'abc');",
            users(),
            "1 (abc)",
        ),
        (
            "CREATE TABLE users (user_id INT, coins DECIMAL(9,1)); INSERT INTO users VALUES (1, 12.5);",
            users(),
            "1 (12.5)",
        ),
        (
            "CREATE TABLE users (user_id INT, coins DOUBLE); INSERT INTO users VALUES (1, 12.5);",
            users(),
            "1 (12.5)",
        ),
        (
            "CREATE TABLE users (user_id INT, guild TEXT, coins INT); INSERT INTO users VALUES (1, '2:3', 4);",
            pair,
            "holds a colon",
        ),
        (
            "CREATE TABLE users (user_id INT, coins INT); INSERT INTO users VALUES (NULL, 1);",
            users(),
            "no row with an id",
        ),
        ("CREATE TABLE users (user_id INT, coins DATE);", users(), "is of type date"),
        ("CREATE TABLE users (user_id BINARY(16), coins INT);", users(), "is of type binary(16)"),
        (fine, key, "`key` is set"),
        (fine, filter("guild = 1"), "does not work"),
        (fine, filter("users.coins > 1"), "does not work"),
        (fine, Mapping::new(coins(), "users", &["user_id"], "user_id"), "both `id` and `column`"),
    ] {
        let bot = MariaDb::new(shape);
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
