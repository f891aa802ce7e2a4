use onepurse_core::{Identity, Rejection};

use super::{Facts, Flaw, Known, Plan, link::sharing, unlink::leave};
use crate::Unlink;

/// Takes one out of their purse, be they alone in it or not, so that their platform hears that they have nothing.
pub(crate) fn part(facts: Facts, unlink: &Unlink, now_ms: i64) -> Result<Plan, Flaw> {
    leave(facts, unlink, now_ms, |_, _| Ok(()))
}

/// Who may be erased: somebody who has nothing, alone, and of whom the last entry in their purse is. What others did there
/// last would tell a platform that has not heard of it of nobody. `facts` name everyone in their purse and everything in it;
/// `last` is whose the last entry in it is.
pub(crate) fn erase(facts: &Facts, identity: &Identity, last: Option<i64>) -> Result<Known, Flaw> {
    let known = facts.people.known(identity);
    let known = known.ok_or_else(|| Rejection::IdentityUnknown(identity.clone()))?;
    let has_something = facts.people.in_purse(known.purse).iter().any(|(_, tally)| !tally.amount.is_zero());
    if has_something || sharing(facts, known.purse).len() > 1 || last != Some(known.id) {
        return Err(Rejection::NotParted(identity.clone()).into());
    }
    Ok(known.clone())
}
