use onepurse_core::{
    Amount, EntryKind, Event, EventKey, EventKind, Identity, IdentityTag, PurseId, Random, Rejection, rules,
};

use super::{
    Facts, Known, Newcomer, Plan,
    writing::{Draft, Writing},
};
use crate::Outcome;

/// Why spending was undone by itself.
const OVERDRAFT: &str = "below zero";

/// Takes the events in, in their order. What one of them changes, the next one sees.
pub(crate) fn append(facts: Facts, events: &[Event], now_ms: i64, random: &dyn Random) -> Plan {
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    batch.writing.expect(events.len());
    for event in events {
        let outcome = batch.take(event);
        batch.writing.plan.outcomes.push(outcome);
    }
    batch.writing.finish()
}

/// What becomes of an event in the log.
pub(super) struct What {
    pub(super) kind: EntryKind,
    pub(super) delta: Amount,
    pub(super) actor: Option<String>,
    pub(super) reason: Option<String>,
}

impl What {
    /// What it says itself.
    fn of(event: &Event) -> Self {
        Self { kind: event.kind.into(), delta: event.delta, actor: None, reason: event.reason.clone() }
    }
}

/// Events on their way into the log.
pub(super) struct Batch<'a> {
    pub(super) writing: Writing,
    pub(super) random: &'a dyn Random,
}

impl Batch<'_> {
    pub(super) fn take(&mut self, event: &Event) -> Outcome {
        if let Some(outcome) = self.in_log(event) {
            return outcome;
        }
        if let Some(rejection) = self.writing.facts.waiting.get(&event.key) {
            return Outcome::Quarantined(rejection.clone());
        }
        match self.enter(event, What::of(event)) {
            Ok(seq) => Outcome::Entered { seq },
            Err(rejection) => {
                self.writing.facts.waiting.insert(event.key, rejection.clone());
                self.writing.plan.quarantined.push((event.clone(), rejection.clone()));
                Outcome::Quarantined(rejection)
            }
        }
    }

    /// What the log says of the event's key; or, of an opening, of the one opening that there is.
    fn in_log(&self, event: &Event) -> Option<Outcome> {
        let facts = &self.writing.facts;
        if let Some(logged) = facts.logged.get(&event.key) {
            let same = logged.is(event).then_some(Outcome::Known { seq: logged.seq });
            return same.or(Some(Outcome::Quarantined(Rejection::SameKeyDifferentContent)));
        }
        if event.kind != EventKind::Opening {
            return None;
        }
        let (asset, known) = (facts.assets.get(&event.asset)?, facts.people.known(&event.identity)?);
        facts.openings.get(&(known.id, *asset)).map(|&seq| Outcome::Known { seq })
    }

    /// Nothing is planned before the rules have said yes.
    pub(super) fn enter(&mut self, event: &Event, what: What) -> Result<i64, Rejection> {
        let What { kind, delta, actor, reason } = what;
        let facts = &self.writing.facts;
        let unknown = || Rejection::UnknownAsset(event.asset.clone());
        let asset = *facts.assets.get(&event.asset).ok_or_else(unknown)?;
        let known = facts.people.known(&event.identity).cloned();
        let before = known.as_ref().map(|known| facts.balance(known.purse, asset)).unwrap_or_default();
        let balance = rules::enter(&event.asset, before, delta)?;
        let overdraft = facts.overdrafts.get(&asset).copied().unwrap_or_default();
        let identity = known.unwrap_or_else(|| self.welcome(&event.identity));
        let key = match kind {
            EntryKind::Opening => EventKey::opened(identity.tag, &event.asset),
            _ => event.key,
        };
        let seq = self.writing.enter(Draft {
            key,
            kind,
            purse: identity.purse,
            identity: &identity,
            asset: (asset, &event.asset),
            delta,
            balance,
            captured_ms: event.captured_ms,
            actor,
            reason,
        });
        let back = delta.checked_neg().filter(|_| kind == EntryKind::Change);
        if let Some(back) = back.filter(|_| rules::is_undone(overdraft, delta, balance)) {
            self.writing.enter(Draft {
                key: key.reversal(),
                kind: EntryKind::Reversal,
                purse: identity.purse,
                identity: &identity,
                asset: (asset, &event.asset),
                delta: back,
                balance: before,
                captured_ms: event.captured_ms,
                actor: None,
                reason: Some(OVERDRAFT.to_owned()),
            });
        }
        Ok(seq)
    }

    /// An identity that was never seen gets a purse of its own.
    pub(super) fn welcome(&mut self, identity: &Identity) -> Known {
        let purse = self.writing.new_purse();
        self.welcome_into(purse, identity)
    }

    /// An identity that was never seen comes into a purse that is new, too.
    pub(super) fn welcome_into(&mut self, purse: PurseId, identity: &Identity) -> Known {
        let Writing { facts, plan, .. } = &mut self.writing;
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        facts.last_identity += 1;
        let known = Known {
            id: facts.last_identity,
            identity: identity.clone(),
            purse,
            tag: IdentityTag::of(salt, identity),
        };
        facts.people.note(known.clone());
        plan.newcomers.push(Newcomer { known: known.clone(), salt });
        known
    }
}
