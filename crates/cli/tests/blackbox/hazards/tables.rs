//! Hazards 5 and 6: tables that are made again, and what must not be changed of them.

use super::{Home, USERS, hazards};
use crate::harness::{Driver, pair::T};

hazards![
    hazard_05_a_table_made_again_gets_the_ledgers_balances,
    hazard_06_nothing_of_the_bots_table_is_changed,
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
