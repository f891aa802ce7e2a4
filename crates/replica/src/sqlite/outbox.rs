//! Reading the outbox.

use std::collections::HashMap;

use onepurse_core::{Amount, EventKind, ExternalId, LedgerId};
use rusqlite::{CachedStatement, Params};

use super::{Work, connect::Fault};
use crate::{Batch, OutboxRow};

pub(super) fn batch(work: &Work<'_>, after: i64, limit: usize) -> Result<Batch, Fault> {
    let ledger = LedgerId(work.db.query_row("SELECT ledger FROM onepurse_replica", [], |row| row.get(0))?);
    let statement = work.db.prepare_cached(
        "SELECT o.n, m.asset, o.id, o.kind, o.delta, o.at_ms, o.nonce, o.reason \
         FROM onepurse_outbox AS o JOIN onepurse_mapping AS m ON m.mapping = o.mapping WHERE o.n > ?1 ORDER BY o.n LIMIT ?2",
    )?;
    Ok(Batch { ledger, rows: rows(statement, [after, i64::try_from(limit).unwrap_or(i64::MAX)])? })
}

/// Every event that is not included, in the order of capture.
pub(super) fn pending(work: &Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    Ok(batch(work, i64::MIN, usize::MAX)?.rows)
}

/// Every event that is included and still kept, in the order in which they were included.
pub(super) fn kept(work: &Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    let statement = work.db.prepare_cached(
        "SELECT k.k, m.asset, k.id, k.kind, k.delta, k.at_ms, k.nonce, k.reason \
         FROM onepurse_kept AS k JOIN onepurse_mapping AS m ON m.mapping = k.mapping ORDER BY k.k",
    )?;
    rows(statement, [])
}

fn rows(mut statement: CachedStatement<'_>, params: impl Params) -> Result<Vec<OutboxRow>, Fault> {
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (asset, external, kind): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
        found.push(OutboxRow {
            n: row.get(0)?,
            asset: asset.parse().map_err(damaged)?,
            external: ExternalId::try_from(external).map_err(damaged)?,
            kind: kind_of(&kind)?,
            delta: Amount::new(row.get(4)?),
            at_ms: row.get(5)?,
            nonce: row.get(6)?,
            reason: row.get(7)?,
        });
    }
    Ok(found)
}

pub(super) fn damaged(error: impl std::fmt::Display) -> Fault {
    Fault::Damaged(error.to_string())
}

fn kind_of(word: &str) -> Result<EventKind, Fault> {
    [EventKind::Opening, EventKind::Change, EventKind::Repair]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| damaged(format!("an event of kind {word}")))
}

pub(super) fn oldest_ms(work: &Work<'_>) -> Result<Option<i64>, Fault> {
    let oldest = "SELECT min(at_ms) FROM (SELECT min(at_ms) AS at_ms FROM onepurse_outbox UNION ALL SELECT min(at_ms) FROM onepurse_kept)";
    Ok(work.db.query_row(oldest, [], |row| row.get(0))?)
}

/// The sums of own rows not included, by mapping and identity. One pass over the outbox: it has no index, so that a
/// bot's write costs no more than it must.
#[derive(Default)]
pub(super) struct OwnSums {
    sums: HashMap<(i64, String), Option<Amount>>,
    up_to: i64,
}

impl OwnSums {
    /// As the outbox is now.
    pub(super) fn read(work: &Work<'_>) -> Result<Self, Fault> {
        let mut own = Self::default();
        own.catch_up(work)?;
        Ok(own)
    }

    /// Adds what the outbox has got since. Nothing may have left it.
    pub(super) fn catch_up(&mut self, work: &Work<'_>) -> Result<(), Fault> {
        let mut statement = work
            .db
            .prepare_cached("SELECT n, mapping, id, delta FROM onepurse_outbox WHERE n > ?1 ORDER BY n")?;
        let mut rows = statement.query([self.up_to])?;
        while let Some(row) = rows.next()? {
            self.up_to = row.get(0)?;
            let delta = Amount::new(row.get(3)?);
            let sum = self.sums.entry((row.get(1)?, row.get(2)?)).or_insert(Some(Amount::ZERO));
            *sum = sum.and_then(|sum| sum.checked_add(delta));
        }
        Ok(())
    }

    /// The sum of an identity's rows; `None` where it is no amount.
    pub(super) fn of(&self, mapping: i64, id: &str) -> Option<Amount> {
        self.sums.get(&(mapping, id.to_owned())).copied().unwrap_or(Some(Amount::ZERO))
    }
}
