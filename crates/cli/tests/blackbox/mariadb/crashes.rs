//! The bot's server is killed under load: what the bot was told is durable counts, once, and the program goes on by itself.

use onepurse_servers::{MariaDb, OwnMariaDb};

use super::Home;
use crate::harness::{
    Driver, GIVEN, Giver,
    giver::Given,
    pair::{D, T},
    wait_until,
};

const GIVE: &str = "UPDATE user_balances SET wallet = wallet + 1 WHERE user_id = '123'";

/// What the bot was told of the coins that it gave, and how many of them everybody has now.
fn killed_under_load(server: &OwnMariaDb, home: &Home) -> (Given, i64) {
    home.database.sql(GIVEN);
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    let bot = Giver::start(Driver::PyMySql, &home.database.url(), GIVE);
    let so_many = || home.database.sql("SELECT COUNT(*) FROM given").trim().parse::<usize>().unwrap();
    for _ in 0..3 {
        let before = so_many();
        wait_until("the bot gives more", || so_many() >= before + 20);
        server.kill();
        home.telegram.earn(T, 7);
        server.start_again();
        home.telegram.earn(T, 7);
    }
    let before = so_many();
    wait_until("the bot gives more", || so_many() >= before + 20);
    let said = bot.stop();
    assert!(!said.errors.is_empty(), "the bot has seen no trouble");
    drop(run);
    home.world.sync();
    home.world.verify();
    let has = home.discord.balance(D);
    home.comes_to(has);
    (said, has - 6 * 7)
}

#[test]
fn a_server_that_is_killed_under_load() {
    let server = MariaDb::start();
    let home = Home::on(server.database());
    let (said, given) = killed_under_load(&server, &home);
    assert_eq!(said.is_all_in(&home.database.sql("SELECT n FROM given")), given);
}

/// Its bot is told too early that something is durable, and so are we: the ledger has what the server has lost.
#[test]
fn a_server_that_loses_what_it_acknowledged() {
    let server = MariaDb::start();
    let home = Home::on(server.database());
    home.database.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    let (said, given) = killed_under_load(&server, &home);
    let there = home.database.sql("SELECT n FROM given").lines().count();
    assert!(given >= i64::try_from(there).unwrap() && given <= said.at_most(), "{given} of {there}");
}
