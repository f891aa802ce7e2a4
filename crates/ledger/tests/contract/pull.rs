//! Pulling: what a replica is told is the truth at the head, from wherever it asks.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{Answer, ChainHash, Cursor, Event, EventKey, EventKind, Question};
use onepurse_ledger::{Ledger, LedgerError, Outcome};
use proptest::prelude::*;

use super::{Fixture, contract};
use crate::support::*;

contract![
    an_answer_names_own_keys_openings_and_who_was_touched,
    from_zero_everybody_is_named,
    from_zero_old_keys_are_left_out,
    every_asset_of_a_touched_purse_is_named,
    a_cursor_of_another_history_is_a_mismatch,
    nothing_new_is_an_empty_answer,
    every_cursor_leads_to_the_truth,
];

fn externals(changes: &onepurse_core::Changes) -> Vec<(&str, i64)> {
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
    let first = wait(onepurse_ledger::Records::entry_after(&*ledger, 0)).unwrap().unwrap();
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

fn nothing_new_is_an_empty_answer<F: Fixture>() {
    let (_place, ledger) = F::start();
    assert_eq!(ledger.changes("telegram", Cursor::ZERO).to, Cursor::ZERO);
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let changes = ledger.changes("telegram", ledger.end());
    assert!(changes.own.is_empty() && changes.openings.is_empty() && changes.balances.is_empty());
    assert_eq!((changes.from, changes.to), (ledger.end(), ledger.end()));
}

/// One thing that may happen to a ledger.
#[derive(Debug, Clone)]
enum Step {
    Change(usize, i64),
    Open(usize, i64),
    Again,
    Link(usize, usize),
}

const WHO: [&str; 7] =
    ["telegram:1", "telegram:2", "telegram:3", "discord:1", "discord:2", "website:a@b.c", "website:d@e.f"];
const WHERE: [&str; 3] = ["telegram", "discord", "website"];

fn step() -> impl Strategy<Value = Step> {
    let (who, delta) =
        (0..WHO.len(), prop_oneof![8 => -100..100_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]);
    prop_oneof![
        6 => (who.clone(), delta).prop_map(|(who, delta)| Step::Change(who, delta)),
        2 => (who.clone(), 0..3_i64).prop_map(|(who, delta)| Step::Open(who, delta)),
        1 => Just(Step::Again),
        2 => (who.clone(), who).prop_map(|(one, other)| Step::Link(one, other)),
    ]
}

/// What a replica of each platform would know, and what it has sent that was entered.
type Known = BTreeMap<String, i64>;

/// The ledger as simply as it can be said: who is in which purse, and what is in it.
#[derive(Default)]
struct Model {
    purse_of: BTreeMap<usize, usize>,
    coins: BTreeMap<usize, i64>,
    opened: BTreeSet<usize>,
    /// Whose opening is in quarantine: its key waits there, whatever is sent under it.
    waiting: BTreeSet<usize>,
    own: Vec<(i64, &'static str, EventKey)>,
}

impl Model {
    /// True when it is entered.
    fn add(&mut self, who: usize, delta: i64) -> bool {
        let purse = self.purse_of.get(&who).copied().unwrap_or(who);
        let Some(sum) = self.coins.get(&purse).copied().unwrap_or(0).checked_add(delta) else { return false };
        self.purse_of.insert(who, purse);
        self.coins.insert(purse, sum);
        true
    }

    fn link(&mut self, stays: usize, joins: usize) -> bool {
        let (Some(&to), Some(&from)) = (self.purse_of.get(&stays), self.purse_of.get(&joins)) else {
            return false;
        };
        let platforms = |purse| -> BTreeSet<&str> {
            let members = self.purse_of.iter().filter(|(_, at)| **at == purse);
            members.map(|(who, _)| WHO[*who].split_once(':').unwrap().0).collect()
        };
        if to == from || !platforms(to).is_disjoint(&platforms(from)) {
            return false;
        }
        let Some(sum) = self.coins[&to].checked_add(self.coins[&from]) else { return false };
        if self.coins[&from] == i64::MIN {
            return false;
        }
        self.coins.insert(to, sum);
        self.purse_of.values_mut().filter(|at| **at == from).for_each(|at| *at = to);
        true
    }

    fn known(&self, platform: &str) -> Known {
        let here = self.purse_of.iter().filter_map(|(who, purse)| {
            let (at, external) = WHO[*who].split_once(':').unwrap();
            (at == platform).then(|| (external.to_owned(), self.coins[purse]))
        });
        here.collect()
    }
}

fn every_cursor_leads_to_the_truth<F: Fixture>() {
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..30))| play::<F>(&steps));
}

fn play<F: Fixture>(steps: &[Step]) {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    let mut model = Model::default();
    let mut last: Option<Event> = None;
    let mut moments: Vec<(Cursor, [Known; 3])> = vec![];
    for (n, step) in (1..).zip(steps) {
        moments.push((ledger.end(), WHERE.map(|platform| model.known(platform))));
        match *step {
            Step::Change(who, delta) => {
                let event = change(n, WHO[who], delta);
                let entered =
                    matches!(ledger.enter(std::slice::from_ref(&event))[0], Outcome::Entered { .. });
                assert_eq!(entered, model.add(who, delta), "{step:?}");
                if entered {
                    let at = WHO[who].split_once(':').unwrap().0;
                    model.own.push((ledger.end().seq, at, event.key));
                    last = Some(event);
                }
            }
            Step::Open(who, delta) => {
                let outcome = ledger.enter(&[opening(id, WHO[who], delta)]).remove(0);
                match outcome {
                    Outcome::Known { .. } => assert!(model.opened.contains(&who)),
                    Outcome::Entered { .. } => assert!(model.opened.insert(who) && model.add(who, delta)),
                    Outcome::Quarantined(_) if model.waiting.contains(&who) => {}
                    Outcome::Quarantined(_) => assert!(model.waiting.insert(who) && !model.add(who, delta)),
                }
            }
            Step::Again => {
                let again = ledger.enter(last.as_slice());
                assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Known { .. })));
            }
            Step::Link(stays, joins) => match wait(ledger.link(link(n, WHO[stays], WHO[joins]))) {
                Ok(_) => assert!(model.link(stays, joins), "{step:?}"),
                Err(LedgerError::Rejected(_)) => assert!(!model.link(stays, joins), "{step:?}"),
                Err(error) => panic!("{error}"),
            },
        }
    }
    for (from, known) in moments {
        for (platform, mut known) in WHERE.into_iter().zip(known) {
            let changes = ledger.changes(platform, from);
            for balance in &changes.balances {
                known.insert(balance.external.as_str().to_owned(), balance.amount.units());
            }
            assert_eq!(known, model.known(platform), "{platform} from {}", from.seq);
            let own = model.own.iter().filter(|(seq, at, _)| *seq > from.seq && *at == platform);
            assert_eq!(changes.own, own.map(|(_, _, key)| *key).collect::<Vec<_>>());
        }
    }
    ledger.assert_sound();
}
