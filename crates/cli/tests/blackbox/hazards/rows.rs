//! Hazards 7, 15 to 18, 24 and 25: rows that a bot refuses, removes, doubles, keeps in its own way.

use super::{Home, MAPPING, USERS, hazards};
use crate::harness::{Driver, answers::state, pair::T};

hazards![
    hazard_07_what_a_check_refuses_is_held_and_nothing_waits_behind_it,
    hazard_15_a_deleted_row_is_not_spent,
    hazard_15_a_mass_of_deletions_is_asked_about,
    hazard_16_ids_are_numbers_or_missing,
    hazard_17_decimals_are_exact,
    hazard_18_two_currencies_and_guilds_in_one_table,
    hazard_24_a_person_registered_twice_is_shown_and_counted_once,
    hazard_25_a_debt_is_held_above_zero_and_not_forgiven,
];

const CHECKED: &str =
    "CREATE TABLE users (id VARCHAR(32) PRIMARY KEY, coins INTEGER NOT NULL CHECK (coins >= 0), note TEXT)";

/// Both spend what there is at the same time; the sum is a debt.
fn spend_on_both_sides(home: &Home) {
    home.telegram.earn(T, 100);
    home.syncs_to(100);
    home.telegram.spend(T, 80);
    home.bot.run(&["UPDATE users SET coins = coins - 80 WHERE id = '123'"]);
    home.world.sync();
    assert_eq!(home.world.coins("discord:123"), "-60");
    assert_eq!([home.coins("123"), home.telegram.stored(T)], ["0", "0"]);
}

fn hazard_07_what_a_check_refuses_is_held_and_nothing_waits_behind_it(driver: Driver) {
    let home = Home::with(driver, CHECKED);
    spend_on_both_sides(&home);
    assert_eq!(home.world.status().of("discord").held, Some(1));
    let said = home.world.ok(&["status"]);
    assert!(said.stdout.contains("another balance than the row can show"), "{}", said.all());
    home.bot.run(&["INSERT INTO users (id, coins) VALUES ('9', 4)"]);
    home.telegram.earn(T, 100);
    home.syncs_to(40);
    assert_eq!(home.world.coins("discord:9"), "4");
    assert_eq!(home.world.status().of("discord").held, Some(0));
    home.world.verify();
}

fn hazard_25_a_debt_is_held_above_zero_and_not_forgiven(driver: Driver) {
    let home = Home::of(driver);
    spend_on_both_sides(&home);
    // The bot clamps, as such bots do: from zero, that is nothing.
    home.bot.run(&["UPDATE users SET coins = GREATEST(0, coins - 10) WHERE id = '123'"]);
    home.world.sync();
    assert_eq!(home.world.coins("discord:123"), "-60");
    home.bot.run(&["UPDATE users SET coins = coins + 100 WHERE id = '123'"]);
    home.syncs_to(40);
    home.world.verify();
}

fn hazard_15_a_deleted_row_is_not_spent(driver: Driver) {
    let home = Home::of(driver);
    home.telegram.earn(T, 70);
    home.syncs_to(70);
    home.bot.run(&["DELETE FROM users WHERE id = '123'"]);
    home.world.sync();
    assert_eq!(
        (home.world.coins("discord:123"), home.telegram.stored(T)),
        ("70".to_owned(), "70".to_owned())
    );
    home.bot.run(&["INSERT INTO users (id, coins) VALUES ('123', 500)"]);
    home.syncs_to(70);
    home.world.verify();
}

fn hazard_15_a_mass_of_deletions_is_asked_about(driver: Driver) {
    for (how, sql) in [("deleted", "DELETE FROM users"), ("truncated", "TRUNCATE users")] {
        let home = Home::apart(driver, &[USERS], MAPPING);
        home.bot.run(&[driver.crowd()]);
        home.world.sync();
        home.bot.run(&[sql]);
        home.world.try_sync();
        let status = home.world.status();
        assert_eq!(status.of("discord").state, state::PAUSED, "{how}: {status:?}");
        home.world.ok(&["resume", "discord", "--answer", "ledger"]);
        home.world.sync();
        assert_eq!(home.world.coins("discord:17"), "17", "{how}");
        home.bot.run(&["INSERT INTO users (id) VALUES ('17')"]);
        home.world.sync();
        assert_eq!(home.coins("17"), "17", "{how}");
        home.world.verify();
    }
}

fn hazard_16_ids_are_numbers_or_missing(driver: Driver) {
    let tables = [
        "CREATE TABLE users (id BIGINT, coins BIGINT)",
        "INSERT INTO users VALUES (123, 0), (NULL, 1000000)",
    ];
    let home = Home::apart(driver, &tables, MAPPING);
    home.join();
    home.telegram.earn(T, 8);
    home.world.sync();
    assert_eq!(home.bot.read("SELECT coins FROM users WHERE id = 123"), "8");
    home.bot.run(&["UPDATE users SET coins = coins + 1", "INSERT INTO users VALUES (NULL, 5)"]);
    home.world.sync();
    assert_eq!(home.telegram.stored(T), "9");
    assert_eq!(home.bot.read("SELECT coins FROM users WHERE id IS NULL ORDER BY coins DESC"), "1000001");
    home.world.verify();
}

fn hazard_17_decimals_are_exact(driver: Driver) {
    let tables = [
        "CREATE TABLE users (id BIGINT PRIMARY KEY, coins NUMERIC(12,2) NOT NULL)",
        "INSERT INTO users VALUES (123, 0.10)",
    ];
    let mut home = Home::apart(driver, &tables, MAPPING);
    home.world.configure(|config| config.assets.push(("coins", 2)));
    home.join();
    home.bot.run(&["UPDATE users SET coins = coins + 0.20", "UPDATE users SET coins = coins - 0.05"]);
    home.world.sync();
    home.telegram.earn(T, 3);
    home.world.sync();
    assert_eq!(home.world.coins("discord:123"), "3.25");
    assert_eq!(home.bot.read("SELECT CONCAT(coins, '') FROM users"), "3.25");
    assert_eq!(home.deltas(), ["0.1", "0.2", "-0.05", "3"]);
    home.world.verify();
}

fn hazard_18_two_currencies_and_guilds_in_one_table(driver: Driver) {
    let tables = [
        "CREATE TABLE users (id BIGINT, guild BIGINT, wallet BIGINT NOT NULL, bank BIGINT NOT NULL, PRIMARY KEY (id, guild))",
        "INSERT INTO users VALUES (123, 77, 10, 500), (123, 78, 20, 900)",
    ];
    let wallet = "table = \"users\"\nid = [\"id\", \"guild\"]\ncolumn = \"wallet\"\n";
    let mut home = Home::apart(driver, &tables, wallet);
    home.world.configure(|config| {
        config.assets.extend([("coins", 0), ("savings", 0)]);
        let bank = "asset = \"savings\"\ntable = \"users\"\nid = [\"id\", \"guild\"]\ncolumn = \"bank\"\n";
        config.platform("discord").balances.push(bank.to_owned());
    });
    home.world.sync();
    home.world.link("telegram:456", "discord:123:77");
    home.bot.run(&[
        "UPDATE users SET wallet = wallet - 5, bank = bank + 5 WHERE id = 123 AND guild = 77",
        "UPDATE users SET wallet = wallet + 1 WHERE guild = 78",
    ]);
    home.telegram.earn(T, 100);
    home.world.sync();
    let has = |identity, asset| home.world.balance(identity, asset);
    assert_eq!([has("discord:123:77", "coins"), has("discord:123:77", "savings")], ["105", "505"]);
    assert_eq!([has("discord:123:78", "coins"), has("discord:123:78", "savings")], ["21", "900"]);
    assert_eq!(home.bot.read("SELECT wallet FROM users WHERE guild = 77"), "105");
    home.world.verify();
}

fn hazard_24_a_person_registered_twice_is_shown_and_counted_once(driver: Driver) {
    let home = Home::with(driver, "CREATE TABLE users (id VARCHAR(32), coins INTEGER, note TEXT)");
    let insert = "INSERT INTO users (id, coins) VALUES ('9', 50)";
    let other = home.another();
    // Each looks for a row, finds none, and makes one.
    home.bot.execute(insert);
    other.execute(insert);
    home.bot.end("commit");
    other.end("commit");
    home.world.sync();
    assert_eq!(home.world.coins("discord:9"), "50");
    assert_eq!(home.world.status().of("discord").paused_identities, Some(1));
    home.bot.run(&["UPDATE users SET coins = coins + 5 WHERE id = '9'"]);
    home.world.sync();
    assert_eq!(home.world.coins("discord:9"), "55");
    home.bot.run(&[driver.single()]);
    home.world.sync();
    assert_eq!(home.world.status().of("discord").paused_identities, Some(0));
    assert_eq!((home.world.coins("discord:9"), home.coins("9")), ("55".to_owned(), "55".to_owned()));
    home.world.verify();
}
