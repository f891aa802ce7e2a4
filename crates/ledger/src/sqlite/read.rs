use onepurse_core::{Amount, AssetName, Entry, Identity, Platform, PurseId};
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

/// Entries after `after_seq`, oldest first.
pub(super) fn log(snapshot: &Transaction, after_seq: i64, limit: u32) -> Result<Vec<Entry>, Fault> {
    snapshot
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM entry JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.seq > ?1 ORDER BY entry.seq LIMIT ?2"
        ))?
        .query_and_then((after_seq, limit), row::entry)?
        .collect()
}

/// The changes of the platform that carry this very millisecond, oldest first.
pub(super) fn captured_in(
    snapshot: &Transaction,
    platform: &Platform,
    captured_ms: i64,
    after_seq: i64,
    limit: u32,
) -> Result<Vec<Entry>, Fault> {
    snapshot
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM entry INDEXED BY entry_captured
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.captured_ms = ?2 AND entry.kind = 'change' AND identity.platform = ?1
               AND entry.seq > ?3
             ORDER BY entry.seq LIMIT ?4"
        ))?
        .query_and_then((platform.as_str(), captured_ms, after_seq, limit), row::entry)?
        .collect()
}

/// The purses that somebody has with less than nothing of an asset, the deepest first.
pub(super) fn debts(snapshot: &Transaction, asset: &AssetName, limit: u32) -> Result<Vec<Rank>, Fault> {
    let mut statement = snapshot.prepare_cached(
        "SELECT balance.purse, balance.amount FROM balance
         WHERE balance.asset = (SELECT id FROM asset WHERE name = ?1) AND balance.amount < 0
           AND EXISTS (SELECT 1 FROM identity WHERE identity.purse = balance.purse)
         ORDER BY balance.amount, balance.purse LIMIT ?2",
    )?;
    let debts = statement.query_and_then((asset.as_str(), limit), |row| {
        Ok::<_, Fault>((row::purse(row, "purse")?, row::amount(row, "amount")?))
    })?;
    ranked(snapshot, 1, debts)
}

fn ranked(
    snapshot: &Transaction,
    first: u64,
    ranks: impl Iterator<Item = Result<(PurseId, Amount), Fault>>,
) -> Result<Vec<Rank>, Fault> {
    (first..)
        .zip(ranks)
        .map(|(place, rank)| {
            let (purse, amount) = rank?;
            Ok(Rank { place, purse, identities: names(snapshot, purse)?, amount })
        })
        .collect()
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
    ranked(snapshot, u64::from(offset) + 1, ranks)
}
