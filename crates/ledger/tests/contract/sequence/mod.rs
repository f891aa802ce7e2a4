//! Whatever is asked of a ledger, and in whatever order: it does what the rules say, and coins come and go only as they say.

mod forget;
mod model;
mod order;
mod step;

use std::collections::BTreeMap;

use onepurse_core::{Answer, Asset, Cursor, Event, LinkCode, Scale};
use onepurse_ledger::{
    Decided, EntryFilter, Forgetting, Ledger, LedgerError, Links, Orders, Outcome, Quarantine, Records,
    Redeem, Unlink, Verdict,
};
use proptest::prelude::*;

use self::{
    model::{Fate, Model, Named, POLICIES, Sums},
    step::{Asked, Deed, Step, WHAT, WHO},
};
use super::{Fixture, contract};
use crate::support::*;

contract![any_sequence_does_what_the_rules_say];

const WHERE: [&str; 3] = ["telegram", "discord", "website"];
const STEPS_MAX: usize = 40;

fn any_sequence_does_what_the_rules_say<F: Fixture>() {
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in step::steps(STEPS_MAX))| play::<F>(&steps));
}

type Known = BTreeMap<(String, String), i64>;

/// A ledger, and what it should be.
struct Play<F: Fixture> {
    place: F,
    ledger: std::sync::Arc<F::Ledger>,
    model: Model,
    /// What was asked, by the number of its key.
    asked: Vec<(u64, Step, i64)>,
}

fn play<F: Fixture>(steps: &[Asked]) {
    let (place, ledger) = F::start();
    let count = |(name, merge): (&str, _)| Asset { merge, ..Asset::new(asset(name), Scale::WHOLE) };
    wait(ledger.declare(WHAT.into_iter().zip(POLICIES).map(count).collect())).unwrap();
    let mut play = Play { place, ledger, model: Model::default(), asked: vec![] };
    let mut moments: Vec<(Cursor, [Known; 3])> = vec![];
    for (n, (step, under)) in (1..).zip(steps) {
        moments.push((play.ledger.end(), WHERE.map(|name| play.model.known(name))));
        let before = play.model.sums;
        let step = play.take(n, step, *under);
        play.check(&step, before);
    }
    assert_eq!(play.place.open().end(), play.ledger.end(), "another program sees the same");
    for (from, known) in moments {
        for (name, mut known) in WHERE.into_iter().zip(known) {
            let answer = play.ledger.answer(name, from);
            let Answer::Changes(changes) = answer else { panic!("{name} from {}: {answer:?}", from.seq) };
            if changes.names_everyone {
                known.clear();
            }
            for balance in changes.balances {
                let whose = (balance.external.as_str().to_owned(), balance.asset.as_str().to_owned());
                known.insert(whose, balance.amount.units());
            }
            // Who was forgotten is not named any more; who has not heard of it had heard that they have nothing.
            known.retain(|whose, has| *has != 0 || play.model.known(name).contains_key(whose));
            assert_eq!(known, play.model.known(name), "{name} from {}", from.seq);
        }
    }
}

impl<F: Fixture> Play<F> {
    /// Does it, or what was asked before once more; under a key of its own, or that of what was asked before.
    fn take(&mut self, n: u64, step: &Step, under: Option<usize>) -> Step {
        let head = self.ledger.end().seq;
        let earlier = under.and_then(|back| self.asked.iter().rev().nth(back)).cloned();
        let (key, step, head) = match earlier {
            // Half of the time the very same.
            Some((key, same, then)) if n.is_multiple_of(2) => (key, same, then),
            Some((key, ..)) => (key, step.clone(), head),
            None => (1_000 * n, step.clone(), head),
        };
        self.perform(key, &step, head);
        self.asked.push((key, step.clone(), head));
        step
    }

    fn perform(&mut self, n: u64, step: &Step, said_at: i64) {
        let next = self.ledger.end().seq + 1;
        match step {
            Step::Change(who, what, delta) => self.change(n, *who, *what, *delta, next),
            Step::Open(who, what, delta) => self.open(*who, *what, *delta, next),
            Step::Decide(is_released) => self.decide(*is_released, next),
            Step::Orders(deeds) => self.orders(n, deeds, said_at),
            Step::Link(stays, joins) => {
                let link = onepurse_ledger::Link { key: key(n), ..link(0, WHO[*stays], WHO[*joins]) };
                let done = self.head_moved(|ledger| wait(ledger.link(link)));
                assert_eq!(done, self.model.link(n, *stays, *joins), "{step:?}");
            }
            Step::Unlink(who) => {
                let unlink = Unlink { key: key(n), identity: identity(WHO[*who]), actor: None, reason: None };
                let done = self.head_moved(|ledger| wait(ledger.unlink(unlink)));
                assert_eq!(done, self.model.unlink(n, *who), "{step:?}");
            }
            Step::Forget(who) => {
                let leaving =
                    Unlink { key: key(n), identity: identity(WHO[*who]), actor: None, reason: None };
                let parted = self.head_moved(|ledger| wait(ledger.part(leaving)));
                assert_eq!(parted, self.model.part(n, *who), "{step:?}");
                let erased = self.head_moved(|ledger| {
                    wait(ledger.erase(identity(WHO[*who])))?;
                    wait(ledger.head())
                });
                assert_eq!(erased, self.model.erase(*who), "{step:?}");
            }
            Step::Code(maker) => {
                let code = wait(self.ledger.issue_code(identity(WHO[*maker]))).unwrap();
                self.model.issued(code, *maker);
            }
            Step::Redeem(by, maker) => {
                let wrong: LinkCode = "00000000".parse().unwrap();
                let code = maker.and_then(|maker| self.model.last_code(maker)).unwrap_or(wrong);
                let redeem = Redeem { key: key(n), code: code.clone(), by: identity(WHO[*by]) };
                let done = self.head_moved(|ledger| wait(ledger.redeem(redeem)));
                assert_eq!(done, self.model.redeem(n, *by, &code), "{step:?}");
            }
        }
    }

    /// Whether the log has grown by this, or the name of the refusal.
    fn head_moved(
        &self,
        work: impl FnOnce(&F::Ledger) -> Result<Cursor, LedgerError>,
    ) -> Result<bool, Named> {
        let before = self.ledger.end();
        match work(&self.ledger) {
            Ok(head) => {
                assert_eq!(head, self.ledger.end());
                Ok(head != before)
            }
            Err(LedgerError::Rejected(rejection)) => {
                assert_eq!(self.ledger.end(), before, "{rejection}");
                Err(rejection.name())
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn change(&mut self, n: u64, who: usize, what: usize, delta: i64, next: i64) {
        // Events have keys of their own: what people ask for never has one of those.
        let event = onepurse_core::Event { asset: asset(WHAT[what]), ..change(n, WHO[who], delta) };
        let outcome = self.ledger.enter(std::slice::from_ref(&event)).remove(0);
        match outcome {
            Outcome::Entered { seq } => {
                assert_eq!(seq, next);
                assert!(self.model.change(who, what, delta, next, false), "{event:?}");
                assert!(self.model.events.insert(n, (event, Fate::Entered)).is_none());
            }
            Outcome::Known { .. } => match &self.model.events[&n] {
                (same, Fate::Entered) => assert!(self.is_same(n, same, &event), "{same:?} {event:?}"),
                (same, Fate::Dismissed) => {
                    let like = Event { delta: event.delta, ..same.clone() };
                    assert!(self.is_same(n, &like, &event), "{same:?} {event:?}");
                }
                (_, Fate::Waits) => panic!("{event:?} waits"),
            },
            Outcome::Quarantined(why) => match self.model.events.get(&n) {
                Some((_, Fate::Waits)) => {}
                Some((other, _)) => assert!(!self.is_same(n, other, &event), "{why}"),
                None => {
                    assert!(!self.model.change(who, what, delta, next, false), "{event:?}: {why}");
                    self.model.events.insert(n, (event, Fate::Waits));
                    self.model.queue.push(n);
                }
            },
        }
    }

    /// Whether the ledger takes an event for the one that it knows under the key.
    fn is_same(&self, n: u64, known: &Event, event: &Event) -> bool {
        let mut known = known.clone();
        if self.model.nameless.contains(&n) && known.identity.platform == event.identity.platform {
            known.identity = event.identity.clone();
        }
        known == *event
    }

    fn decide(&mut self, is_released: bool, next: i64) {
        let Some(&n) = self.model.queue.first() else { return };
        let verdict = if is_released { Verdict::Release } else { Verdict::Dismiss };
        let decided = Decided { key: key(n), verdict, actor: None, reason: Some("seen to".to_owned()) };
        match wait(self.ledger.decide(decided)) {
            Ok(seq) => assert_eq!((seq, true), (next, self.model.decide(n, is_released, next))),
            Err(LedgerError::Rejected(why)) => assert!(!self.model.decide(n, is_released, next), "{why}"),
            Err(error) => panic!("{error}"),
        }
    }

    fn open(&mut self, who: usize, what: usize, delta: i64, next: i64) {
        let id = wait(self.ledger.id()).unwrap();
        let (identity, asset) = (identity(WHO[who]), asset(WHAT[what]));
        let key = onepurse_core::EventKey::opening(id, &identity, &asset);
        let event = onepurse_core::Event { key, asset, ..opening(id, WHO[who], delta) };
        let model = &mut self.model;
        match self.ledger.enter(&[event]).remove(0) {
            Outcome::Known { .. } => assert!(model.opened.contains(&(who, what))),
            Outcome::Entered { .. } => {
                assert!(model.opened.insert((who, what)) && model.change(who, what, delta, next, true));
            }
            Outcome::Quarantined(_) if model.waiting.contains(&(who, what)) => {}
            Outcome::Quarantined(why) => {
                let is_wrong = model.change(who, what, delta, next, true);
                assert!(model.waiting.insert((who, what)) && !is_wrong, "{why}");
            }
        }
    }

    fn orders(&mut self, n: u64, deeds: &[Deed], said_at: i64) {
        let head = self.ledger.end().seq;
        let orders: Vec<_> = (n..).zip(deeds).map(|(n, deed)| (n, deed.order(n, said_at))).collect();
        let filled =
            wait(self.ledger.order(orders.iter().map(|(_, order)| order.clone()).collect())).unwrap();
        assert_eq!(filled.len(), orders.len());
        let mut next = head + 1;
        for ((n, order), filled) in orders.iter().zip(filled) {
            let should = self.model.order(*n, order, next, head);
            let done = filled.as_ref().map(|receipt| {
                let entries = (*receipt.entries.start(), *receipt.entries.end());
                let model::Request::Order(_, known) = &self.model.requests[n] else { panic!("{order:?}") };
                assert_eq!(entries, *known, "{order:?}");
                assert_eq!(receipt.was_known, entries.0 < next, "{order:?}");
                if receipt.was_known { 0 } else { entries.1 - entries.0 + 1 }
            });
            assert_eq!(done.map_err(onepurse_core::Rejection::name), should, "{order:?}");
            next += should.unwrap_or_default();
        }
        assert_eq!(self.ledger.end().seq + 1, next, "no more was written");
    }

    /// The ledger is sound, everyone has what they should have, and all coins together changed only as the step says.
    fn check(&self, step: &Step, before: Sums) {
        self.ledger.assert_sound();
        for (at, who) in WHO.iter().enumerate() {
            let purse = wait(self.ledger.purse_of(identity(who))).unwrap();
            let seen = purse.map(|purse| {
                let sharing = purse.identities.iter().map(ToString::to_string).collect();
                let there = purse.balances.iter();
                (sharing, there.map(|(what, has)| (what.as_str().to_owned(), has.units())).collect())
            });
            assert_eq!(seen, self.model.purse(at), "{who} after {step:?}");
        }
        let filter = EntryFilter { limit: u32::MAX >> 1, ..EntryFilter::default() };
        let entries = wait(self.ledger.entries(filter)).unwrap();
        let sum_of = |name: &str| -> i128 {
            let deltas = entries.iter().filter(|entry| entry.asset.as_str() == name);
            deltas.map(|entry| i128::from(entry.delta.units())).sum()
        };
        let sums: Sums = [WHAT[0], WHAT[1], WHAT[2]].map(sum_of);
        assert_eq!(sums, self.model.sums, "{step:?}");
        if matches!(step, Step::Link(..) | Step::Unlink(_) | Step::Redeem(..) | Step::Forget(_)) {
            // What is summed stays as it is; of what is not, some may go, and never any debts with it.
            assert_eq!(sums[0], before[0], "{step:?} makes coins");
        }
    }
}
