//! The bot's server is killed under load: what the bot was told is durable counts, once, and the program goes on by itself.

use onepurse_servers::MariaDb;

use super::Home;
use crate::harness::{Driver, GIVEN, Giver, pair::T, wait_until};

const GIVE: &str = "UPDATE user_balances SET wallet = wallet + 1 WHERE user_id = '123'";

#[test]
fn a_server_that_is_killed_under_load() {
    let server = MariaDb::start();
    let home = Home::on(server.database());
    home.database.sql(GIVEN);
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    let giver = Giver::start(Driver::PyMySql, &home.database.url(), GIVE);
    let given = || home.database.sql("SELECT COUNT(*) FROM given").trim().parse::<usize>().unwrap();
    for _ in 0..3 {
        let before = given();
        wait_until("the bot gives more", || given() >= before + 20);
        server.kill();
        home.telegram.earn(T, 7);
        server.start_again();
        home.telegram.earn(T, 7);
    }
    let before = given();
    wait_until("the bot gives more", || given() >= before + 20);
    let said = giver.stop();
    assert!(!said.errors.is_empty(), "the bot has seen no trouble");
    let coins = said.is_all_in(&home.database.sql("SELECT n FROM given"));
    home.comes_to(coins + 6 * 7);
    drop(run);
    home.world.sync();
    home.comes_to(coins + 6 * 7);
    home.world.verify();
}
