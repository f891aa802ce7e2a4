//! Another ledger in place is refused; the right one, put back from a backup, is caught up.

use std::{fs, path::PathBuf};

use crate::{
    harness::{
        ECONOMY, Pair, World,
        answers::{exit, reason, state},
        database,
        files::move_away,
        pair::{D, T},
        wait_until,
    },
    trouble::is_survived,
};

/// Another ledger, as another installation makes one.
fn another_ledger() -> (World, PathBuf) {
    let mut world = World::new();
    let bot = world.bot("telegram", ECONOMY);
    bot.register(T, 9_999);
    world.add(&bot);
    world.sync();
    let ledger = world.ledger();
    (world, ledger)
}

#[test]
fn another_ledger_in_place_is_refused_while_stopped() {
    let pair = Pair::of(ECONOMY);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    let (_other, other) = another_ledger();
    pair.telegram.earn(T, 5);
    move_away(&ledger, &away);
    fs::copy(&other, &ledger).unwrap();
    let said = pair.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "30s"]);
    assert!(reason::OTHER.iter().any(|word| said.all().to_lowercase().contains(word)), "{}", said.all());
    assert_eq!(pair.telegram.stored(T), "5", "the bots keep what they have");
    assert_ne!(pair.world.status().of("telegram").state, state::IN_STEP);

    fs::remove_file(&ledger).unwrap();
    move_away(&away, &ledger);
    pair.syncs_to(5);
    pair.world.verify();
}

#[test]
fn another_ledger_in_place_is_refused_while_running() {
    let pair = Pair::of(ECONOMY);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    let (_other, other) = another_ledger();
    let breaks = || {
        move_away(&ledger, &away);
        fs::copy(&other, &ledger).unwrap();
    };
    let mends = || {
        move_away(&ledger, &pair.world.path("refused.db"));
        move_away(&away, &ledger);
    };
    is_survived(&pair, &reason::OTHER, breaks, mends);
}

/// The ledger itself put back from a backup: what it no longer knows is sent again, what it knows is not counted twice.
fn a_ledger_put_back_is_caught_up(running: bool) {
    let pair = Pair::of(ECONOMY);
    let (ledger, backup) = (pair.world.ledger(), pair.world.path("backup.db"));
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    pair.telegram.back_up(&ledger, &backup);
    pair.telegram.earn(T, 20);
    pair.discord.earn(D, 3);
    pair.syncs_to(123);
    pair.discord.register(9, 44);
    pair.world.sync();

    let run = running.then(|| pair.world.run());
    move_away(&ledger, &pair.world.path("lost.db"));
    fs::copy(&backup, &ledger).unwrap();
    if running {
        wait_until("the ledger knows it all again", || {
            [pair.coins(), pair.world.coins("discord:9")] == ["123", "44"]
        });
    } else {
        pair.world.sync();
    }
    pair.telegram.earn(T, 1);
    if running {
        pair.comes_to(124);
    }
    drop(run);
    pair.syncs_to(124);
    assert_eq!(pair.world.coins("discord:9"), "44");
    let mut deltas = pair.deltas();
    deltas.sort();
    assert_eq!(deltas, ["1", "100", "20", "3"]);
    pair.world.verify();
}

#[test]
fn a_ledger_put_back_from_a_backup_while_stopped() {
    a_ledger_put_back_is_caught_up(false);
}

#[test]
fn a_ledger_put_back_from_a_backup_while_running() {
    a_ledger_put_back_is_caught_up(true);
}

#[test]
fn a_ledger_that_was_just_being_made_when_the_program_was_killed() {
    let pair = Pair::apart(ECONOMY, "delete");
    // What is there between the first write to the file and its first table.
    database::make(&pair.world.ledger(), "PRAGMA journal_mode = WAL");
    assert!(pair.world.ledger().metadata().unwrap().len() > 0);
    pair.join();
    pair.telegram.earn(T, 5);
    pair.syncs_to(5);
    pair.world.verify();
}
