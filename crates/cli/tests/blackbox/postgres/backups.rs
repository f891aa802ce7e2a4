//! What is put back from a dump.

use std::process::Command;

use onepurse_servers::Postgres;

use super::{Home, LedgerIn, schemas_of_ours};
use crate::harness::{
    answers::reason,
    pair::{D, T},
    wait_until,
};

/// As the documentation says a ledger in PostgreSQL is backed up and put back: its schema alone.
#[test]
fn a_ledger_that_is_gone_is_not_made_anew_and_is_caught_up_when_it_is_put_back_from_a_dump() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    home.world.sync();
    home.link();
    home.telegram.earn(T, 100);
    home.world.sync();
    let dump = home.world.path("ledger.sql");
    let url = home.database.url();
    let done = |command: &mut Command| assert!(command.status().unwrap().success());
    done(Command::new("pg_dump").args([&url, "--schema=onepurse", "--file"]).arg(&dump));
    home.discord.earn(D, 20);
    home.world.sync();

    let mut run = home.world.run();
    home.database.psql("SET client_min_messages = error; DROP SCHEMA onepurse CASCADE");
    home.telegram.earn(T, 7);
    home.discord.add_coins(D, 3);
    let is_told = |text: &str| reason::MISSING.iter().any(|word| text.contains(word));
    wait_until("status says that it is gone", || is_told(&home.world.status().reasons()));
    wait_until("the log does", || is_told(&run.process.output()));
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse_discord");
    assert!(run.process.is_running());

    done(Command::new("psql").args([&url, "--quiet", "--single-transaction", "--file"]).arg(&dump));
    home.comes_to(130);
    drop(run);
    let mut deltas = home.world.deltas("telegram:456");
    deltas.sort();
    assert_eq!(deltas, ["100", "20", "3", "7"]);
    home.world.verify();
    let founding = "SELECT coins FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'";
    assert_eq!(home.database.psql(founding).trim(), "130");
}

/// The backup that a host makes: the whole database, with the ledger and the bot's table.
#[test]
fn the_whole_database_is_put_back_from_a_dump() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    home.world.sync();
    home.link();
    home.telegram.earn(T, 100);
    home.world.sync();
    let dump = home.world.path("all.sql");
    let url = home.database.url();
    let done = |command: &mut Command| assert!(command.status().unwrap().success());
    done(Command::new("pg_dump").args([&url, "--clean", "--if-exists", "--file"]).arg(&dump));
    home.discord.earn(D, 20);
    home.telegram.earn(T, 7);
    home.world.sync();
    home.comes_to(127);

    done(Command::new("psql").args([&url, "--quiet", "--single-transaction", "--file"]).arg(&dump));
    assert_eq!(home.discord.balance(D), 100);
    home.world.sync();
    // Telegram keeps its 7 and sends them again. Of the 20 nothing is left but a balance that came from them.
    home.comes_to(107);
    home.has_only(&["100", "7"]);
}
