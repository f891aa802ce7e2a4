//! A `run` as it lives: prompt from bot to bot, silent when nothing happens, gone when told to.

use std::fs;

use crate::harness::{
    ECONOMY, FOUNDING, Pair, Stopwatch,
    answers::exit,
    files::{names_around, prints},
    holds_for_seconds, let_run_ms,
    pair::{D, T},
    wait_until,
};

/// How long a change may take from one bot's commit to the other's database. A few commits' time; generous here,
/// because other tests run beside this one. The poll that stands behind the file notification is slower than this.
const PROPAGATION_MS_MAX: u128 = 1_000;

fn propagates(journal_mode: &str) {
    let pair = Pair::with(ECONOMY, journal_mode, |_| ());
    let _run = pair.world.run();
    let mut took_ms = Vec::new();
    for round in 1..=15 {
        pair.telegram.earn(T, 1);
        let watch = Stopwatch::start();
        wait_until("discord shows telegram's coin", || pair.discord.stored(D) == (2 * round - 1).to_string());
        took_ms.push(watch.elapsed_ms());

        pair.discord.call("add_coins", &serde_json::json!([D, 1]));
        let watch = Stopwatch::start();
        wait_until("telegram shows discord's coin", || pair.telegram.stored(T) == (2 * round).to_string());
        took_ms.push(watch.elapsed_ms());
    }
    took_ms.sort_unstable();
    eprintln!("{journal_mode}: from commit to the other database, in ms: {took_ms:?}");
    let median = took_ms[took_ms.len() / 2];
    assert!(median < PROPAGATION_MS_MAX, "{median} ms is no prompt propagation: {took_ms:?}");
}

#[test]
fn a_change_reaches_the_other_bot_without_waiting_for_a_poll() {
    propagates("delete");
}

#[test]
fn a_change_reaches_the_other_bot_without_waiting_for_a_poll_wal() {
    propagates("wal");
}

#[test]
fn a_file_that_is_moved_in_is_watched_as_well() {
    let pair = Pair::of(ECONOMY);
    let _run = pair.world.run();
    // What an atomic save does: the same content under the same name, another inode.
    let copy = pair.world.path("copy.db");
    fs::copy(&pair.telegram.path, &copy).unwrap();
    fs::rename(&copy, &pair.telegram.path).unwrap();
    pair.telegram.earn(T, 1);
    pair.comes_to(1);
    pair.discord.earn(D, 1);
    pair.comes_to(2);
}

/// CPU time of a process in clock ticks (a hundredth of a second each), user and system.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn idle_costs_no_writes_and_next_to_no_cpu() {
    const WATCHED_S: u64 = 4;
    let pair = Pair::with(FOUNDING, "wal", |_| ());
    let run = pair.world.run();
    pair.telegram.earn(T, 1);
    pair.comes_to(1);

    let files = || prints(pair.world.path("onepurse.toml").parent().unwrap());
    let mut before = files();
    wait_until("what was still to be written is written", || {
        let now = files();
        std::mem::replace(&mut before, now) == before
    });
    let ticks = cpu_ticks(run.process.pid());
    holds_for_seconds(WATCHED_S, "no file changes", || {
        let_run_ms(500);
        files() == before
    });
    let spent = cpu_ticks(run.process.pid()) - ticks;
    assert!(spent <= 5 * WATCHED_S, "{spent} hundredths of a second of CPU in {WATCHED_S} s");
}

fn stops_cleanly_on(signal: &str) {
    let pair = Pair::of(ECONOMY);
    let run = pair.world.run();
    pair.telegram.earn(T, 5);
    pair.comes_to(5);
    let watch = Stopwatch::start();
    run.process.signal(signal);
    let said = run.process.finish();
    assert_eq!(said.code, Some(exit::DONE), "{}", said.all());
    assert!(watch.elapsed_ms() < 10_000, "it took {} ms to stop", watch.elapsed_ms());
    let left = [&pair.telegram.path, &pair.discord.path].map(|path| names_around(path));
    assert_eq!(left, [["bot.db"]; 2], "no journal stays behind");
    pair.syncs_to(5);
}

#[test]
fn sigint_stops_it_cleanly() {
    stops_cleanly_on("INT");
}

#[test]
fn sigterm_stops_it_cleanly() {
    stops_cleanly_on("TERM");
}

#[test]
fn a_link_made_beside_a_run_reaches_both_bots() {
    let pair = Pair::of(ECONOMY);
    let _run = pair.world.run();
    pair.telegram.register(7, 70);
    pair.discord.register(8, 8);
    wait_until("both are known", || {
        [pair.world.coins("telegram:7"), pair.world.coins("discord:8")] == ["70", "8"]
    });
    pair.world.link("telegram:7", "discord:8");
    wait_until("both show the sum", || [pair.telegram.stored(7), pair.discord.stored(8)] == ["78", "78"]);
}
