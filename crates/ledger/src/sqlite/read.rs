use onepurse_core::{AssetName, Entry, Identity, Platform, PurseId};
use rusqlite::{OptionalExtension, Transaction};

use super::{
    fault::Fault,
    identity,
    row::{self, ENTRY},
};
use crate::{EntryFilter, Purse, Rank};

/// The purse of an identity, if it was ever seen.
pub(super) fn purse_of(snapshot: &Transaction, identity: &Identity) -> Result<Option<Purse>, Fault> {
    match identity::find(snapshot, identity)? {
        Some(known) => purse(snapshot, known.purse),
        None => Ok(None),
    }
}

/// A purse by its number; also one that was merged into another, with nobody in it.
pub(super) fn purse(snapshot: &Transaction, id: PurseId) -> Result<Option<Purse>, Fault> {
    let exists: bool = snapshot
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM purse WHERE id = ?1)")?
        .query_one([id.0], |row| row.get(0))?;
    if !exists {
        return Ok(None);
    }
    let balances = identity::balances(snapshot, id)?;
    Ok(Some(Purse { id, identities: names(snapshot, id)?, balances }))
}

fn names(snapshot: &Transaction, id: PurseId) -> Result<Vec<Identity>, Fault> {
    Ok(identity::sharing(snapshot, id)?.into_iter().map(|known| known.identity).collect())
}

/// Entries, newest first.
pub(super) fn entries(snapshot: &Transaction, filter: &EntryFilter) -> Result<Vec<Entry>, Fault> {
    let narrow = if filter.purse.is_some() { "entry.purse = ?1" } else { "?1 IS NULL" };
    snapshot
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM entry JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE {narrow} AND entry.seq < ?2 ORDER BY entry.seq DESC LIMIT ?3"
        ))?
        .query_and_then(
            (filter.purse.map(|purse| purse.0), filter.before_seq.unwrap_or(i64::MAX), filter.limit),
            row::entry,
        )?
        .collect()
}

/// The first entry after `seq`.
pub(super) fn entry_after(snapshot: &Transaction, seq: i64) -> Result<Option<Entry>, Fault> {
    snapshot
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM entry JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.seq > ?1 ORDER BY entry.seq LIMIT 1"
        ))?
        .query_one([seq], |row| Ok(row::entry(row)))
        .optional()?
        .transpose()
}

/// How many events of the platform carry this very millisecond, up to 10.
pub(super) fn captured_with(
    snapshot: &Transaction,
    platform: &Platform,
    captured_ms: i64,
) -> Result<u64, Fault> {
    let counted: u32 = snapshot
        .prepare_cached(
            "SELECT count(*) FROM (
                 SELECT 1 FROM entry JOIN identity ON identity.id = entry.identity
                 WHERE entry.captured_ms = ?2 AND entry.kind IN ('opening', 'change', 'repair')
                   AND identity.platform = ?1 LIMIT 10)",
        )?
        .query_one((platform.as_str(), captured_ms), |row| row.get(0))?;
    Ok(u64::from(counted))
}

/// The purses with the most of an asset that somebody has; of equals, the older purse first.
pub(super) fn leaderboard(
    snapshot: &Transaction,
    asset: &AssetName,
    offset: u32,
    limit: u32,
) -> Result<Vec<Rank>, Fault> {
    let mut statement = snapshot.prepare_cached(
        "SELECT balance.purse, balance.amount FROM balance
         WHERE balance.asset = (SELECT id FROM asset WHERE name = ?1)
           AND EXISTS (SELECT 1 FROM identity WHERE identity.purse = balance.purse)
         ORDER BY balance.amount DESC, balance.purse LIMIT ?3 OFFSET ?2",
    )?;
    let ranks = statement.query_and_then((asset.as_str(), offset, limit), |row| {
        Ok::<_, Fault>((row::purse(row, "purse")?, row::amount(row, "amount")?))
    })?;
    let places = u64::from(offset) + 1..;
    places
        .zip(ranks)
        .map(|(place, rank)| {
            let (purse, amount) = rank?;
            Ok(Rank { place, purse, identities: names(snapshot, purse)?, amount })
        })
        .collect()
}
