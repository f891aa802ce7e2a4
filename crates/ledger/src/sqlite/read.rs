use onepurse_core::{Entry, EventKey, Identity, Platform, PurseId};
use rusqlite::{OptionalExtension, Transaction};

use super::{
    fault::Fault,
    identity,
    row::{self, ENTRY},
};
use crate::{EntryFilter, Purse};

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

/// Everyone in a purse, sorted.
pub(super) fn names(snapshot: &Transaction, id: PurseId) -> Result<Vec<Identity>, Fault> {
    Ok(identity::sharing(snapshot, id)?.into_iter().map(|known| known.identity).collect())
}

/// The newest entries of a purse before an entry, as many as are asked for of each asset.
const IN_PURSE: &str = "entry.seq IN (
    WITH RECURSIVE walk (seq, asked) AS (
        SELECT last_seq, last_seq < ?2 FROM balance WHERE purse = ?1
        UNION ALL
        SELECT entry.previous, walk.asked + (entry.previous < ?2)
        FROM walk JOIN entry ON entry.seq = walk.seq WHERE entry.previous > 0 AND walk.asked < ?3
    )
    SELECT seq FROM walk WHERE seq < ?2)";

/// Entries, newest first.
pub(super) fn entries(snapshot: &Transaction, filter: &EntryFilter) -> Result<Vec<Entry>, Fault> {
    let narrow = if filter.purse.is_some() { IN_PURSE } else { "?1 IS NULL" };
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
    let [first, last] = EventKey::within(captured_ms);
    let counted: u32 = snapshot
        .prepare_cached(
            "SELECT count(*) FROM (
                 SELECT 1 FROM entry INDEXED BY entry_captured JOIN identity ON identity.id = entry.identity
                 WHERE entry.captured_ms = ?2 AND entry.kind IN ('opening', 'reversal') AND entry.kind = 'opening'
                   AND identity.platform = ?1
                 UNION ALL
                 SELECT 1 FROM entry INDEXED BY entry_key JOIN identity ON identity.id = entry.identity
                 WHERE entry.key BETWEEN ?3 AND ?4 AND entry.kind IN ('change', 'repair')
                   AND identity.platform = ?1
                 LIMIT 10)",
        )?
        .query_one((platform.as_str(), captured_ms, first.0, last.0), |row| row.get(0))?;
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
    let [first, last] = EventKey::within(captured_ms);
    snapshot
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM entry INDEXED BY entry_key
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.key BETWEEN ?4 AND ?5 AND entry.kind = 'change' AND identity.platform = ?1
               AND entry.seq > ?2
             ORDER BY entry.seq LIMIT ?3"
        ))?
        .query_and_then((platform.as_str(), after_seq, limit, first.0, last.0), row::entry)?
        .collect()
}
