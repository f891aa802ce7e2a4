//! Servers, and transactions, that only read.

use onepurse_servers::{Postgres, Settings};

use super::{Home, LedgerIn, advice, own, with_role};
use crate::harness::{
    answers::exit,
    pair::{D, T},
    wait_until,
};

/// A default is the bot's own affair: we say what we need.
#[test]
fn transactions_that_only_read_by_default() {
    let (_cluster, database) = own();
    let (bot, ours) = (database.url(), with_role(&database));
    let home = Home::reached_as(database, &bot, &ours, LedgerIn::Database);
    home.database.psql("ALTER ROLE ours SET default_transaction_read_only = on");
    let run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    drop(run);
    home.has_only(&["100", "50"]);
    home.world.ok(&["detach"]);
}

/// A standby, by mistake or since the server that was meant is not the one that writes any more.
#[test]
fn a_server_that_only_reads() {
    let primary = Postgres::start(Settings::default());
    let database = primary.database();
    let standby = primary.standby();
    let there = standby.at(&database);
    let (bot, ours) = (database.url(), there.url());
    let mut home = Home::reached_as(database, &bot, &ours, LedgerIn::File);
    home.world.environment.push(("DATABASE_URL", there.url()));
    let told = home.world.expect(exit::UNREACHABLE, &["attach", "telegram"]).stderr;
    assert!(told.contains("during recovery") && told.contains("this server only reads"), "{told}");
    home.world.environment.clear();
    let mut run = home.world.start(&["run"]);
    home.telegram.earn(T, 100);
    wait_until("the log says so", || run.output().contains("during recovery"));
    wait_until("telegram is in step", || run.output().contains("Balance sync is on (Telegram)"));
    let told = advice(&home);
    assert!(told.contains("this server only reads"), "{told}");
    primary.stop_immediate();
    standby.promote();
    run.wait_for_line("ready: ");
}
