//! A pooler in transaction mode before the server, for the bot and for us; and the server started again behind it.

use onepurse_servers::PgBouncer;

use super::{Home, LedgerIn, own};
use crate::harness::{
    pair::{D, T},
    wait_until,
};

fn walk_through_a_pooler(ledger: LedgerIn) {
    let (cluster, database) = own();
    let pooler = PgBouncer::before(&database);
    let url = pooler.database().url();
    let home = Home::reached_as(database, &url, &url, ledger);
    let run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    cluster.stop_immediate();
    home.telegram.earn(T, 7);
    wait_until("the log says that something is wrong", || run.process.output().contains("WARN"));
    cluster.start_again();
    wait_until("the bot gets at its database", || home.discord.is_served(D));
    home.comes_to(157);
    home.discord.add_coins(D, 3);
    home.comes_to(160);
    drop(run);
    home.has_only(&["100", "50", "7", "3"]);
    home.world.ok(&["detach"]);
}

#[test]
fn a_pooler_before_the_bots_database() {
    walk_through_a_pooler(LedgerIn::File);
}

#[test]
fn a_pooler_before_the_ledger_and_the_bots_database() {
    walk_through_a_pooler(LedgerIn::Database);
}
