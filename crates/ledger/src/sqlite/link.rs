use onepurse_core::{
    Amount, AssetName, Cursor, EntryKind, Identity, PurseId, Rejection,
    rules::{self, Side},
};
use rusqlite::{OptionalExtension, Transaction};

use super::{
    asset,
    fault::Fault,
    identity::{self, Known},
    row,
    writing::{AssetId, Draft, Writing},
};
use crate::Link;

/// Makes two purses one. Everyone who moves leaves an entry in both, and so does every asset.
pub(super) fn link(transaction: &Transaction, link: &Link, now_ms: i64) -> Result<Cursor, Fault> {
    if link.stays == link.joins {
        return Err(Rejection::SameIdentity(link.stays.clone()).into());
    }
    if was_done(transaction, link)? {
        return row::head(transaction);
    }
    let seen = |identity: &Identity| -> Result<Known, Fault> {
        let unknown = || Rejection::IdentityUnknown(identity.clone());
        Ok(identity::find(transaction, identity)?.ok_or_else(unknown)?)
    };
    let (stays, joins) = (seen(&link.stays)?, seen(&link.joins)?);
    if stays.purse == joins.purse {
        return Err(Rejection::AlreadyLinked(stays.identity, joins.identity).into());
    }
    let mut moving = identity::sharing(transaction, joins.purse)?;
    let staying = Side {
        identities: names(&identity::sharing(transaction, stays.purse)?),
        balances: identity::balances(transaction, stays.purse)?,
    };
    let going = Side { identities: names(&moving), balances: identity::balances(transaction, joins.purse)? };
    let moves = rules::merge(&staying, &going)?;

    // The one who was named comes first: the request is known again by its first entry.
    moving.sort_by_key(|known| known.identity != joins.identity);
    let writing = Writing::begin(transaction, now_ms)?;
    let mut joining = Joining { transaction, link, writing, made: 0 };
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
    transaction
        .prepare_cached("UPDATE identity SET purse = ?1 WHERE purse = ?2")?
        .execute((stays.purse.0, joins.purse.0))?;
    joining.writing.finish()
}

fn names(known: &[Known]) -> Vec<Identity> {
    known.iter().map(|known| known.identity.clone()).collect()
}

/// True where this very request was done before. Its key with other content is refused.
fn was_done(transaction: &Transaction, link: &Link) -> Result<bool, Fault> {
    let same: Option<bool> = transaction
        .prepare_cached(
            "SELECT entry.kind = 'link' AND identity.platform = ?2 AND identity.external = ?3
             FROM entry JOIN identity ON identity.id = entry.identity WHERE entry.key = ?1",
        )?
        .query_one(
            (link.key.derived(0).0, link.joins.platform.as_str(), link.joins.external.as_str()),
            |row| row.get(0),
        )
        .optional()?;
    match same {
        Some(false) => Err(Rejection::SameKeyDifferentContent.into()),
        found => Ok(found.is_some()),
    }
}

struct Joining<'t> {
    transaction: &'t Transaction<'t>,
    link: &'t Link,
    writing: Writing<'t>,
    made: u32,
}

impl Joining<'_> {
    /// An entry of zero, so that everyone who shares the purse hears of the move.
    fn touch(&mut self, purse: PurseId, identity: &Known) -> Result<(), Fault> {
        let (asset, name) = self.first_asset(purse)?;
        let balance = self.writing.balance(purse, asset)?;
        self.enter(EntryKind::Link, purse, identity, (asset, &name), Amount::ZERO, balance)
    }

    fn shift(
        &mut self,
        purse: PurseId,
        identity: &Known,
        name: &AssetName,
        delta: Amount,
        balance: Amount,
    ) -> Result<(), Fault> {
        let id = asset::id(self.transaction, name)?;
        self.enter(EntryKind::Merge, purse, identity, (id, name), delta, balance)
    }

    fn enter(
        &mut self,
        kind: EntryKind,
        purse: PurseId,
        identity: &Known,
        asset: (AssetId, &AssetName),
        delta: Amount,
        balance: Amount,
    ) -> Result<(), Fault> {
        let key = self.link.key.derived(self.made);
        self.made += 1;
        let (actor, reason) = (self.link.actor.clone(), self.link.reason.clone());
        let captured_ms = self.writing.now_ms;
        let draft = Draft { key, kind, purse, identity, asset, delta, balance, captured_ms, actor, reason };
        self.writing.enter(draft).map(drop)
    }

    fn first_asset(&self, purse: PurseId) -> Result<(AssetId, AssetName), Fault> {
        self.transaction
            .prepare_cached(
                "SELECT asset.id, asset.name FROM balance JOIN asset ON asset.id = balance.asset
                 WHERE balance.purse = ?1 ORDER BY asset.id LIMIT 1",
            )?
            .query_and_then([purse.0], |row| Ok((row.get("id")?, row::asset(row, "name")?)))?
            .next()
            .unwrap_or_else(|| Err(Fault::Damaged(format!("purse {purse} has identities and no balance"))))
    }
}
