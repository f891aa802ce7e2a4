use onepurse_core::{Amount, EntryKind, Event, EventKind, Random, Rejection, rules};

use super::{
    Facts, Flaw, Plan,
    append::{Batch, What},
    writing::Writing,
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
    batch.enter(event, what(event, decided))?;
    batch.writing.plan.decided.push(event.key);
    Ok(batch.writing.finish())
}

/// A change that is released meets the overdraft policy as any other.
fn what(event: &Event, decided: &Decided) -> What {
    let (kind, delta) = match (decided.verdict, event.kind) {
        (Verdict::Release, kind) => (kind.into(), event.delta),
        // Of an opening there is one, whatever its amount.
        (Verdict::Dismiss, EventKind::Opening) => (EntryKind::Opening, Amount::ZERO),
        (Verdict::Dismiss, _) => (EntryKind::Dismissal, Amount::ZERO),
    };
    let reason = decided.reason.clone().or_else(|| event.reason.clone());
    What { kind, delta, actor: decided.actor.clone(), reason }
}
