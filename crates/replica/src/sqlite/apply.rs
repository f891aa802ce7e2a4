//! Applying an answer of the ledger, in one transaction.

use std::collections::{HashMap, HashSet};

use onepurse_core::{
    Amount, Changes, Cursor, EventKey,
    local::{self, Inbound, Overwrite},
};
use rusqlite::{OptionalExtension, params};

use super::{Work, connect::Fault, outbox, read, settle};
use crate::{Applied, Inward, Mapping, Stale, Writes};

/// Answers of up to so many balances reach the bot's rows in the same transaction.
const SETTLED_AT_ONCE_MAX: usize = 200;

/// Deletions that nobody asked about are taken for granted after ten minutes.
const DELETIONS_MS: i64 = 600_000;

pub(super) fn apply(work: &Work<'_>, changes: &Changes, now_ms: i64) -> Result<Applied, Fault> {
    let from_zero = changes.from == Cursor::ZERO;
    if read::cursor(work)? != changes.from {
        return Ok(Applied::Outdated);
    }
    if from_zero && outbox::oldest_ms(work)?.is_some_and(|oldest_ms| oldest_ms < changes.oldest_ms) {
        return Ok(Applied::Outdated);
    }
    let numbers = numbers(work)?;
    let stale = include(work, changes, &numbers, now_ms)?;
    note_openings(work, changes, &numbers)?;
    store(work, changes, &numbers, from_zero)?;
    work.db.prepare_cached("UPDATE onepurse_replica SET cursor_seq = ?1, cursor_hash = ?2, resync = 0, compare = CASE compare WHEN 1 THEN 2 ELSE compare END")?
        .execute(params![changes.to.seq, changes.to.hash.0])?;
    let compare: i64 = work.db.query_row("SELECT compare FROM onepurse_replica", [], |row| row.get(0))?;
    let inward: Vec<Inward> = if compare == 0 && changes.balances.len() <= SETTLED_AT_ONCE_MAX {
        settle::settle(work, SETTLED_AT_ONCE_MAX, now_ms)?
    } else {
        Vec::new()
    };
    Ok(Applied::Done { inward, stale })
}

/// The mappings by asset, with the number that our tables know each by.
fn numbers<'a>(work: &Work<'a>) -> Result<HashMap<&'a str, (i64, &'a Mapping)>, Fault> {
    let mut numbers = HashMap::new();
    for mapping in work.mappings {
        let number = work
            .db
            .prepare_cached("SELECT mapping FROM onepurse_mapping WHERE asset = ?1")?
            .query_row([mapping.asset.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(number) = number {
            numbers.insert(mapping.asset.as_str(), (number, mapping));
        }
    }
    Ok(numbers)
}

/// A row of the outbox, as far as including it goes.
struct Waiting {
    n: i64,
    mapping: i64,
    id: String,
    is_opening: bool,
    key: EventKey,
    before: Option<i64>,
    after: Option<i64>,
    at_ms: i64,
}

/// Moves the answer's own events from the outbox to what is kept. Own events come back in the order they were sent,
/// so the scan from the front ends as soon as all are found.
fn include(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &HashMap<&str, (i64, &Mapping)>,
    now_ms: i64,
) -> Result<Vec<Stale>, Fault> {
    let mut keys: HashSet<EventKey> = changes.own.iter().copied().collect();
    let mut openings: HashSet<(i64, String)> = changes
        .openings
        .iter()
        .filter_map(|opening| {
            Some((numbers.get(opening.asset.as_str())?.0, opening.external.as_str().to_owned()))
        })
        .collect();
    let mut found = Vec::new();
    {
        let mut statement = work.db.prepare_cached("SELECT n, mapping, id, kind = 'opening', at_ms, nonce, before, after FROM onepurse_outbox ORDER BY n")?;
        let mut rows = statement.query([])?;
        while !(keys.is_empty() && openings.is_empty()) {
            let Some(row) = rows.next()? else { break };
            let at_ms = row.get(4)?;
            let waiting = Waiting {
                n: row.get(0)?,
                mapping: row.get(1)?,
                id: row.get(2)?,
                is_opening: row.get(3)?,
                key: EventKey::captured(at_ms, row.get(5)?),
                before: row.get(6)?,
                after: row.get(7)?,
                at_ms,
            };
            let included = if waiting.is_opening {
                openings.remove(&(waiting.mapping, waiting.id.clone()))
            } else {
                keys.remove(&waiting.key)
            };
            if included {
                found.push(waiting);
            }
        }
    }
    let mut stale = Vec::new();
    for waiting in found {
        stale.extend(judge(work, &waiting, numbers, now_ms)?);
        work.db
            .prepare_cached(
                "INSERT INTO onepurse_kept (mapping, id, kind, delta, before, after, at_ms, nonce, reason, included_ms) \
                 SELECT mapping, id, kind, delta, before, after, at_ms, nonce, reason, ?2 FROM onepurse_outbox WHERE n = ?1",
            )?
            .execute([waiting.n, now_ms])?;
        work.db.prepare_cached("DELETE FROM onepurse_outbox WHERE n = ?1")?.execute([waiting.n])?;
    }
    Ok(stale)
}

/// Counts a write that looks stale, and gives back what it overwrote where the mapping says that its bot writes so.
fn judge(
    work: &Work<'_>,
    waiting: &Waiting,
    numbers: &HashMap<&str, (i64, &Mapping)>,
    now_ms: i64,
) -> Result<Option<Stale>, Fault> {
    let (Some(from), Some(to), false) = (waiting.before, waiting.after, waiting.is_opening) else {
        return Ok(None);
    };
    let inbound = work
        .db
        .prepare_cached("SELECT inbound_before, inbound_after, inbound_ms FROM onepurse_identity WHERE mapping = ?1 AND id = ?2 AND inbound_ms IS NOT NULL")?
        .query_row(params![waiting.mapping, waiting.id], |row| {
            Ok(Inbound { before: Amount::new(row.get(0)?), after: Amount::new(row.get(1)?), at_ms: row.get(2)? })
        })
        .optional()?;
    let counted = match local::overwrite(inbound, Amount::new(from), Amount::new(to), waiting.at_ms) {
        Overwrite::None => return Ok(None),
        Overwrite::Soon => "soon_overwrites = soon_overwrites + 1",
        Overwrite::PutBack => "put_backs = put_backs + 1, soon_overwrites = soon_overwrites + 1",
    };
    work.db.execute(&format!("UPDATE onepurse_replica SET {counted}"), [])?;
    let Some((_, mapping)) = numbers.values().find(|(number, _)| *number == waiting.mapping) else {
        return Ok(None);
    };
    if !counted.starts_with("put_backs") {
        return Ok(None);
    }
    let lost = Amount::new(from)
        .checked_sub(Amount::new(to))
        .ok_or_else(|| Fault::Damaged("a captured change is no amount".to_owned()))?;
    let repaired = mapping.writes == Writes::Absolute;
    if repaired {
        work.db
            .prepare_cached(
                "INSERT INTO onepurse_outbox (mapping, id, kind, delta, at_ms, nonce, reason) VALUES (?1, ?2, 'repair', ?3, ?4, ?5, \
                 'the bot put back the balance from before an inbound change')",
            )?
            .execute(params![waiting.mapping, waiting.id, lost.units(), now_ms, work.nonce()])?;
        work.db
            .prepare_cached(
                "UPDATE onepurse_identity SET todo = 1, inbound_ms = NULL WHERE mapping = ?1 AND id = ?2",
            )?
            .execute(params![waiting.mapping, waiting.id])?;
    }
    let external = waiting.id.clone().try_into().map_err(outbox::damaged)?;
    Ok(Some(Stale { asset: mapping.asset.clone(), external, lost, repaired }))
}

fn note_openings(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &HashMap<&str, (i64, &Mapping)>,
) -> Result<(), Fault> {
    let mut note = work.db.prepare_cached(
        "INSERT INTO onepurse_identity (mapping, id, opened) VALUES (?1, ?2, 1) ON CONFLICT (mapping, id) DO UPDATE SET opened = 1 WHERE opened = 0",
    )?;
    for opening in &changes.openings {
        if let Some((number, _)) = numbers.get(opening.asset.as_str()) {
            note.execute(params![number, opening.external.as_str()])?;
        }
    }
    Ok(())
}

/// Stores the balance of every identity named, also where the bot has no row.
fn store(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &HashMap<&str, (i64, &Mapping)>,
    from_zero: bool,
) -> Result<(), Fault> {
    if from_zero {
        work.db.execute("UPDATE onepurse_identity SET stored = 0, todo = max(todo, 1)", [])?;
    }
    let mut store = work.db.prepare_cached(
        "INSERT INTO onepurse_identity (mapping, id, stored, todo) VALUES (?1, ?2, ?3, 1) \
         ON CONFLICT (mapping, id) DO UPDATE SET stored = excluded.stored, todo = max(todo, 1)",
    )?;
    for balance in &changes.balances {
        if let Some((number, _)) = numbers.get(balance.asset.as_str()) {
            store.execute(params![number, balance.external.as_str(), balance.amount.units()])?;
        }
    }
    Ok(())
}

/// The ledger's history is another one than this replica has applied: everything kept is to be sent again, and what
/// is stored is lowered by it, so that what the bot's rows show stays as it is.
pub(super) fn rewind(work: &Work<'_>, from: Cursor) -> Result<(), Fault> {
    if read::cursor(work)? != from {
        return Ok(());
    }
    work.db.execute_batch(
        "UPDATE onepurse_identity SET stored = stored - k.delta \
             FROM (SELECT mapping, id, sum(delta) AS delta FROM onepurse_kept GROUP BY mapping, id) AS k \
             WHERE k.mapping = onepurse_identity.mapping AND k.id = onepurse_identity.id;
         INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce, reason) \
             SELECT mapping, id, kind, delta, before, after, at_ms, nonce, reason FROM onepurse_kept ORDER BY k;
         DELETE FROM onepurse_kept;
         UPDATE onepurse_replica SET cursor_seq = 0, cursor_hash = zeroblob(32), resync = 1;",
    )?;
    Ok(())
}

/// Nothing is to be removed or taken for granted.
pub(super) fn is_tidy(work: &Work<'_>, before_ms: i64, now_ms: i64) -> Result<bool, Fault> {
    // What is kept stands in the order in which it was included.
    Ok(work
        .db
        .prepare_cached(
            "SELECT ifnull((SELECT included_ms FROM onepurse_kept ORDER BY k LIMIT 1) >= ?1, 1) \
         AND NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE accepted = 0 AND abs(at_ms - ?2) > ?3)",
        )?
        .query_row([before_ms, now_ms, DELETIONS_MS], |row| row.get(0))?)
}

pub(super) fn tidy(work: &Work<'_>, before_ms: i64, now_ms: i64) -> Result<(), Fault> {
    work.db.execute("DELETE FROM onepurse_kept WHERE k IN (SELECT k FROM onepurse_kept ORDER BY k LIMIT 1000) AND included_ms < ?1", [before_ms])?;
    work.db.execute(
        "UPDATE onepurse_gone SET accepted = 1 WHERE accepted = 0 AND abs(at_ms - ?1) > ?2",
        [now_ms, DELETIONS_MS],
    )?;
    Ok(())
}
