//! Comparing every row of the bot with what it should show, and what comes of it.

use onepurse_core::Amount;
use rusqlite::params;

use super::{
    Work,
    base::{self, Bases},
    connect::Fault,
    outbox::{self, OwnSums},
    terms::Bound,
};
use crate::{Comparison, Decision, Difference, Mass, named::COUNTED, pace::LISTED_MAX};

/// A row that differs, as our tables know it.
struct Differing {
    mapping: i64,
    id: String,
    local: Amount,
    expected: Amount,
    /// What its change is counted from: what it was last shown, else what it should show.
    from: Amount,
}

pub(super) fn compare(work: &Work<'_>) -> Result<Comparison, Fault> {
    let mut comparison = Comparison::default();
    for bound in work.bound()? {
        each_differing(work, &bound, &Bases::none(), |differing| {
            comparison.changed += 1;
            if comparison.differences.len() < LISTED_MAX {
                comparison.differences.push(Difference {
                    asset: bound.mapping.asset.clone(),
                    external: differing.id.try_into().map_err(outbox::damaged)?,
                    local: Some(differing.local),
                    expected: differing.expected,
                });
            }
            Ok(())
        })?;
        let unnoted = format!("SELECT count(*) {}", absent(&bound));
        comparison.gone += work.db.query_row(&unnoted, [bound.number], |row| row.get::<_, u64>(0))?;
    }
    let noted: u64;
    (noted, comparison.of) = work.db.query_row(
        "SELECT (SELECT count(*) FROM onepurse_gone INDEXED BY onepurse_gone_lately WHERE accepted = 0), \
         (SELECT count(*) FROM onepurse_identity WHERE opened = 1)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    comparison.gone += noted;
    for bound in work.bound()? {
        let room = LISTED_MAX.saturating_sub(comparison.differences.len());
        comparison.differences.extend(lost(work, &bound, room)?);
    }
    Ok(comparison)
}

/// The first known identities that have no row.
fn lost(work: &Work<'_>, bound: &Bound, limit: usize) -> Result<Vec<Difference>, Fault> {
    let own = OwnSums::read(work)?;
    let mut statement = work.db.prepare(&format!(
        "SELECT i.id, i.stored, i.held {} UNION ALL SELECT i.id, i.stored, i.held FROM onepurse_gone AS g \
         JOIN onepurse_identity AS i ON i.mapping = g.mapping AND i.id = g.id WHERE g.mapping = ?1 AND g.accepted = 0 \
         ORDER BY 1 LIMIT ?2",
        absent(bound)
    ))?;
    let mut rows = statement.query(params![bound.number, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, stored, held): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(expected) = expected(&own, bound.number, &id, Amount::new(stored), Amount::new(held)) {
            let external = id.try_into().map_err(outbox::damaged)?;
            found.push(Difference { asset: bound.mapping.asset.clone(), external, local: None, expected });
        }
    }
    Ok(found)
}

/// Known identities that have no row, where no deletion was noted: they went while nobody looked.
fn absent(bound: &Bound) -> String {
    format!(
        "FROM onepurse_identity AS i WHERE i.mapping = ?1 AND i.opened = 1 \
         AND NOT EXISTS (SELECT 1 FROM onepurse_gone AS g WHERE g.mapping = i.mapping AND g.id = i.id) \
         AND i.id NOT IN (SELECT {} FROM {} AS t WHERE {})",
        bound.id("t"),
        bound.table(),
        bound.counts("t")
    )
}

/// Notes the deletions that nobody saw; returns how many.
pub(super) fn note_absent(work: &Work<'_>, bound: &Bound, now_ms: i64) -> Result<usize, Fault> {
    let note = format!(
        "INSERT INTO onepurse_gone (mapping, id, value, at_ms) SELECT i.mapping, i.id, NULL, ?2 {}",
        absent(bound)
    );
    Ok(work.db.execute(&note, params![bound.number, now_ms])?)
}

/// Forgets the deletions of those whose row came back while nobody looked.
pub(super) fn forget_returned(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let forget = format!(
        "DELETE FROM onepurse_gone WHERE mapping = ?1 AND id IN (SELECT {} FROM {} AS t WHERE {})",
        bound.id("t"),
        bound.table(),
        bound.counts("t")
    );
    work.db.execute(&forget, [bound.number])?;
    Ok(())
}

/// Calls `each` for every row of a known identity, not left alone, that shows something else than it should, or than its
/// base.
fn each_differing(
    work: &Work<'_>,
    bound: &Bound,
    bases: &Bases,
    mut each: impl FnMut(Differing) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let own = OwnSums::read(work)?;
    let mut known = work
        .db
        .prepare_cached("SELECT stored, held FROM onepurse_identity WHERE mapping = ?1 AND id = ?2 AND opened = 1 AND paused IS NULL")?;
    let mut statement = work.db.prepare(&bound.rows())?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, Some(local)) = (row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?) else { continue };
        let mut found = known.query(params![bound.number, id])?;
        let Some(identity) = found.next()? else { continue };
        let (stored, held) = (Amount::new(identity.get(0)?), Amount::new(identity.get(1)?));
        if let Some(expected) = expected(&own, bound.number, &id, stored, held)
            && let from = bases.of(&id).unwrap_or(expected)
            && (expected.units() != local || from.units() != local)
        {
            each(Differing { mapping: bound.number, id, local: Amount::new(local), expected, from })?;
        }
    }
    Ok(())
}

fn expected(own: &OwnSums, mapping: i64, id: &str, stored: Amount, held: Amount) -> Option<Amount> {
    stored.checked_add(own.of(mapping, id)?)?.checked_sub(held)
}

pub(super) fn ask(work: &Work<'_>, mass: Mass) -> Result<(), Fault> {
    let question = serde_json::to_string(&mass).map_err(outbox::damaged)?;
    work.db.execute("UPDATE onepurse_replica SET question = ?1", [question])?;
    Ok(())
}

pub(super) fn decide(work: &Work<'_>, decision: Decision) -> Result<(), Fault> {
    work.db.execute("UPDATE onepurse_replica SET decision = ?1", [decision.as_str()])?;
    Ok(())
}

/// Every difference becomes an event, or waits to be overwritten; then the platform goes on.
pub(super) fn resolve(work: &Work<'_>, decision: Decision, now_ms: i64) -> Result<(), Fault> {
    for bound in work.bound()? {
        note_absent(work, &bound, now_ms)?;
        let is_counted = decision == Decision::Count;
        let bases = if is_counted { Bases::read(work, &bound)? } else { Bases::none() };
        let mut differing = Vec::new();
        each_differing(work, &bound, &bases, |one| {
            differing.push(one);
            Ok(())
        })?;
        for one in differing {
            if is_counted && one.local != one.from {
                count(work, one.mapping, &one.id, one.from, one.local, now_ms)?;
            }
            work.db
                .prepare_cached("UPDATE onepurse_identity SET todo = 1 WHERE mapping = ?1 AND id = ?2")?
                .execute(params![one.mapping, one.id])?;
        }
        if is_counted {
            count_gone(work, &bound, &bases, now_ms)?;
        }
    }
    base::forget(work)?;
    work.db.execute("UPDATE onepurse_identity SET todo = 1 WHERE todo = 2", [])?;
    work.db.execute("UPDATE onepurse_gone SET accepted = 1 WHERE accepted = 0", [])?;
    work.db.execute("UPDATE onepurse_replica SET question = NULL, decision = NULL, compare = 0", [])?;
    Ok(())
}

/// Rows that are gone were spent, down to what an absent row counts as.
fn count_gone(work: &Work<'_>, bound: &Bound, bases: &Bases, now_ms: i64) -> Result<(), Fault> {
    let own = OwnSums::read(work)?;
    let absent = bound.mapping.missing.unwrap_or_default();
    let gone = {
        let mut statement = work.db.prepare(
            "SELECT i.id, i.stored, i.held FROM onepurse_gone AS g \
             JOIN onepurse_identity AS i ON i.mapping = g.mapping AND i.id = g.id \
             WHERE g.mapping = ?1 AND g.accepted = 0 AND i.opened = 1",
        )?;
        let rows = statement.query_map([bound.number], |row| {
            Ok((row.get::<_, String>(0)?, Amount::new(row.get(1)?), Amount::new(row.get(2)?)))
        })?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    for (id, stored, held) in gone {
        if let Some(expected) = expected(&own, bound.number, &id, stored, held)
            && let from = bases.of(&id).unwrap_or(expected)
            && from != absent
        {
            count(work, bound.number, &id, from, absent, now_ms)?;
        }
    }
    Ok(())
}

/// The one who counted decided that no bot's write is stale here, so the event is not judged: it has no before and after.
fn count(
    work: &Work<'_>,
    mapping: i64,
    id: &str,
    from: Amount,
    to: Amount,
    now_ms: i64,
) -> Result<(), Fault> {
    let delta =
        to.checked_sub(from).ok_or_else(|| Fault::Damaged(format!("{id}: the difference is no amount")))?;
    work.db
        .prepare_cached(
            "INSERT INTO onepurse_outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
             VALUES (?1, ?2, 'change', ?3, ?4, ?5, ?6)",
        )?
        .execute(params![mapping, id, delta.units(), now_ms, work.nonce(), COUNTED])?;
    Ok(())
}
