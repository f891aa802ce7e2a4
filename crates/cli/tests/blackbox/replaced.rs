//! Hazard 5: tables dropped and made again, database files replaced or put back from a backup, running and stopped.

use std::{fs, path::PathBuf};

use serde_json::json;

use crate::harness::{
    ECONOMY, FOUNDING, Pair, answers,
    database::{drop_triggers, has_trigger_on, make},
    files::move_over,
    pair::{D, T},
    wait_until,
};

#[derive(Debug, Clone, Copy)]
enum How {
    /// `mv older.db bot.db`, beside it the WAL of what was there removed.
    Moved,
    /// `cp older.db bot.db`: the same file, other bytes.
    Copied,
    /// SQLite's backup API, into the live database.
    BackedUp,
}

fn older(pair: &Pair) -> PathBuf {
    pair.world.path("older.db")
}

fn back_up(pair: &Pair) {
    pair.telegram.back_up(&pair.telegram.path, &older(pair));
}

fn put_back(pair: &Pair, how: How) {
    let (source, target) = (&older(pair), &pair.telegram.path);
    match how {
        How::Moved => move_over(source, target),
        How::Copied => drop(fs::copy(source, target).unwrap()),
        How::BackedUp => pair.telegram.back_up(source, target),
    }
}

fn told(log: &str) -> bool {
    log.lines().any(|line| {
        line.contains("telegram") && answers::PUT_BACK.iter().any(|word| line.to_lowercase().contains(word))
    })
}

fn put_back_while_stopped(how: How, journal_mode: &str) {
    let pair = Pair::with(ECONOMY, journal_mode, |_| ());
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    back_up(&pair);
    pair.telegram.earn(T, 50);
    pair.syncs_to(150);
    pair.telegram.earn(T, 7); // Never seen by anyone: this is what a backup loses.

    put_back(&pair, how);
    assert_eq!(pair.telegram.stored(T), "100");
    let said = pair.world.ok(&["sync", "--until-idle", "--timeout", "60s"]);
    assert_eq!(pair.three(), ["150"; 3], "the local balances follow the ledger");
    assert!(told(&said.all()), "the log says what happened: {}", said.all());
    pair.telegram.earn(T, 5);
    pair.syncs_to(155);
    assert_eq!(pair.deltas(), ["100", "50", "5"]);
    pair.world.verify();
}

fn put_back_while_running(how: How, journal_mode: &str) {
    let pair = Pair::with(ECONOMY, journal_mode, |_| ());
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    back_up(&pair);
    let run = pair.world.run();
    pair.telegram.earn(T, 50);
    pair.comes_to(150);

    put_back(&pair, how);
    pair.comes_to(150);
    wait_until("the log says what happened", || told(&run.process.output()));
    pair.telegram.earn(T, 5);
    pair.comes_to(155);
    drop(run);
    pair.syncs_to(155);
    assert_eq!(pair.deltas(), ["100", "50", "5"]);
    pair.world.verify();
}

macro_rules! put_back_tests {
    ($($name:ident: $test:ident($how:expr, $journal_mode:expr);)*) => {
        $(#[test] fn $name() { $test($how, $journal_mode); })*
    };
}

put_back_tests! {
    hazard_05_an_older_file_moved_in_while_stopped: put_back_while_stopped(How::Moved, "delete");
    hazard_05_an_older_file_moved_in_while_stopped_wal: put_back_while_stopped(How::Moved, "wal");
    hazard_05_an_older_file_moved_in_while_running: put_back_while_running(How::Moved, "delete");
    hazard_05_an_older_file_moved_in_while_running_wal: put_back_while_running(How::Moved, "wal");
    hazard_05_an_older_file_copied_over_while_stopped: put_back_while_stopped(How::Copied, "delete");
    hazard_05_an_older_file_copied_over_while_running: put_back_while_running(How::Copied, "delete");
    hazard_05_a_backup_restored_while_stopped: put_back_while_stopped(How::BackedUp, "delete");
    hazard_05_a_backup_restored_while_stopped_wal: put_back_while_stopped(How::BackedUp, "wal");
    hazard_05_a_backup_restored_while_running: put_back_while_running(How::BackedUp, "delete");
    hazard_05_a_backup_restored_while_running_wal: put_back_while_running(How::BackedUp, "wal");
}

#[test]
fn hazard_05_events_that_a_backup_still_has_unsent_are_not_credited_twice() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 20);
    back_up(&pair);
    pair.syncs_to(20);
    put_back(&pair, How::Moved);
    pair.syncs_to(20);
    assert_eq!(pair.deltas(), ["20"]);
    pair.world.verify();
}

#[test]
fn hazard_05_a_table_dropped_and_made_again_is_captured_again() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 100);
    pair.syncs_to(100);
    let run = pair.world.run();
    pair.discord.sql("DROP TABLE users", &json!([]));
    pair.discord.restart();
    pair.discord.register(D, 0);
    pair.discord.register(9, 30);
    wait_until("capture is back", || has_trigger_on(&pair.discord.path, "users"));
    pair.comes_to(100);
    pair.discord.earn(D, 5);
    pair.comes_to(105);
    wait_until("who is new is known", || pair.world.coins("discord:9") == pair.discord.stored(9));
    assert_eq!(pair.deltas(), ["100", "5"], "nothing credited twice, nothing spent");
    drop(run);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn hazard_05_a_table_dropped_and_made_again_while_stopped() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 100);
    pair.syncs_to(100);
    pair.discord.earn(D, 11); // Captured; its row is about to go.
    pair.discord.sql("DROP TABLE users", &json!([]));
    pair.discord.restart();
    pair.discord.register(D, 0);
    pair.syncs_to(111);
    pair.discord.earn(D, 5);
    pair.syncs_to(116);
    assert_eq!(pair.deltas(), ["100", "11", "5"]);
    pair.world.verify();
}

#[test]
fn hazard_05_triggers_that_someone_dropped_come_back() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 10);
    pair.syncs_to(10);
    let run = pair.world.run();
    // All at once: one that is gone is put back as soon as it is noticed.
    make(&pair.telegram.path, &format!("BEGIN; {} COMMIT;", drop_triggers(&pair.telegram.path)));
    wait_until("capture is back", || has_trigger_on(&pair.telegram.path, "economy"));
    pair.telegram.earn(T, 3);
    pair.comes_to(13);
    drop(run);
    pair.world.sync();
    pair.world.verify();
}
