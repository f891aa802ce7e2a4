//! Attach, detach, attach: openings are taken once, and what was written in between is listed or counted.

use crate::harness::{
    ECONOMY, FOUNDING, Pair,
    answers::{exit, kind, state},
    database::{look_up, objects},
    pair::{D, T},
};

use std::fs;

/// Attached with 100 at telegram, detached, and telegram has gone on to 130 alone; 7 is new.
fn written_while_detached() -> Pair {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 100);
    pair.world.ok(&["detach"]);
    assert_eq!(pair.coins(), "100", "detach pushes first");
    pair.telegram.earn(T, 30);
    pair.telegram.register(7, 12);
    pair
}

fn openings(pair: &Pair, identity: &str) -> usize {
    // From the whole log: an entry from before a link stays with the purse that it was entered for.
    let opened = "SELECT count(*) FROM entry JOIN identity ON identity.id = entry.identity
        WHERE kind = 'opening' AND platform || ':' || external = ?1";
    look_up(&pair.world.ledger(), opened, identity).unwrap().parse().unwrap()
}

#[test]
fn openings_are_taken_at_attach_zero_ones_too() {
    let pair = Pair::apart(ECONOMY, "delete");
    pair.telegram.register(7, 70);
    pair.world.ok(&["attach"]);
    for (identity, coins) in [("telegram:7", "70"), ("telegram:456", "0"), ("discord:123", "0")] {
        let history = pair.world.history(identity);
        assert_eq!(history.len(), 1, "{identity}: {history:?}");
        let opening = &history[0];
        assert_eq!((opening.kind.as_str(), opening.delta.as_str()), (kind::OPENING, coins), "{identity}");
    }
    pair.world.ok(&["attach"]);
    assert_eq!(openings(&pair, "telegram:7"), 1, "attaching twice is attaching once");
    pair.world.verify();
}

#[test]
fn what_was_written_while_detached_is_listed_and_the_ledger_wins() {
    let pair = written_while_detached();
    let said = pair.world.ok(&["attach"]);
    for named in ["telegram:456", "130", "100"] {
        assert!(said.all().contains(named), "`{named}` is listed: {}", said.all());
    }
    pair.syncs_to(100);
    assert_eq!(pair.world.coins("telegram:7"), "12", "who is new opens with what they have");
    assert_eq!([openings(&pair, "telegram:456"), openings(&pair, "telegram:7")], [1, 1]);
    pair.telegram.earn(T, 1);
    pair.syncs_to(101);
    pair.world.verify();
}

#[test]
fn what_was_written_while_detached_is_counted_on_demand() {
    let pair = written_while_detached();
    pair.world.ok(&["attach", "--count-changes"]);
    pair.syncs_to(130);
    assert_eq!(pair.deltas(), ["100", "30"]);
    assert_eq!([openings(&pair, "telegram:456"), openings(&pair, "telegram:7")], [1, 1]);
    pair.world.verify();
}

#[test]
fn nothing_written_while_detached_is_no_event() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 9);
    pair.syncs_to(9);
    for _ in 0..3 {
        pair.world.ok(&["detach"]);
        assert_eq!(pair.world.status().of("discord").state, state::NOT_ATTACHED);
        pair.world.ok(&["attach"]);
        pair.syncs_to(9);
    }
    assert_eq!(pair.deltas(), ["9"]);
    assert_eq!(openings(&pair, "discord:123"), 1);
    pair.world.verify();
}

#[test]
fn detach_without_its_ledger_throws_nothing_away() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 5);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    fs::rename(&ledger, &away).unwrap();
    let attached = objects(&pair.telegram.path);
    pair.world.expect(exit::UNREACHABLE, &["detach"]);
    assert_eq!(objects(&pair.telegram.path), attached, "what is not pushed stays");
    fs::rename(&away, &ledger).unwrap();
    pair.syncs_to(5);
}

#[test]
fn a_platform_is_attached_and_detached_alone() {
    let pair = Pair::apart(ECONOMY, "delete");
    let clean = objects(&pair.discord.path);
    pair.world.ok(&["attach", "telegram"]);
    assert_eq!(objects(&pair.discord.path), clean);
    let status = pair.world.status();
    assert_eq!(status.of("discord").state, state::NOT_ATTACHED, "{status:?}");
    pair.world.ok(&["attach"]);
    pair.world.ok(&["detach", "discord"]);
    assert_eq!(objects(&pair.discord.path), clean);
    assert_ne!(pair.world.status().of("telegram").state, state::NOT_ATTACHED);
}

/// As the verb says it that cannot do what it was asked.
#[test]
fn status_says_what_to_do_about_a_database_that_cannot_be_used() {
    let mut pair = Pair::of(ECONOMY);
    pair.world.configure(|config| {
        "sqlite:///nowhere/bot.db".clone_into(&mut config.platform("telegram").database);
    });
    let hint = "hint: check `database` of the platform: the bot makes its own file";
    for verb in ["status", "verify"] {
        let said = pair.world.verb(&[verb]).all();
        assert!(said.contains(hint), "{verb}: {said}");
    }
}

#[test]
fn verify_names_who_is_not_attached() {
    let pair = Pair::of(ECONOMY);
    pair.world.ok(&["detach", "discord"]);
    let said = pair.world.ok(&["verify"]);
    assert!(
        said.stdout.contains("discord is not attached") && said.stdout.contains("onepurse attach discord"),
        "{}",
        said.all()
    );
    assert!(!said.stdout.contains("Everything holds"), "{}", said.all());
}
