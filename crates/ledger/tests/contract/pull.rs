//! Pulling: what a replica is told is the truth at the head, from wherever it asks.

use std::collections::BTreeMap;

use onepurse_core::{
    Amount, Answer, Asset, ChainHash, Changes, Cursor, Event, EventKind, Movement, OverdraftPolicy, Question,
    Undone,
};
use onepurse_ledger::{Ledger, Orders, Records};

use super::{Fixture, contract};
use crate::support::*;

contract![
    an_answer_names_own_keys_openings_and_who_was_touched,
    from_zero_everybody_is_named,
    from_zero_old_keys_are_left_out,
    every_asset_of_a_touched_purse_is_named,
    a_cursor_of_another_history_is_a_mismatch,
    nothing_new_is_an_empty_answer,
    every_balance_says_whose_purse_it_is,
    what_was_undone_is_told_to_the_platform_that_did_it,
    from_zero_what_was_undone_is_told_as_far_back_as_own_keys,
];

fn externals(changes: &Changes) -> Vec<(&str, i64)> {
    let mut named: Vec<_> =
        changes.balances.iter().map(|b| (b.external.as_str(), b.amount.units())).collect();
    named.sort_unstable();
    named
}

fn an_answer_names_own_keys_openings_and_who_was_touched<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[change(1, "telegram:1", 10), change(2, "telegram:2", 20), change(3, "discord:1", 30)]);
    wait(ledger.link(link(1, "telegram:1", "discord:1"))).unwrap();
    let from = ledger.end();
    let repair = Event { kind: EventKind::Repair, ..change(5, "telegram:1", 1) };
    ledger.enter(&[
        change(4, "discord:1", 5),
        repair,
        opening(id, "telegram:3", 7),
        opening(id, "discord:4", 8),
    ]);

    let telegram = ledger.changes("telegram", from);
    assert_eq!((telegram.from, telegram.to, telegram.oldest_ms), (from, ledger.end(), 0));
    assert_eq!(telegram.own, [key(5)]);
    assert_eq!(telegram.openings.iter().map(|o| o.external.as_str()).collect::<Vec<_>>(), ["3"]);
    assert_eq!(externals(&telegram), [("1", 46), ("3", 7)]);
    let discord = ledger.changes("discord", from);
    assert_eq!((discord.own.as_slice(), externals(&discord)), (&[key(4)][..], vec![("1", 46), ("4", 8)]));
    assert_eq!(externals(&ledger.changes("website", from)), []);
}

fn from_zero_everybody_is_named<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 10), change(2, "telegram:2", 20), opening(id, "discord:3", 30)]);
    let changes = ledger.changes("telegram", Cursor::ZERO);
    assert_eq!(externals(&changes), [("1", 10), ("2", 20)]);
    assert_eq!(changes.openings.iter().map(|o| o.external.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!((changes.own, changes.to), (vec![key(2)], ledger.end()));
}

fn from_zero_old_keys_are_left_out<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 10), change(50, "telegram:1", 1), change(60, "telegram:1", 1)]);
    let since = |oldest_ms, from| {
        let question = Question { platform: platform("telegram"), from, oldest_ms };
        match wait(ledger.pull(question)).unwrap() {
            Answer::Changes(changes) => {
                assert_eq!(changes.oldest_ms, oldest_ms);
                (changes.own, changes.openings.len())
            }
            Answer::HistoryMismatch => panic!("zero is in every history"),
        }
    };
    assert_eq!(since(50, Cursor::ZERO), (vec![key(50), key(60)], 1));
    assert_eq!(since(51, Cursor::ZERO), (vec![key(60)], 1));
    assert_eq!(since(61, Cursor::ZERO), (vec![], 1));
    let first = wait(ledger.entry_after(0)).unwrap().unwrap();
    let from = Cursor { seq: first.seq, hash: first.hash };
    assert_eq!(since(61, from), (vec![key(50), key(60)], 0), "the bound is for questions from zero alone");
}

fn every_asset_of_a_touched_purse_is_named<F: Fixture>() {
    let (_place, ledger) = F::start();
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    let xp = |n, who, delta| Event { asset: asset("xp"), ..change(n, who, delta) };
    ledger.enter(&[change(1, "telegram:1", 10), xp(2, "telegram:1", 3)]);
    let from = ledger.end();
    ledger.enter(&[xp(3, "telegram:1", 4)]);
    let changes = ledger.changes("telegram", from);
    let named: BTreeMap<_, _> =
        changes.balances.into_iter().map(|b| (b.asset.to_string(), b.amount.units())).collect();
    assert_eq!(named, BTreeMap::from([("coins".to_owned(), 10), ("xp".to_owned(), 7)]));
}

fn a_cursor_of_another_history_is_a_mismatch<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let end = ledger.end();
    let elsewhere = ChainHash([9; 32]);
    for (what, from) in [
        ("another hash", Cursor { hash: elsewhere, ..end }),
        ("beyond the head", Cursor { seq: 2, ..end }),
        ("another beginning", Cursor { seq: 0, hash: elsewhere }),
        ("before the beginning", Cursor { seq: -1, hash: ChainHash::default() }),
    ] {
        assert_eq!(ledger.answer("telegram", from), Answer::HistoryMismatch, "{what}");
    }
}

fn every_balance_says_whose_purse_it_is<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 10), change(2, "telegram:2", 20), change(3, "discord:1", 30)]);
    let from = ledger.end();
    wait(ledger.link(link(1, "telegram:1", "discord:1"))).unwrap();
    let [one, two] = ["telegram:1", "telegram:2"].map(|who| ledger.purse_seen(who).id);
    let named = |platform, from| -> BTreeMap<String, _> {
        let balances = ledger.changes(platform, from).balances.into_iter();
        balances.map(|standing| (standing.external.to_string(), standing.purse)).collect()
    };
    assert_eq!(
        named("telegram", Cursor::ZERO),
        BTreeMap::from([("1".to_owned(), one), ("2".to_owned(), two)])
    );
    for (platform, from) in [("discord", Cursor::ZERO), ("discord", from), ("telegram", from)] {
        assert_eq!(named(platform, from), BTreeMap::from([("1".to_owned(), one)]), "{platform}");
    }
}

fn reversing<L: Ledger + ?Sized>(ledger: &L) {
    let coins = Asset { overdraft: OverdraftPolicy::Reverse, ..whole("coins") };
    wait(ledger.declare(vec![coins])).unwrap();
}

fn what_was_undone_is_told_to_the_platform_that_did_it<F: Fixture>() {
    let (_place, ledger) = F::start();
    reversing(&*ledger);
    ledger.enter(&[change(1, "telegram:1", 10), change(2, "discord:1", 5)]);
    wait(ledger.link(link(1, "telegram:1", "discord:1"))).unwrap();
    let from = ledger.end();
    ledger.enter(&[change(3, "telegram:1", -12), change(4, "discord:1", -9)]);
    let undone = ledger.end();
    let [reversal] = &ledger.changes("discord", from).reversals[..] else { panic!("one is undone") };
    let entry = wait(ledger.entry_after(undone.seq - 1)).unwrap().unwrap();
    let told = Undone {
        key: key(4).reversal(),
        seq: undone.seq,
        external: "1".parse().unwrap(),
        asset: asset("coins"),
        delta: Amount::new(9),
        captured_ms: 4,
        at_ms: entry.at_ms,
        actor: None,
        reason: entry.reason,
    };
    assert_eq!(*reversal, told);
    assert_eq!(ledger.changes("telegram", from).reversals, []);
    assert_eq!(ledger.changes("discord", undone).reversals, []);

    // Somebody's word undoes things too.
    let reverse = order(5, Movement::Reverse { seq: from.seq + 1 });
    wait(ledger.order(vec![reverse])).unwrap().remove(0).unwrap();
    let [reversal] = &ledger.changes("telegram", undone).reversals[..] else { panic!("one is undone") };
    assert_eq!((reversal.key, reversal.delta), (key(3).reversal(), Amount::new(12)));
    assert_eq!((reversal.actor.as_deref(), reversal.reason.as_deref()), (Some("ada"), Some("asked")));
    assert_eq!(ledger.changes("discord", undone).reversals, []);
}

fn from_zero_what_was_undone_is_told_as_far_back_as_own_keys<F: Fixture>() {
    let (_place, ledger) = F::start();
    reversing(&*ledger);
    ledger.enter(&[change(1, "telegram:1", 1), change(50, "telegram:1", -2), change(60, "telegram:1", -3)]);
    let since = |oldest_ms| {
        let question = Question { platform: platform("telegram"), from: Cursor::ZERO, oldest_ms };
        let Answer::Changes(changes) = wait(ledger.pull(question)).unwrap() else {
            panic!("zero is in every history")
        };
        changes.reversals.iter().map(|one| one.key).collect::<Vec<_>>()
    };
    assert_eq!(since(50), [key(50).reversal(), key(60).reversal()]);
    assert_eq!(since(51), [key(60).reversal()]);
    assert_eq!(since(61), []);
}

fn nothing_new_is_an_empty_answer<F: Fixture>() {
    let (_place, ledger) = F::start();
    assert_eq!(ledger.changes("telegram", Cursor::ZERO).to, Cursor::ZERO);
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let changes = ledger.changes("telegram", ledger.end());
    assert!(changes.own.is_empty() && changes.openings.is_empty() && changes.balances.is_empty());
    assert!(changes.reversals.is_empty());
    assert_eq!((changes.from, changes.to), (ledger.end(), ledger.end()));
}
