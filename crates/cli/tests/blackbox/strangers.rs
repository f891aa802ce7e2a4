//! Hazards 5 and 15: a file in a bot's place that is not the one that was attached, or none at all.

use std::fs;

use crate::harness::{
    ECONOMY, FOUNDING, Pair,
    answers::{exit, state},
    files::move_over,
    pair::{D, T},
    wait_until,
};

/// Twelve users more on telegram, with 10 each; then a file of before the attach comes back in which all have 3.
fn an_unattached_file_with_other_balances() -> Pair {
    let pair = Pair::apart(ECONOMY, "delete");
    (1..=12).for_each(|user| pair.telegram.register(user, 3));
    let before = pair.world.path("before.db");
    pair.telegram.back_up(&pair.telegram.path, &before);
    (1..=12).for_each(|user| pair.telegram.earn(user, 7));
    pair.join();
    pair.discord.earn(D, 40);
    pair.syncs_to(40);
    move_over(&before, &pair.telegram.path);
    pair
}

fn waits_for_an_answer(pair: &Pair) {
    let said = pair.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "30s"]);
    assert!(said.all().contains("telegram"), "{}", said.all());
    let status = pair.world.status();
    assert!([state::PAUSED, state::REFUSED].contains(&status.of("telegram").state.as_str()), "{status:?}");
    assert_eq!(pair.telegram.stored(5), "3", "nothing is touched before the answer");
    assert_eq!(pair.world.coins("telegram:5"), "10");
    pair.discord.earn(D, 1);
    pair.world.try_sync();
    assert_eq!(pair.coins(), "41", "discord goes on");
}

#[test]
fn hazard_05_a_file_without_capture_is_asked_about_and_the_ledger_may_win() {
    let pair = an_unattached_file_with_other_balances();
    waits_for_an_answer(&pair);
    pair.world.ok(&["resume", "telegram", "--answer", "ledger"]);
    pair.syncs_to(41);
    assert_eq!((pair.telegram.stored(5).as_str(), pair.world.coins("telegram:5").as_str()), ("10", "10"));
    pair.world.verify();
}

#[test]
fn hazard_05_a_file_without_capture_is_asked_about_and_the_bot_may_win() {
    let pair = an_unattached_file_with_other_balances();
    waits_for_an_answer(&pair);
    pair.world.ok(&["resume", "telegram", "--answer", "count"]);
    pair.world.sync();
    assert_eq!((pair.telegram.stored(5).as_str(), pair.world.coins("telegram:5").as_str()), ("3", "3"));
    assert_eq!(pair.world.deltas("telegram:5"), ["10", "-7"]);
    pair.world.verify();
}

#[test]
fn hazard_15_an_empty_file_put_in_place_spends_nothing() {
    let pair = Pair::of(ECONOMY);
    (1..=12).for_each(|user| pair.telegram.register(user, 10));
    pair.discord.earn(D, 40);
    pair.syncs_to(40);
    let empty = pair.world.path("empty.db");
    fs::write(&empty, "").unwrap();
    move_over(&empty, &pair.telegram.path);
    pair.telegram.restart(); // The bot makes its table again, lazily, and meets its user as a new one.
    pair.telegram.register(T, 0);
    let said = pair.world.try_sync();
    assert_ne!(said.code, Some(exit::DONE), "a whole table that vanished is asked about: {}", said.all());
    assert_eq!((pair.coins().as_str(), pair.world.coins("telegram:5").as_str()), ("40", "10"));

    pair.world.ok(&["resume", "telegram", "--answer", "ledger"]);
    pair.syncs_to(40);
    pair.telegram.register(5, 0);
    pair.world.sync();
    assert_eq!(pair.telegram.stored(5), "10");
    pair.world.verify();
}

#[test]
fn hazard_05_a_database_copied_for_a_second_bot_is_asked_about() {
    let mut pair = Pair::of(ECONOMY);
    pair.discord.earn(D, 40);
    pair.syncs_to(40);
    let copy = pair.world.empty_database("second");
    fs::copy(&pair.discord.path, &copy).unwrap();
    pair.world.add_platform("second", &copy, &FOUNDING.mapping());
    let said = pair.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "30s"]);
    assert!(said.all().contains("second"), "{}", said.all());
    assert_ne!(pair.world.status().of("second").state, state::IN_STEP);
    assert_eq!(pair.world.coins("second:123"), "unknown", "nothing was credited for the copy");
    pair.telegram.earn(T, 2);
    pair.world.try_sync();
    assert_eq!(pair.coins(), "42", "telegram goes on");
}

#[test]
fn hazard_05_a_database_that_is_away_for_a_while_stops_nobody_else() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 10);
    pair.syncs_to(10);
    let run = pair.world.run();
    let away = pair.world.path("away.db");
    fs::rename(&pair.telegram.path, &away).unwrap();
    pair.discord.earn(D, 5);
    wait_until("the ledger hears of discord's coins", || pair.coins() == "15");
    wait_until("status says so", || pair.world.status().of("telegram").state == state::UNREACHABLE);
    assert!(!pair.telegram.path.exists(), "nothing was made in its place");

    fs::rename(&away, &pair.telegram.path).unwrap();
    pair.comes_to(15);
    pair.telegram.earn(T, 1);
    pair.comes_to(16);
    drop(run);
    pair.world.verify();
}
