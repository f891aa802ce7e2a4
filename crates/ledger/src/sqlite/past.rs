//! What somebody had in the past.

use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Identity, PurseId};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::{Past, plan::last_by};

/// What an identity had at this time, if it had a purse by then.
pub(super) fn past_of(
    snapshot: &Transaction,
    identity: &Identity,
    at_ms: i64,
) -> Result<Option<Past>, Fault> {
    let mut time = snapshot.prepare_cached("SELECT at_ms FROM entry WHERE seq = ?1")?;
    let mut search = last_by(row::head(snapshot)?.seq, at_ms);
    while let Some(seq) = search.asks() {
        search.hears(time.query_one([seq], |row| row.get(0))?);
    }
    let seq = search.found();
    let Some(purse) = purse_at(snapshot, identity, seq)? else { return Ok(None) };
    let balances = balances_at(snapshot, purse, seq)?;
    Ok((!balances.is_empty()).then_some(Past { seq, purse, balances }))
}

/// Who has moved since leaves an entry in the purse that they came to, and right after it one in the purse that they left.
fn purse_at(snapshot: &Transaction, identity: &Identity, seq: i64) -> Result<Option<PurseId>, Fault> {
    Ok(snapshot
        .prepare_cached(
            "SELECT ifnull(
                 (SELECT source.purse FROM entry AS source WHERE source.seq = 1 + (
                      SELECT min(moved.seq) FROM entry AS moved NOT INDEXED
                      WHERE moved.seq > ?3 AND moved.kind IN ('link', 'unlink') AND moved.identity = identity.id)),
                 identity.purse) AS purse
             FROM identity WHERE platform = ?1 AND external = ?2",
        )?
        .query_one((identity.platform.as_str(), identity.external.as_str(), seq), |row| row.get(0))
        .optional()?
        .map(PurseId))
}

fn balances_at(
    snapshot: &Transaction,
    purse: PurseId,
    seq: i64,
) -> Result<BTreeMap<AssetName, Amount>, Fault> {
    let balance = |row: &Row| Ok((row::asset(row, "asset")?, row::amount(row, "amount")?));
    snapshot
        .prepare_cached(
            "WITH RECURSIVE walk (seq) AS (
                 SELECT last_seq FROM balance WHERE purse = ?1
                 UNION ALL
                 SELECT entry.previous FROM walk JOIN entry ON entry.seq = walk.seq WHERE walk.seq > ?2
             )
             SELECT asset.name AS asset, entry.balance AS amount
             FROM walk JOIN entry ON entry.seq = walk.seq JOIN asset ON asset.id = entry.asset
             WHERE walk.seq <= ?2",
        )?
        .query_and_then((purse.0, seq), balance)?
        .collect()
}
