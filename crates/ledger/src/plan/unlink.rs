use onepurse_core::{AssetName, EntryKind, PurseId, Rejection};

use super::{Facts, Flaw, Known, Logged, Plan, joining::Joining, link::sharing, writing::Writing};
use crate::Unlink;

/// Takes one out of the purse that they share. `facts` name everyone in it and everything in it. A request that was done
/// before plans nothing.
pub(crate) fn unlink(facts: Facts, unlink: &Unlink, now_ms: i64) -> Result<Plan, Flaw> {
    leave(facts, unlink, now_ms, |facts, leaving| {
        let is_shared = sharing(facts, leaving.purse).len() > 1;
        is_shared.then_some(()).ok_or_else(|| Rejection::NotLinked(leaving.identity.clone()))
    })
}

/// Takes one out of their purse, if they `may`: an entry of nothing for every asset in the new purse, one in the old.
pub(super) fn leave(
    facts: Facts,
    unlink: &Unlink,
    now_ms: i64,
    may: impl FnOnce(&Facts, &Known) -> Result<(), Rejection>,
) -> Result<Plan, Flaw> {
    let is_same = |logged: &Logged| logged.kind == EntryKind::Unlink && logged.identity == unlink.identity;
    if facts.logged.get(&unlink.key.derived(0)).is_some_and(is_same) {
        return Ok(Writing::begin(facts, now_ms).finish());
    }
    if facts.is_used(unlink.key) {
        return Err(Rejection::SameKeyDifferentContent.into());
    }
    let leaving = facts.people.known(&unlink.identity).cloned();
    let leaving = leaving.ok_or_else(|| Rejection::IdentityUnknown(unlink.identity.clone()))?;
    may(&facts, &leaving)?;
    let assets = assets_in(&facts, leaving.purse);
    let (first, others) = assets
        .split_first()
        .ok_or_else(|| Flaw::Damaged(format!("purse {} has identities and no balance", leaving.purse)))?;
    let mut writing = Writing::begin(facts, now_ms);
    let own = writing.new_purse();
    let mut parting = Joining::end_of(unlink, &mut writing);
    // As with a link, the purse that is left comes right after the one that is come to.
    parting.begin(own, &leaving, first)?;
    parting.touch(leaving.purse, &leaving)?;
    for asset in others {
        parting.begin(own, &leaving, asset)?;
    }
    writing.plan.parted = Some((leaving.id, own));
    Ok(writing.finish())
}

/// What the purse has ever had, in the order of the assets.
fn assets_in(facts: &Facts, purse: PurseId) -> Vec<AssetName> {
    let mut assets: Vec<_> =
        facts.assets.iter().filter(|(_, asset)| facts.people.tally(purse, **asset).is_some()).collect();
    assets.sort_by_key(|(_, asset)| **asset);
    assets.into_iter().map(|(name, _)| name.clone()).collect()
}
