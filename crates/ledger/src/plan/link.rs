use std::collections::BTreeMap;

use onepurse_core::{
    Amount, AssetName, EntryKind, Identity, PurseId, Rejection,
    rules::{self, Side},
};

use super::{
    AssetId, Facts, Flaw, Known, Plan,
    writing::{Draft, Writing},
};
use crate::Link;

/// Makes two purses one: everyone who moves leaves an entry in both, and so does every asset. `facts` name everyone in
/// the two purses and everything in them. A request that was done before plans nothing.
pub(crate) fn link(facts: Facts, link: &Link, now_ms: i64) -> Result<Plan, Flaw> {
    if link.stays == link.joins {
        return Err(Rejection::SameIdentity(link.stays.clone()).into());
    }
    if let Some(logged) = facts.logged.get(&link.key.derived(0)) {
        if logged.kind != EntryKind::Link || logged.identity != link.joins {
            return Err(Rejection::SameKeyDifferentContent.into());
        }
        return Ok(Writing::begin(facts, now_ms).finish());
    }
    let seen = |identity: &Identity| {
        facts.identities.get(identity).cloned().ok_or_else(|| Rejection::IdentityUnknown(identity.clone()))
    };
    let (stays, joins) = (seen(&link.stays)?, seen(&link.joins)?);
    if stays.purse == joins.purse {
        return Err(Rejection::AlreadyLinked(stays.identity, joins.identity).into());
    }
    let moves = rules::merge(&side(&facts, stays.purse), &side(&facts, joins.purse))?;

    // The one who was named comes first: the request is known again by its first entry.
    let mut moving = sharing(&facts, joins.purse);
    moving.sort_by_key(|known| known.identity != joins.identity);
    let mut joining = Joining { link, writing: Writing::begin(facts, now_ms), made: 0 };
    for known in &moving {
        joining.touch(stays.purse, known)?;
        joining.touch(joins.purse, known)?;
    }
    for step in &moves {
        if !step.leaving.is_zero() {
            joining.shift(joins.purse, &joins, &step.asset, step.leaving, Amount::ZERO)?;
        }
        joining.shift(stays.purse, &joins, &step.asset, step.coming, step.balance)?;
    }
    joining.writing.plan.joined = Some((joins.purse, stays.purse));
    Ok(joining.writing.finish())
}

/// Everyone in a purse, sorted.
fn sharing(facts: &Facts, purse: PurseId) -> Vec<Known> {
    let mut sharing: Vec<_> =
        facts.identities.values().filter(|known| known.purse == purse).cloned().collect();
    sharing.sort_by(|one, other| one.identity.cmp(&other.identity));
    sharing
}

fn side(facts: &Facts, purse: PurseId) -> Side {
    let balance = |(name, asset): (&AssetName, &AssetId)| {
        facts.balances.get(&(purse, *asset)).map(|amount| (name.clone(), *amount))
    };
    let balances: BTreeMap<_, _> = facts.assets.iter().filter_map(balance).collect();
    Side { identities: sharing(facts, purse).into_iter().map(|known| known.identity).collect(), balances }
}

struct Joining<'a> {
    link: &'a Link,
    writing: Writing,
    made: u32,
}

impl Joining<'_> {
    /// An entry of zero, so that everyone who shares the purse hears of the move.
    fn touch(&mut self, purse: PurseId, identity: &Known) -> Result<(), Flaw> {
        let facts = &self.writing.facts;
        let there = |(_, asset): &(&AssetName, &AssetId)| facts.balances.contains_key(&(purse, **asset));
        let first = facts.assets.iter().filter(there).min_by_key(|(_, asset)| **asset);
        let (name, balance) = match first {
            Some((name, asset)) => (name.clone(), facts.balance(purse, *asset)),
            None => return Err(Flaw::Damaged(format!("purse {purse} has identities and no balance"))),
        };
        self.enter(EntryKind::Link, purse, identity, &name, Amount::ZERO, balance)
    }

    fn shift(
        &mut self,
        purse: PurseId,
        identity: &Known,
        name: &AssetName,
        delta: Amount,
        balance: Amount,
    ) -> Result<(), Flaw> {
        self.enter(EntryKind::Merge, purse, identity, name, delta, balance)
    }

    fn enter(
        &mut self,
        kind: EntryKind,
        purse: PurseId,
        identity: &Known,
        name: &AssetName,
        delta: Amount,
        balance: Amount,
    ) -> Result<(), Flaw> {
        let unknown = || Rejection::UnknownAsset(name.clone());
        let asset = *self.writing.facts.assets.get(name).ok_or_else(unknown)?;
        let key = self.link.key.derived(self.made);
        self.made += 1;
        self.writing.enter(Draft {
            key,
            kind,
            purse,
            identity,
            asset: (asset, name),
            delta,
            balance,
            captured_ms: self.writing.plan.now_ms,
            actor: self.link.actor.clone(),
            reason: self.link.reason.clone(),
        });
        Ok(())
    }
}
