use onepurse_core::{Amount, AssetName, EntryKind, EventKey, PurseId, Rejection};

use super::{
    AssetId, Flaw, Known,
    writing::{Draft, Writing},
};
use crate::{Link, Unlink};

/// The entries of one link, or of its end, whose keys follow from the request's.
pub(super) struct Joining<'a> {
    key: EventKey,
    kind: EntryKind,
    actor: &'a Option<String>,
    reason: &'a Option<String>,
    writing: &'a mut Writing,
    made: u32,
}

impl<'a> Joining<'a> {
    pub(super) fn of(link: &'a Link, writing: &'a mut Writing) -> Self {
        let Link { key, actor, reason, .. } = link;
        Self { key: *key, kind: EntryKind::Link, actor, reason, writing, made: 0 }
    }

    pub(super) fn end_of(unlink: &'a Unlink, writing: &'a mut Writing) -> Self {
        let Unlink { key, actor, reason, .. } = unlink;
        Self { key: *key, kind: EntryKind::Unlink, actor, reason, writing, made: 0 }
    }

    /// An entry of zero, so that everyone who shares the purse hears of the move.
    pub(super) fn touch(&mut self, purse: PurseId, identity: &Known) -> Result<(), Flaw> {
        let facts = &self.writing.facts;
        let there = |(_, asset): &(&AssetName, &AssetId)| facts.people.tally(purse, **asset).is_some();
        let first = facts.assets.iter().filter(there).min_by_key(|(_, asset)| **asset);
        let (name, balance) = match first {
            Some((name, asset)) => (name.clone(), facts.balance(purse, *asset)),
            None => return Err(Flaw::Damaged(format!("purse {purse} has identities and no balance"))),
        };
        self.enter(self.kind, purse, identity, &name, Amount::ZERO, balance)
    }

    /// An entry of nothing in a purse that has nothing of the asset yet.
    pub(super) fn begin(&mut self, purse: PurseId, identity: &Known, name: &AssetName) -> Result<(), Flaw> {
        self.enter(self.kind, purse, identity, name, Amount::ZERO, Amount::ZERO)
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
        let key = self.key.derived(self.made);
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
            actor: self.actor.clone(),
            reason: self.reason.clone(),
        });
        Ok(())
    }
}
