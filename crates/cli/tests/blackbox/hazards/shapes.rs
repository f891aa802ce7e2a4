//! Shapes 4, 5 and 7 of bots on PostgreSQL, written as those bots write.

use super::{Home, hazards_in_postgres};
use crate::harness::{Driver, pair::T};

hazards_in_postgres![
    shape_04_no_key_and_absolute_writes_beside_another_column_that_is_always_written,
    shape_05_a_reserved_name_nulls_and_two_people_in_one_statement,
    shape_07_exact_decimals_behind_row_locks,
];

fn shape_04_no_key_and_absolute_writes_beside_another_column_that_is_always_written(driver: Driver) {
    let tables = [
        "CREATE TABLE users (uid bigint, emeralds bigint, vault_bal int)",
        "INSERT INTO users VALUES (123, 0, 0)",
    ];
    let mapping = "table = \"users\"\nid = \"uid\"\ncolumn = \"emeralds\"\n";
    let home = Home::apart(driver, &tables, mapping);
    home.join();
    let emeralds = || home.bot.read("SELECT emeralds FROM users WHERE uid = 123");
    for earned in [10, 20, -5] {
        let has: i64 = emeralds().parse().unwrap();
        home.bot.run(&[
            &format!("UPDATE users SET emeralds = {} WHERE uid = 123", has + earned),
            "UPDATE users SET vault_bal = vault_bal + 1",
        ]);
        home.telegram.earn(T, 1);
        home.world.sync();
    }
    assert_eq!((emeralds(), home.world.coins("discord:123")), ("28".to_owned(), "28".to_owned()));
    home.bot.run(&["INSERT INTO users VALUES (9, 7, 0)"]);
    home.world.sync();
    assert_eq!(home.world.coins("discord:9"), "7");
    home.world.verify();
}

fn shape_05_a_reserved_name_nulls_and_two_people_in_one_statement(driver: Driver) {
    let tables = [
        r#"CREATE TABLE profile ("user" bigint PRIMARY KEY, money bigint NULL, xp bigint)"#,
        "INSERT INTO profile VALUES (123, NULL, 0), (9, 40, 0)",
    ];
    let mapping = "table = \"profile\"\nid = \"user\"\ncolumn = \"money\"\n";
    let home = Home::apart(driver, &tables, mapping);
    home.join();
    let money = |user| home.bot.read(&format!(r#"SELECT money FROM profile WHERE "user" = {user}"#));
    home.telegram.earn(T, 5);
    home.world.sync();
    assert_eq!(money(123), "5", "NULL counts as nothing");
    home.bot.run(&[r#"UPDATE profile SET money = coalesce(money, 0) + 10 WHERE "user" = 123 OR "user" = 9"#]);
    let sql = r#"UPDATE profile SET money = money + ? WHERE "user" = ?"#;
    home.bot.run_many(sql, &[[1, 123], [2, 9], [3, 123]]);
    home.world.sync();
    assert_eq!([money(123), money(9)], ["19", "52"]);
    assert_eq!([home.world.coins("discord:123"), home.world.coins("discord:9")], ["19", "52"]);
    assert_eq!(home.telegram.stored(T), "19");
    home.world.verify();
}

fn shape_07_exact_decimals_behind_row_locks(driver: Driver) {
    let tables = [
        "CREATE TABLE users (telegram_id BIGINT PRIMARY KEY, balance NUMERIC(12,2) NOT NULL DEFAULT 0)",
        "INSERT INTO users VALUES (123, 12.30)",
    ];
    let mapping = "table = \"users\"\nid = \"telegram_id\"\ncolumn = \"balance\"\n";
    let mut home = Home::apart(driver, &tables, mapping);
    home.world.configure(|config| config.assets.push(("coins", 2)));
    home.join();
    // As an ORM does it: the row is locked and read, and written with what came of it.
    home.bot.execute("SELECT CAST(balance AS TEXT) FROM users WHERE telegram_id = 123 FOR UPDATE");
    home.telegram.earn(T, 4);
    assert_ne!(home.world.try_sync().code, Some(0), "the row is the bot's");
    home.bot.execute("UPDATE users SET balance = 12.05 WHERE telegram_id = 123");
    home.bot.end("commit");
    home.world.sync();
    assert_eq!(home.bot.read("SELECT CAST(balance AS TEXT) FROM users"), "16.05");
    assert_eq!(
        (home.world.coins("discord:123"), home.telegram.stored(T)),
        ("16.05".to_owned(), "16".to_owned())
    );
    home.world.verify();
}
