use std::collections::BTreeMap;

use onepurse_core::{
    Amount, AssetName, Identity, PurseId, Random, Rejection,
    rules::{self, Side},
};

use super::{AssetId, Facts, Flaw, Known, Plan, Tally, append::Batch, joining::Joining, writing::Writing};
use crate::Link;

/// Makes two purses one: everyone who moves leaves an entry in both, and so does every asset. `facts` name everyone in
/// the two purses and everything in them. A request that was done before plans nothing.
pub(crate) fn link(facts: Facts, link: &Link, now_ms: i64) -> Result<Plan, Flaw> {
    if link.stays == link.joins {
        return Err(Rejection::SameIdentity(link.stays.clone()).into());
    }
    if facts.logged.get(&link.key.derived(0)).is_some_and(|logged| logged.is_link_of(&link.joins)) {
        return Ok(Writing::begin(facts, now_ms).finish());
    }
    if facts.is_used(link.key) {
        return Err(Rejection::SameKeyDifferentContent.into());
    }
    join(Writing::begin(facts, now_ms), link)
}

/// The same of two accounts that one person has shown to have. Who was never seen gets a purse first.
pub(crate) fn prove(facts: Facts, link: &Link, now_ms: i64, random: &dyn Random) -> Result<Plan, Flaw> {
    if link.stays == link.joins {
        return Err(Rejection::SameIdentity(link.stays.clone()).into());
    }
    let first = facts.assets.iter().min_by_key(|(_, asset)| **asset).map(|(_, asset)| *asset);
    let first = first.ok_or_else(|| Flaw::Damaged("it counts nothing".to_owned()))?;
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    for identity in [&link.stays, &link.joins] {
        if batch.writing.facts.people.known(identity).is_none() {
            let known = batch.welcome(identity);
            batch.writing.facts.people.set(known.purse, first, Tally::default());
        }
    }
    let mut plan = join(batch.writing, link)?;
    // A newcomer is stored where they are in the end.
    if let Some((from, into)) = plan.joined {
        for newcomer in plan.newcomers.iter_mut().filter(|newcomer| newcomer.known.purse == from) {
            newcomer.known.purse = into;
        }
    }
    Ok(plan)
}

fn join(mut writing: Writing, link: &Link) -> Result<Plan, Flaw> {
    let facts = &writing.facts;
    let seen = |identity: &Identity| {
        facts.people.known(identity).cloned().ok_or_else(|| Rejection::IdentityUnknown(identity.clone()))
    };
    let (stays, joins) = (seen(&link.stays)?, seen(&link.joins)?);
    if stays.purse == joins.purse {
        return Err(Rejection::AlreadyLinked(stays.identity, joins.identity).into());
    }
    let moves = rules::merge(&side(facts, stays.purse), &side(facts, joins.purse), &facts.merges)?;

    // The one who was named comes first: the request is known again by its first entry.
    let mut moving = sharing(facts, joins.purse);
    moving.sort_by_key(|known| known.identity != joins.identity);
    let mut joining = Joining::of(link, &mut writing);
    for known in &moving {
        joining.touch(stays.purse, known)?;
        joining.touch(joins.purse, known)?;
    }
    for step in &moves {
        if !step.leaving.is_zero() {
            joining.shift(joins.purse, &joins, &step.asset, step.leaving, Amount::ZERO)?;
        }
        // An asset that is new there comes along even as nothing.
        if !step.coming.is_zero() || step.leaving.is_zero() {
            joining.shift(stays.purse, &joins, &step.asset, step.coming, step.balance)?;
        }
    }
    writing.plan.joined = Some((joins.purse, stays.purse));
    Ok(writing.finish())
}

/// Everyone in a purse, sorted.
pub(super) fn sharing(facts: &Facts, purse: PurseId) -> Vec<Known> {
    let mut sharing: Vec<_> = facts.people.all().filter(|known| known.purse == purse).cloned().collect();
    sharing.sort_by(|one, other| one.identity.cmp(&other.identity));
    sharing
}

fn side(facts: &Facts, purse: PurseId) -> Side {
    let balance = |(name, asset): (&AssetName, &AssetId)| {
        facts.people.tally(purse, *asset).map(|tally| (name.clone(), tally.amount))
    };
    let balances: BTreeMap<_, _> = facts.assets.iter().filter_map(balance).collect();
    Side { identities: sharing(facts, purse).into_iter().map(|known| known.identity).collect(), balances }
}
