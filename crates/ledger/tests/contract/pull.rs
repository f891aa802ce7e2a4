//! Pulling: what a replica is told is the truth at the head, from wherever it asks.

use std::collections::BTreeMap;

use onepurse_core::{Answer, ChainHash, Changes, Cursor, Event, EventKind, Question};
use onepurse_ledger::{Ledger, Records};

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
            other => panic!("zero is in every history: {other:?}"),
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

fn nothing_new_is_an_empty_answer<F: Fixture>() {
    let (_place, ledger) = F::start();
    assert_eq!(ledger.changes("telegram", Cursor::ZERO).to, Cursor::ZERO);
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let changes = ledger.changes("telegram", ledger.end());
    assert!(changes.own.is_empty() && changes.openings.is_empty() && changes.balances.is_empty());
    assert_eq!((changes.from, changes.to), (ledger.end(), ledger.end()));
}
