//! Hazards 5 and 6: tables that are made again, and what must not be changed of them.

use super::{Home, USERS, hazards};
use crate::harness::{Driver, pair::T};

hazards![
    hazard_05_a_table_made_again_gets_the_ledgers_balances,
    hazard_06_nothing_of_the_bots_table_is_changed,
    hazard_06_the_bots_migrations_of_its_balance_work_while_it_runs,
];

fn hazard_05_a_table_made_again_gets_the_ledgers_balances(driver: Driver) {
    let home = Home::of(driver);
    home.telegram.earn(T, 90);
    home.syncs_to(90);
    // At once, and with others asking for the table meanwhile.
    home.bot.execute("DROP TABLE users");
    home.bot.execute(USERS);
    home.bot.execute("INSERT INTO users (id, coins) VALUES ('123', 7)");
    home.bot.end("commit");
    home.syncs_to(90);
    home.bot.run(&["UPDATE users SET coins = coins + 1"]);
    home.syncs_to(91);
    home.world.verify();
}

fn hazard_06_nothing_of_the_bots_table_is_changed(driver: Driver) {
    let looks = driver.looks();
    let home =
        Home::apart(driver, &[USERS, "INSERT INTO users (id, coins) VALUES ('123', 5)"], super::MAPPING);
    let before = home.bot.read(looks);
    home.join();
    home.telegram.earn(T, 4);
    home.syncs_to(9);
    assert_eq!(home.bot.read(looks), before, "while it is attached");
    home.bot.run(&["ALTER TABLE users ADD COLUMN level INTEGER", "ALTER TABLE users DROP COLUMN level"]);
    home.world.ok(&["detach"]);
    assert_eq!(home.bot.read(looks), before, "after it was detached");
    assert_eq!(home.bot.read(driver.ours()), "0");
}

fn hazard_06_the_bots_migrations_of_its_balance_work_while_it_runs(driver: Driver) {
    let mut home = Home::of(driver);
    let run = home.world.run();
    home.bot.run(&["UPDATE users SET coins = coins + 1"]);
    home.comes_to(1);
    home.bot.run(&[driver.widen(), "UPDATE users SET coins = coins + 1"]);
    if driver == Driver::Asyncpg {
        // It keeps what it has prepared, and reads nothing of a table that has changed.
        home.bot = home.another();
    }
    home.comes_to(2);
    home.bot.run(&[
        "ALTER TABLE users RENAME COLUMN coins TO c2",
        "UPDATE users SET c2 = c2 + 10",
        "ALTER TABLE users RENAME COLUMN c2 TO coins",
        "UPDATE users SET coins = coins + 100",
    ]);
    if driver == Driver::Asyncpg {
        home.bot = home.another();
    }
    home.comes_to(112);
    home.telegram.earn(T, 5_000_000_000);
    home.comes_to(5_000_000_112);
    home.bot.run(&["UPDATE users SET coins = coins - 100"]);
    home.comes_to(5_000_000_012);
    drop(run);
    home.world.sync();
    assert_eq!(home.world.status().of("discord").put_backs, Some(0));
    home.world.verify();
}
