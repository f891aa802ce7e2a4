use onepurse_core::{Amount, AssetName, EntryKind, PurseId, Rejection};

use super::{
    AssetId, Flaw, Known,
    writing::{Draft, Writing},
};
use crate::Link;

/// The entries of one link, whose keys follow from the request's.
pub(super) struct Joining<'a> {
    link: &'a Link,
    writing: &'a mut Writing,
    made: u32,
}

impl<'a> Joining<'a> {
    pub(super) fn of(link: &'a Link, writing: &'a mut Writing) -> Self {
        Self { link, writing, made: 0 }
    }

    /// An entry of zero, so that everyone who shares the purse hears of the move.
    pub(super) fn touch(&mut self, purse: PurseId, identity: &Known) -> Result<(), Flaw> {
        let facts = &self.writing.facts;
        let there = |(_, asset): &(&AssetName, &AssetId)| facts.balances.contains_key(&(purse, **asset));
        let first = facts.assets.iter().filter(there).min_by_key(|(_, asset)| **asset);
        let (name, balance) = match first {
            Some((name, asset)) => (name.clone(), facts.balance(purse, *asset)),
            None => return Err(Flaw::Damaged(format!("purse {purse} has identities and no balance"))),
        };
        self.enter(EntryKind::Link, purse, identity, &name, Amount::ZERO, balance)
    }

    pub(super) fn shift(
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
