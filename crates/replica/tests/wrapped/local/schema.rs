use super::super::places::Wrapped as _;
use super::{Bank, shows, telegram, until};
use crate::support::{coins, fixture::Fixture, postgres::Postgres, wait};
use onepurse_replica::wrap::Settings;

const TABLE: &str = "onepurse_sidecar_telegram.balance_coins";

/// What waits for a server is on a thread of its own, so a task of the bot may be the one who waits for that.
#[test]
fn a_sidecar_on_a_server_is_used_from_within_a_task() {
    let server: Postgres = Fixture::new("");
    let settings =
        Settings { platform: telegram(), sidecar: server.place(), assets: vec![coins()], answer: None };
    let value = || server.read(&format!("SELECT value FROM {TABLE} WHERE id = '1'"));
    wait(async {
        let bank = onepurse_replica::wrap(Bank::of(&[(1, 10)]).reopened(), settings);
        bank.lock().live.coins.insert(1, 30);
        drop(bank);
    });
    assert_eq!(value().as_deref(), Some("30"));
}

#[test]
fn what_comes_in_on_a_server_arrives() {
    let server: Postgres = Fixture::new("");
    let settings =
        Settings { platform: telegram(), sidecar: server.place(), assets: vec![coins()], answer: None };
    let bank = onepurse_replica::wrap(Bank::of(&[(1, 10)]).reopened(), settings);
    server.run(&format!("UPDATE {TABLE} SET value = value + 7")).unwrap();
    until("17", || shows(&bank, 1) == Some(17));
}
