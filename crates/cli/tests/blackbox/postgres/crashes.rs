//! The bot's server crashes under load, or its standby takes over: what the bot was told is durable counts, once, and the
//! program goes on by itself.

use std::cell::Cell;

use onepurse_servers::{Cluster, Database, Postgres, Settings};

use super::{Home, LedgerIn, own};
use crate::harness::{
    Driver, GIVEN, Giver,
    pair::{D, T},
    wait_until,
};

const GIVE: &str = "UPDATE users SET coins = coins + 1 WHERE id = '123'";

/// Beside a `run`: the bot gives coins all the time, `trouble` comes over its server, and afterwards it gives more, as
/// telegram does all along. `after` is the database then.
fn counts_once(home: &Home, bot: &str, after: &Database, trouble: impl FnOnce(&dyn Fn())) {
    home.database.psql(GIVEN);
    let run = home.world.run();
    home.link();
    let giving = Giver::start(Driver::Psycopg2, bot, GIVE);
    let so_many =
        |database: &Database| database.psql("SELECT count(*) FROM given").trim().parse::<usize>().unwrap();
    let earned = Cell::new(0);
    let telegram_earns = || {
        home.telegram.earn(T, 7);
        earned.set(earned.get() + 7);
    };
    wait_until("the bot gives coins", || so_many(&home.database) >= 20);
    telegram_earns();
    trouble(&|| {
        telegram_earns();
        let before = so_many(after);
        wait_until("the bot gives more", || so_many(after) >= before + 20);
    });
    let said = giving.stop();
    assert!(!said.errors.is_empty(), "the bot has seen no trouble");
    let coins = said.is_all_in(&after.psql("SELECT n FROM given"));
    home.comes_to(coins + earned.get());
    drop(run);
    home.world.sync();
    home.comes_to(coins + earned.get());
    home.world.verify();
}

#[test]
fn a_server_that_crashes_under_load() {
    let (cluster, database) = own();
    let url = database.url();
    let home = Home::on(database.clone(), LedgerIn::File);
    counts_once(&home, &url, &database, |goes_on| {
        for _ in 0..3 {
            cluster.stop_immediate();
            cluster.start_again();
            goes_on();
        }
    });
    assert_eq!(home.telegram.stored(T), home.discord.balance(D).to_string());
}

/// Both are named in the URL, as an operator would who has a standby.
fn both(one: &Database, other: &Cluster) -> String {
    let (place, name) =
        one.url().rsplit_once('/').map(|(place, name)| (place.to_owned(), name.to_owned())).unwrap();
    format!("{place},127.0.0.1:{}/{name}?target_session_attrs=read-write", other.port())
}

fn a_standby_takes_over(ledger: LedgerIn) {
    let primary = Postgres::start(Settings::default());
    let database = primary.database();
    let standby = primary.standby();
    let after = standby.at(&database);
    let url = both(&database, &standby);
    let home = Home::reached_as(database, &url, &url, ledger);
    counts_once(&home, &url, &after, |goes_on| {
        primary.stop_immediate();
        standby.promote();
        goes_on();
    });
}

#[test]
fn a_standby_takes_over_in_the_middle_of_load() {
    a_standby_takes_over(LedgerIn::File);
}

#[test]
fn a_standby_takes_over_with_the_ledger_too() {
    a_standby_takes_over(LedgerIn::Database);
}
