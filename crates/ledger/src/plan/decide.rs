use onepurse_core::{Amount, EntryKind, Event, EventKind, Random, Rejection, rules};

use super::{
    Facts, Flaw, Plan,
    append::Batch,
    writing::{Draft, Writing},
};
use crate::{Decided, Verdict};

/// Makes an entry of an event that waited in quarantine: what it says, or nothing. `facts` are those of the event.
pub(crate) fn decide(
    mut facts: Facts,
    event: &Event,
    decided: &Decided,
    now_ms: i64,
    random: &dyn Random,
) -> Result<Plan, Flaw> {
    if facts.waiting.remove(&event.key).is_none() {
        return Err(Rejection::NotInQuarantine(event.key).into());
    }
    if decided.verdict == Verdict::Dismiss && !rules::is_said(decided.reason.as_deref()) {
        return Err(Rejection::ReasonMissing.into());
    }
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    batch.settle(event, decided)?;
    batch.writing.plan.decided.push(event.key);
    Ok(batch.writing.finish())
}

impl Batch<'_> {
    fn settle(&mut self, event: &Event, decided: &Decided) -> Result<(), Rejection> {
        let (kind, delta) = match (decided.verdict, event.kind) {
            (Verdict::Release, kind) => (kind.into(), event.delta),
            // Of an opening there is one, whatever its amount.
            (Verdict::Dismiss, EventKind::Opening) => (EntryKind::Opening, Amount::ZERO),
            (Verdict::Dismiss, _) => (EntryKind::Dismissal, Amount::ZERO),
        };
        let facts = &self.writing.facts;
        let unknown = || Rejection::UnknownAsset(event.asset.clone());
        let asset = *facts.assets.get(&event.asset).ok_or_else(unknown)?;
        let known = facts.identities.get(&event.identity).cloned();
        let before = known.as_ref().map(|known| facts.balance(known.purse, asset)).unwrap_or_default();
        let balance = rules::enter(&event.asset, before, delta)?;
        let identity = known.unwrap_or_else(|| self.welcome(&event.identity));
        self.writing.enter(Draft {
            key: event.key,
            kind,
            purse: identity.purse,
            identity: &identity,
            asset: (asset, &event.asset),
            delta,
            balance,
            captured_ms: event.captured_ms,
            actor: decided.actor.clone(),
            reason: decided.reason.clone().or_else(|| event.reason.clone()),
        });
        Ok(())
    }
}
