//! A ledger that was lost without a backup is made anew from what the bots' databases know of it.

use std::{fs, path::PathBuf};

use onepurse_servers::Postgres;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{
    ECONOMY, Pair,
    answers::{Entry, exit, kind},
    pair::{D, T},
};

const PEOPLE: [&str; 4] = ["telegram:456", "discord:123", "telegram:7", "discord:8"];

/// A pair in which much has happened, all of it in step.
fn busy() -> Pair {
    let pair = Pair::of(ECONOMY);
    pair.telegram.register(7, 20);
    pair.discord.register(8, 5);
    pair.telegram.earn(T, 100);
    pair.world.sync();
    pair.discord.spend(D, 30);
    pair.world.sync();
    pair.world.ok(&["transfer", "telegram:456", "telegram:7", "15"]);
    pair.world.ok(&["earn", "discord:8", "3"]);
    pair.world.sync();
    pair
}

fn lose(pair: &Pair) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(PathBuf::from(format!("{}{suffix}", pair.world.ledger().display())));
    }
}

fn balances(pair: &Pair) -> Vec<String> {
    PEOPLE.iter().map(|who| pair.world.coins(who)).collect()
}

fn rebuilt(pair: &Pair, args: &[&str]) -> Value {
    let said = pair.world.ok(&[&["rebuild", "--json"], args].concat());
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn a_ledger_that_was_lost_comes_back_with_every_balance_and_link() {
    let pair = busy();
    let before = balances(&pair);
    lose(&pair);
    // The bots go on meanwhile.
    pair.telegram.earn(T, 5);
    pair.world.expect(exit::UNREACHABLE, &["sync", "--until-idle", "--timeout", "1s"]);

    let would = rebuilt(&pair, &["--dry-run"]);
    assert!(!pair.world.ledger().exists(), "a rehearsal makes nothing");
    assert_eq!((&would["purses"], &would["shared"], &would["doubts"]), (&json!(3), &json!(1), &json!([])));
    assert_eq!(would["platforms"][0]["pending"], 1);
    let done = rebuilt(&pair, &[]);
    assert_eq!((&done["totals"], &done["events"]), (&would["totals"], &would["events"]));
    assert_eq!(balances(&pair), before, "as it was when it was lost");
    pair.world.sync();
    let with_five = (before[0].parse::<i64>().unwrap() + 5).to_string();
    assert_eq!(pair.three(), [&with_five; 3].map(String::clone), "and what was captured meanwhile");
    assert_eq!(balances(&pair)[2..], before[2..]);
    assert_eq!(pair.world.show("telegram:456").identities, ["discord:123", "telegram:456"]);
    pair.world.verify();

    // What was captured before is there once, however often it is sent.
    let entries = pair.world.head();
    pair.world.ok(&["sync", "--until-idle"]);
    assert_eq!(pair.world.head(), entries);
    let said = pair.world.expect(exit::USAGE, &["rebuild"]);
    assert!(said.stderr.contains("already"), "{}", said.stderr);
}

#[test]
fn what_was_ended_in_the_middle_is_begun_again_and_nobody_talks_to_it_before() {
    let pair = busy();
    let before = balances(&pair);
    lose(&pair);
    rebuilt(&pair, &[]);
    // As it is left where it was ended right before it took the place of the lost one.
    let id = Connection::open(pair.world.ledger()).unwrap();
    id.execute_batch("UPDATE ledger SET id = randomblob(16); UPDATE bookmark SET seq = 0").unwrap();
    let entries: i64 = id.query_row("SELECT head_seq FROM ledger", [], |row| row.get(0)).unwrap();
    drop(id);
    for verb in [&["show", "telegram:456"][..], &["earn", "telegram:456", "5"], &["forget", "telegram:456"]] {
        let said = pair.world.expect(exit::UNREACHABLE, verb);
        assert!(said.stderr.contains("onepurse rebuild"), "{}", said.stderr);
    }
    pair.world.expect(exit::UNREACHABLE, &["sync", "--until-idle", "--timeout", "1s"]);
    rebuilt(&pair, &[]);
    assert_eq!((pair.world.head(), balances(&pair)), (entries, before));
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn a_platform_that_cannot_be_asked_is_left_out_by_name() {
    let mut pair = busy();
    let before = balances(&pair);
    lose(&pair);
    let away = pair.world.path("away.db");
    fs::rename(&pair.discord.path, &away).unwrap();
    let said = pair.world.expect(exit::UNREACHABLE, &["rebuild"]);
    assert!(said.stderr.contains("--without discord"), "{}", said.stderr);
    assert!(!pair.world.ledger().exists());
    let done = rebuilt(&pair, &["--without", "discord"]);
    assert_eq!((&done["without"], &done["purses"]), (&json!(["discord"]), &json!(2)));
    pair.world.configure(|config| config.platforms.retain(|platform| platform.name != "discord"));
    pair.world.sync();
    assert_eq!(
        [pair.world.coins("telegram:456"), pair.world.coins("telegram:7")],
        [&*before[0], &*before[2]]
    );
    pair.world.verify();
}

#[test]
fn what_was_undone_is_not_undone_again() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    pair.world.configure(|config| {
        config.more = "\n[[asset]]\nname = \"coins\"\noverdraft = \"reverse\"\n".to_owned();
    });
    pair.join();
    pair.telegram.earn(T, 100);
    pair.world.sync();
    // Both spend the same coins while they cannot hear each other.
    pair.telegram.spend(T, 70);
    pair.discord.spend(D, 60);
    pair.world.sync();
    let left = pair.coins();
    assert!(["30", "40"].contains(&left.as_str()), "{left}");
    lose(&pair);
    rebuilt(&pair, &[]);
    pair.world.sync();
    assert_eq!(pair.three(), [&left, &left, &left].map(String::clone));
    let history = pair.world.history("telegram:456");
    let [undone] = history.iter().filter(|entry| entry.kind == "reversal").collect::<Vec<_>>()[..] else {
        panic!("{history:?}")
    };
    // Nor can anybody undo it once more.
    let is_it = |entry: &&Entry| {
        entry.kind == kind::CHANGE
            && entry.identity == undone.identity
            && entry.delta == format!("-{}", undone.delta)
    };
    let done = history.iter().find(is_it).unwrap().seq.to_string();
    let said = pair.world.expect(exit::RULE, &["reverse", &done, "--actor", "ada"]);
    assert!(said.stderr.contains("AlreadyReversed"), "{}", said.stderr);
    pair.world.verify();
}

#[test]
fn it_is_made_anew_in_postgresql_too() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    let (lost, new) = (Postgres::shared().database(), Postgres::shared().database());
    pair.world.configure(|config| config.ledger = lost.url());
    pair.join();
    pair.telegram.earn(T, 100);
    pair.world.sync();
    pair.telegram.earn(T, 5);
    pair.world.configure(|config| config.ledger = new.url());
    rebuilt(&pair, &[]);
    pair.world.sync();
    assert_eq!(pair.three(), ["105", "105", "105"].map(ToOwned::to_owned));
    pair.world.verify();
}
