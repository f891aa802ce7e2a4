use std::collections::BTreeMap;

use onepurse_core::{AssetName, IdentityTag, PurseId};
use rusqlite::{Row, Transaction};

use super::{
    fault::Fault,
    row::{self, ENTRY},
};
use crate::{
    Audit, AuditScope,
    audit::{self, Auditor, Tagged},
    plan::Tally,
};

/// Reads the log in its order and adds everything up again, trusting neither indexes nor sums that are kept.
pub(super) fn audit(snapshot: &Transaction, scope: AuditScope) -> Result<Audit, Fault> {
    let from_seq = scope.from_seq;
    let before = row::hash_of(snapshot, from_seq - 1)?;
    let mut auditor = Auditor::new(scope, row::head(snapshot)?, before);
    let mut statement = snapshot.prepare(&format!(
        "SELECT {ENTRY}, entry.previous FROM entry NOT INDEXED JOIN identity ON identity.id = entry.identity
         JOIN asset ON asset.id = entry.asset WHERE entry.seq >= ?1 ORDER BY entry.seq"
    ))?;
    let mut rows = statement.query([from_seq])?;
    while let Some(row) = rows.next()? {
        auditor.read(&row::entry(row)?, row.get("previous")?);
    }
    for tagged in tagged(snapshot)? {
        auditor.compare_tag(&tagged);
    }
    let mut found = auditor.finish(balances(snapshot)?);
    found.twice = doubled(snapshot, from_seq)?;
    Ok(found)
}

fn balances(snapshot: &Transaction) -> Result<BTreeMap<(PurseId, AssetName), Tally>, Fault> {
    snapshot
        .prepare(
            "SELECT balance.purse, asset.name, balance.amount, balance.last_seq
             FROM balance JOIN asset ON asset.id = balance.asset",
        )?
        .query_and_then([], |row| {
            let tally = Tally { amount: row::amount(row, "amount")?, last_seq: row.get("last_seq")? };
            Ok(((row::purse(row, "purse")?, row::asset(row, "name")?), tally))
        })?
        .collect()
}

fn tagged(snapshot: &Transaction) -> Result<Vec<Tagged>, Fault> {
    snapshot
        .prepare("SELECT platform, external, salt, tag FROM identity NOT INDEXED WHERE external IS NOT NULL")?
        .query_and_then([], |row| {
            let tag = IdentityTag(row.get("tag")?);
            Ok(Tagged { identity: row::identity(row)?, salt: row.get("salt")?, tag })
        })?
        .collect()
}

/// Among the entries from this one on.
fn doubled(snapshot: &Transaction, from_seq: i64) -> Result<Vec<String>, Fault> {
    let keys = snapshot
        .prepare(
            "SELECT key, count(*) AS times FROM entry NOT INDEXED WHERE seq >= ?1
             GROUP BY key HAVING count(*) > 1",
        )?
        .query_and_then([from_seq], |row| Ok(audit::key_twice(row::key(row, "key")?, times(row)?)))?
        .collect::<Result<Vec<_>, Fault>>()?;
    let openings = snapshot
        .prepare(
            "SELECT identity.platform, identity.external, asset.name AS asset, opened.times
             FROM (SELECT identity, asset, count(*) AS times FROM entry NOT INDEXED
                   WHERE kind = 'opening' AND seq >= ?1 GROUP BY identity, asset HAVING count(*) > 1) AS opened
             JOIN identity ON identity.id = opened.identity
             JOIN asset ON asset.id = opened.asset",
        )?
        .query_and_then([from_seq], |row| {
            Ok(audit::opened_twice(&row::logged_identity(row)?, &row::asset(row, "asset")?, times(row)?))
        })?
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok([keys, openings].concat())
}

fn times(row: &Row) -> Result<i64, Fault> {
    Ok(row.get("times")?)
}
