//! What the ledger has undone of what people of this platform did, in a table for the bot to read.

use onepurse_core::{Amount, Changes, EventKey, Undone};
use rusqlite::params;

use super::{Work, connect::Fault, outbox::damaged, work::Numbers};

/// A time that nothing kept is older than.
const OLDEST_MS: &str = "ifnull((SELECT min(at_ms) FROM (SELECT min(at_ms) AS at_ms FROM onepurse_outbox \
    UNION ALL SELECT min(at_ms) FROM onepurse_kept)), 9223372036854775807)";

/// A row for each, once: the key is the same in every answer, also of a ledger that was put back.
pub(super) fn note(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<(), Fault> {
    let mut note = work.db.prepare_cached(
        "INSERT INTO onepurse_reversal (key, seq, id, asset, delta, captured_ms, at_ms, told_ms, actor, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (key) DO NOTHING",
    )?;
    for one in changes.reversals.iter().filter(|one| numbers.contains_key(one.asset.as_str())) {
        note.execute(params![
            one.key.0,
            one.seq,
            one.external.as_str(),
            one.asset.as_str(),
            one.delta.units(),
            one.captured_ms,
            one.at_ms,
            now_ms,
            one.actor,
            one.reason,
        ])?;
    }
    Ok(())
}

/// Every row.
pub(super) fn all(work: &Work<'_>) -> Result<Vec<Undone>, Fault> {
    let mut statement = work.db.prepare(
        "SELECT key, seq, id, asset, delta, captured_ms, at_ms, actor, reason FROM onepurse_reversal ORDER BY at_ms, seq",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (external, asset): (String, String) = (row.get(2)?, row.get(3)?);
        all.push(Undone {
            key: EventKey(row.get(0)?),
            seq: row.get(1)?,
            external: external.try_into().map_err(damaged)?,
            asset: asset.parse().map_err(damaged)?,
            delta: Amount::new(row.get(4)?),
            captured_ms: row.get(5)?,
            at_ms: row.get(6)?,
            actor: row.get(7)?,
            reason: row.get(8)?,
        });
    }
    Ok(all)
}

/// Nothing is to be removed.
pub(super) fn is_tidy(work: &Work<'_>, before_ms: i64) -> Result<bool, Fault> {
    let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM onepurse_reversal WHERE {})", old());
    Ok(work.db.prepare_cached(&sql)?.query_row([before_ms], |row| row.get(0))?)
}

pub(super) fn tidy(work: &Work<'_>, before_ms: i64) -> Result<(), Fault> {
    work.db.execute(&format!("DELETE FROM onepurse_reversal WHERE {}", old()), [before_ms])?;
    Ok(())
}

/// An answer from zero goes back as far as what is kept: what it may name again is still there, so no row comes twice.
fn old() -> String {
    format!("told_ms < ?1 AND captured_ms < {OLDEST_MS}")
}
