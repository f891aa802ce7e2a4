//! Applying an answer of the ledger, in one transaction.

use onepurse_core::{Amount, Changes, Cursor};
use rusqlite::params;

use super::{Work, connect::Fault, include, outbox, read, reversal, settle, work::Numbers};
use crate::{
    Applied, Inward,
    named::{Sums, unnamed},
    pace::{DELETIONS_MS, SETTLED_AT_ONCE_MAX},
};

pub(super) fn apply(work: &Work<'_>, changes: &Changes, now_ms: i64) -> Result<Applied, Fault> {
    let from_zero = changes.from == Cursor::ZERO;
    if read::cursor(work)? != changes.from {
        return Ok(Applied::Outdated);
    }
    if from_zero && outbox::oldest_ms(work)?.is_some_and(|oldest_ms| oldest_ms < changes.oldest_ms) {
        return Ok(Applied::Outdated);
    }
    let numbers = work.numbers()?;
    let include::Included { stale, forgotten, sums } = include::include(work, changes, &numbers, now_ms)?;
    note_openings(work, changes, &numbers)?;
    store(work, changes, &numbers, &sums)?;
    reversal::note(work, changes, &numbers, now_ms)?;
    work.db
        .prepare_cached(
            "UPDATE onepurse_replica SET cursor_seq = ?1, cursor_hash = ?2, resync = 0, \
             compare = CASE compare WHEN 1 THEN 2 ELSE compare END",
        )?
        .execute(params![changes.to.seq, changes.to.hash.0])?;
    let compare: i64 = work.db.query_row("SELECT compare FROM onepurse_replica", [], |row| row.get(0))?;
    let inward: Vec<Inward> = if compare == 0 && changes.balances.len() <= SETTLED_AT_ONCE_MAX {
        settle::settle(work, SETTLED_AT_ONCE_MAX, now_ms)?
    } else {
        Vec::new()
    };
    Ok(Applied::Done { inward, stale, forgotten })
}

fn note_openings(work: &Work<'_>, changes: &Changes, numbers: &Numbers<'_>) -> Result<(), Fault> {
    let mut note = work.db.prepare_cached(
        "INSERT INTO onepurse_identity (mapping, id, opened) VALUES (?1, ?2, 1) \
         ON CONFLICT (mapping, id) DO UPDATE SET opened = 1 WHERE opened = 0",
    )?;
    for opening in &changes.openings {
        if let Some((number, _)) = numbers.get(opening.asset.as_str()) {
            note.execute(params![number, opening.external.as_str()])?;
        }
    }
    Ok(())
}

/// Stores the balance of every identity named, and whose purse it is, also where the bot has no row. Where it moved by just what was included,
/// and nothing is held, the row shows what it should already.
fn store(work: &Work<'_>, changes: &Changes, numbers: &Numbers<'_>, included: &Sums) -> Result<(), Fault> {
    if changes.names_everyone {
        work.db.execute(
            "UPDATE onepurse_identity SET stored = 0, purse = NULL, \
             todo = CASE stored WHEN 0 THEN todo ELSE max(todo, 1) END WHERE stored <> 0 OR purse IS NOT NULL",
            [],
        )?;
        let mut lose = work.db.prepare_cached(
            "UPDATE onepurse_identity SET todo = max(todo, 1) WHERE mapping = ?1 AND id = ?2",
        )?;
        for (number, id) in unnamed(changes, numbers, included) {
            lose.execute(params![number, id])?;
        }
    }
    let mut store = work.db.prepare_cached(
        "INSERT INTO onepurse_identity (mapping, id, stored, purse, todo) VALUES (?1, ?2, ?3, ?5, 1) \
         ON CONFLICT (mapping, id) DO UPDATE SET \
         todo = CASE WHEN excluded.stored - stored = ?4 AND held = 0 THEN todo ELSE max(todo, 1) END, \
         stored = excluded.stored, purse = excluded.purse",
    )?;
    for balance in &changes.balances {
        if let Some(&(number, _)) = numbers.get(balance.asset.as_str()) {
            let external = balance.external.as_str();
            let moved = included.get(&(number, external.to_owned())).copied().unwrap_or(Some(Amount::ZERO));
            let (amount, purse) = (balance.amount.units(), balance.purse.0);
            store.execute(params![number, external, amount, moved.map(Amount::units), purse])?;
        }
    }
    Ok(())
}

/// The ledger's history is another one than this replica has applied: everything kept is to be sent again, and what
/// is stored is lowered by it, so that what the bot's rows show stays as it is.
pub(super) fn rewind(work: &Work<'_>, from: Cursor) -> Result<(), Fault> {
    if read::cursor(work)? == from { begin_anew(work) } else { Ok(()) }
}

/// From zero, sending everything that is kept again. What is sent again is not judged again: it was before.
pub(super) fn begin_anew(work: &Work<'_>) -> Result<(), Fault> {
    work.db.execute_batch(
        "UPDATE onepurse_identity SET stored = stored - k.delta \
             FROM (SELECT mapping, id, sum(delta) AS delta FROM onepurse_kept GROUP BY mapping, id) AS k \
             WHERE k.mapping = onepurse_identity.mapping AND k.id = onepurse_identity.id;
         INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce, reason) \
             SELECT mapping, id, kind, delta, NULL, NULL, at_ms, nonce, reason FROM onepurse_kept ORDER BY k;
         DELETE FROM onepurse_kept;
         UPDATE onepurse_replica SET cursor_seq = 0, cursor_hash = zeroblob(32), resync = 1;",
    )?;
    Ok(())
}

/// Nothing is to be removed or taken for granted.
pub(super) fn is_tidy(work: &Work<'_>, before_ms: i64, now_ms: i64) -> Result<bool, Fault> {
    // What is kept stands in the order in which it was included.
    let is_kept_tidy: bool = work
        .db
        .prepare_cached(
            "SELECT ifnull((SELECT included_ms FROM onepurse_kept ORDER BY k LIMIT 1) >= ?1, 1) \
         AND NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE accepted = 0 AND abs(at_ms - ?2) > ?3)",
        )?
        .query_row([before_ms, now_ms, DELETIONS_MS], |row| row.get(0))?;
    Ok(is_kept_tidy && reversal::is_tidy(work, before_ms)?)
}

pub(super) fn tidy(work: &Work<'_>, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), Fault> {
    if read::cursor(work)? == accepted {
        work.db.execute(
            "DELETE FROM onepurse_kept WHERE k IN (SELECT k FROM onepurse_kept ORDER BY k LIMIT 1000) \
             AND included_ms < ?1",
            [before_ms],
        )?;
        reversal::tidy(work, before_ms)?;
    }
    work.db.execute(
        "UPDATE onepurse_gone SET accepted = 1 WHERE accepted = 0 AND abs(at_ms - ?1) > ?2",
        [now_ms, DELETIONS_MS],
    )?;
    Ok(())
}
