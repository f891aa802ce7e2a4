//! Whatever happens to a ledger, and from whichever cursor a replica asks: with the answer it knows the truth.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{Cursor, Event, EventKey};
use onepurse_ledger::{Ledger, LedgerError, Outcome};
use proptest::prelude::*;

use super::{Fixture, contract};
use crate::support::*;

contract![every_cursor_leads_to_the_truth];

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
