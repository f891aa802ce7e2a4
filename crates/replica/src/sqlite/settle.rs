//! Giving the bot's rows what is stored for them.

use onepurse_core::{Amount, local};
use rusqlite::params;

use super::{
    Work,
    connect::Fault,
    outbox::{self, OwnSums},
    write::Row,
};
use crate::{
    Inward,
    alone::{self, ROLLS_BACK},
    goal::Shown,
};

pub(super) fn settle(work: &Work<'_>, limit: usize, now_ms: i64) -> Result<Vec<Inward>, Fault> {
    let mut inward = Vec::new();
    let bound = work.bound()?;
    let todo = todo(work, limit)?;
    if todo.is_empty() {
        return Ok(inward);
    }
    let mut own = OwnSums::default();
    for (mapping, id) in todo {
        let Some(bound) = bound.iter().find(|bound| bound.number == mapping) else {
            // The table is not there; what is stored waits for it.
            continue;
        };
        // Writing one row, the bot's own triggers may have changed others.
        own.catch_up(work)?;
        let own = own.of(mapping, &id);
        inward.extend(settle_one(&Row { work, bound, id: &id }, own, now_ms)?);
    }
    Ok(inward)
}

/// Whose rows wait: first those that nothing speaks against, then those that were left alone, in case they can be
/// written now.
fn todo(work: &Work<'_>, limit: usize) -> Result<Vec<(i64, String)>, Fault> {
    let mut todo: Vec<(i64, String)> = Vec::new();
    for paused in ["IS NULL".to_owned(), format!("<> '{ROLLS_BACK}'")] {
        let mut statement = work.db.prepare_cached(&format!(
            "SELECT mapping, id FROM onepurse_identity INDEXED BY onepurse_identity_todo \
             WHERE todo <> 0 AND paused {paused} LIMIT ?1"
        ))?;
        let rest = i64::try_from(limit - todo.len()).unwrap_or(i64::MAX);
        for row in statement.query_map([rest], |row| Ok((row.get(0)?, row.get(1)?)))? {
            todo.push(row?);
        }
    }
    Ok(todo)
}

/// Notes, in a transaction of its own, that a row cannot be written without losing the transaction.
pub(super) fn give_up(work: &Work<'_>, mapping: i64, id: &str) -> Result<(), Fault> {
    work.db
        .prepare_cached("UPDATE onepurse_identity SET paused = ?3 WHERE mapping = ?1 AND id = ?2")?
        .execute(params![mapping, id, ROLLS_BACK])?;
    Ok(())
}

fn settle_one(row: &Row<'_>, own: Option<Amount>, now_ms: i64) -> Result<Option<Inward>, Fault> {
    let stored = row
        .work
        .db
        .prepare_cached("SELECT stored FROM onepurse_identity WHERE mapping = ?1 AND id = ?2")?
        .query_row(params![row.bound.number, row.id], |row| Ok(Amount::new(row.get(0)?)))?;
    let Some(intended) = own.and_then(|own| local::intended(stored, own)) else {
        return pause(row, alone::OVERFLOW);
    };
    let before = match row.shown()? {
        Shown::Value(before) => before,
        Shown::NotANumber => return pause(row, alone::NOT_A_NUMBER),
        Shown::SeveralRows => return pause(row, alone::DUPLICATE),
        Shown::Nothing => return absent(row, intended),
    };
    let target = local::written(intended, floor(row, before)?, Amount::new(row.bound.step()));
    if target.units().unsigned_abs() > row.bound.largest().unsigned_abs() {
        return pause(row, alone::TOO_LARGE);
    }
    let after = if target == before {
        before
    } else {
        match row.write(before, target)? {
            Ok(after) => after,
            Err(refusal) => return pause(row, &refusal),
        }
    };
    let held = intended
        .checked_sub(after)
        .ok_or_else(|| Fault::Damaged(format!("{}: what is held is no amount", row.id)))?;
    done(row.work, row.bound.number, row.id, held.units())?;
    if after == before { Ok(None) } else { note_inbound(row, before, after, held, now_ms).map(Some) }
}

/// An absent row shows what it counts as; where it counts as nothing, nothing is held from it.
fn absent(row: &Row<'_>, intended: Amount) -> Result<Option<Inward>, Fault> {
    let Some(missing) = row.bound.mapping.missing else {
        done(row.work, row.bound.number, row.id, 0)?;
        return Ok(None);
    };
    let held = intended.units().saturating_sub(missing.units());
    done(row.work, row.bound.number, row.id, held)?;
    // A row that appears later is a change from what it counts as now.
    row.work
        .db
        .prepare_cached(
            "INSERT OR IGNORE INTO onepurse_gone (mapping, id, value, at_ms, accepted) VALUES (?1, ?2, ?3, 0, 1)",
        )?
        .execute(params![row.bound.number, row.id, missing.units()])?;
    Ok(None)
}

fn done(work: &Work<'_>, mapping: i64, id: &str, held: i64) -> Result<(), Fault> {
    work.db
        .prepare_cached(
            "UPDATE onepurse_identity SET todo = 0, held = ?3, paused = NULL WHERE mapping = ?1 AND id = ?2",
        )?
        .execute(params![mapping, id, held])?;
    Ok(())
}

/// Leaves the identity alone, and to be done, until someone looks.
fn pause(row: &Row<'_>, reason: &str) -> Result<Option<Inward>, Fault> {
    row.work
        .db
        .prepare_cached(
            "UPDATE onepurse_identity SET paused = ?3 WHERE mapping = ?1 AND id = ?2 AND paused IS NOT ?3",
        )?
        .execute(params![row.bound.number, row.id, reason])?;
    Ok(None)
}

/// Remembers what the row showed, so that a stale write of the bot can be told.
fn note_inbound(
    row: &Row<'_>,
    before: Amount,
    after: Amount,
    held: Amount,
    now_ms: i64,
) -> Result<Inward, Fault> {
    row.work
        .db
        .prepare_cached(
            "UPDATE onepurse_identity SET inbound_before = ?3, inbound_after = ?4, inbound_ms = ?5 \
             WHERE mapping = ?1 AND id = ?2",
        )?
        .execute(params![row.bound.number, row.id, before.units(), after.units(), now_ms])?;
    let external = row.id.to_owned().try_into().map_err(outbox::damaged)?;
    Ok(Inward { asset: row.bound.mapping.asset.clone(), external, before, after, held, refused: None })
}

/// Zero, unless the configuration says otherwise or the bot itself goes below it.
fn floor(row: &Row<'_>, shown: Amount) -> Result<Option<Amount>, Fault> {
    if let Some(floor) = row.bound.mapping.floor {
        return Ok(Some(floor));
    }
    let (db, number) = (row.work.db, row.bound.number);
    if shown < Amount::ZERO {
        db.prepare_cached("UPDATE onepurse_mapping SET negatives = 1 WHERE mapping = ?1 AND negatives = 0")?
            .execute([number])?;
        return Ok(None);
    }
    let negatives: bool = db
        .prepare_cached("SELECT negatives FROM onepurse_mapping WHERE mapping = ?1")?
        .query_row([number], |row| row.get(0))?;
    Ok((!negatives).then_some(Amount::ZERO))
}
