//! Comparing every row of the bot with what it should show, and what comes of it.

use onepurse_core::{Amount, local};
use tokio_postgres::{Row, types::Type};

use super::{Work, base::Bases, digest, fault::Fault, terms::Bound};
use crate::{
    Comparison, Decision, Difference, Mass,
    named::{COUNTED, UNREAD},
    pace::LISTED_MAX,
};

/// A row that differs, or one that is gone, as our tables know it.
struct Differing {
    id: String,
    local: Amount,
    expected: Amount,
    /// What its change is counted from: what it was last shown, else what it should show.
    from: Amount,
    /// It has not been given what it should show, so what it was last shown is not known.
    is_due: bool,
}

pub(super) async fn compare(work: &Work<'_>) -> Result<Comparison, Fault> {
    digest::alone(work).await?;
    let mut comparison = Comparison::default();
    for bound in work.bound().await? {
        for one in differing(work, &bound, None).await? {
            comparison.changed += 1;
            if comparison.differences.len() < LISTED_MAX {
                comparison.differences.push(Difference {
                    asset: bound.mapping.asset.clone(),
                    external: one.id.try_into().map_err(Fault::damaged)?,
                    local: Some(one.local),
                    expected: one.expected,
                });
            }
        }
        let unnoted = format!("SELECT count(*) FROM @.identity AS i WHERE {}", absent(&bound));
        comparison.gone += count(&work.one(&unnoted, &[]).await?)?;
    }
    for bound in work.bound().await? {
        let room = LISTED_MAX.saturating_sub(comparison.differences.len());
        comparison.differences.extend(lost(work, &bound, room).await?);
    }
    let noted = "SELECT count(*) FROM @.identity WHERE gone_ms IS NOT NULL AND NOT gone_accepted";
    comparison.gone += count(&work.one(noted, &[]).await?)?;
    comparison.of = count(&work.one("SELECT count(*) FROM @.identity WHERE opened", &[]).await?)?;
    Ok(comparison)
}

pub(super) fn count(row: &Row) -> Result<u64, Fault> {
    u64::try_from(row.try_get::<_, i64>(0)?).map_err(Fault::damaged)
}

/// The first known identities that have no row.
async fn lost(work: &Work<'_>, bound: &Bound, limit: usize) -> Result<Vec<Difference>, Fault> {
    let sql = format!(
        "SELECT i.id, i.stored, i.held, {} FROM @.identity AS i WHERE i.mapping = {} \
         AND ((i.gone_ms IS NOT NULL AND NOT i.gone_accepted) OR ({})) ORDER BY i.id LIMIT $1",
        digest::OWN,
        bound.number,
        absent(bound)
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = work.query(&sql, &[(&limit, Type::INT8)]).await?;
    let difference = |row: &Row| {
        let external = row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?;
        let expected = expected(row)?;
        Ok(expected.map(|expected| Difference {
            asset: bound.mapping.asset.clone(),
            external,
            local: None,
            expected,
        }))
    };
    rows.iter().filter_map(|row| difference(row).transpose()).collect()
}

/// What is stored, with own events, less what is held: in the columns from 1 on. `None` where that is no amount.
fn expected(row: &Row) -> Result<Option<Amount>, Fault> {
    let amount = |at| row.try_get::<_, Option<i64>>(at).map(|units| units.map(Amount::new));
    let (stored, held, own) = (amount(1)?, amount(2)?, amount(3)?);
    Ok((|| stored?.checked_add(own?)?.checked_sub(held?))())
}

/// Known identities that have no row, where no deletion was noted: they went while nobody looked.
fn absent(bound: &Bound) -> String {
    format!(
        "i.mapping = {} AND i.opened AND i.gone_ms IS NULL AND NOT EXISTS (SELECT FROM ({}) AS r WHERE r.id = i.id)",
        bound.number,
        bound.rows()
    )
}

/// Notes the deletions that nobody saw; returns how many.
pub(super) async fn note_absent(work: &Work<'_>, bound: &Bound, now_ms: i64) -> Result<u64, Fault> {
    let note = format!(
        "UPDATE @.identity AS i SET gone_ms = $1, gone_value = NULL, gone_in = NULL, gone_accepted = false{} WHERE {}",
        // From what an absent row counts as, something is held.
        if bound.mapping.missing.is_some() { ", todo = greatest(todo, 1)" } else { "" },
        absent(bound)
    );
    work.execute(&note, &[(&now_ms, Type::INT8)]).await
}

/// Forgets the deletions of those whose row came back while nobody looked.
pub(super) async fn forget_returned(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let forget = format!(
        "UPDATE @.identity SET gone_ms = NULL WHERE mapping = $1 AND gone_ms IS NOT NULL \
         AND id IN (SELECT r.id FROM ({}) AS r)",
        bound.rows()
    );
    work.execute(&forget, &[(&bound.number, Type::INT8)]).await?;
    Ok(())
}

/// The rows of known identities, not left alone, that show something else than they should, or than their base.
async fn differing(work: &Work<'_>, bound: &Bound, bases: Option<Bases>) -> Result<Vec<Differing>, Fault> {
    let sql = format!(
        "SELECT i.id, r.shows, i.stored, i.held, {}, i.base, {CAPTURED}, i.todo <> 0 FROM @.identity AS i JOIN ({}) AS r ON r.id = i.id \
         WHERE i.mapping = $1 AND i.opened AND i.paused IS NULL AND r.shows IS NOT NULL",
        digest::OWN,
        bound.rows()
    );
    let rows = work.query(&sql, &[(&bound.number, Type::INT8)]).await?;
    let found = rows.iter().map(|row| read(row, bases)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().filter(|one| one.expected != one.local || one.from != one.local).collect())
}

/// What was captured of `i`, included or not, where a base says what to count from; 0 elsewhere.
const CAPTURED: &str = "CASE WHEN i.base IS NULL THEN 0::bigint ELSE coalesce((SELECT sum(c.delta) FROM \
     (SELECT mapping, id, kind, delta FROM @.outbox UNION ALL SELECT mapping, id, kind, delta FROM @.kept) AS c \
     WHERE c.mapping = i.mapping AND c.id = i.id AND c.kind = 'change'), 0)::bigint END";

/// `None` where what it should show is no amount.
fn read(row: &Row, bases: Option<Bases>) -> Result<Option<Differing>, Fault> {
    let amount = |at| row.try_get::<_, Option<i64>>(at).map(|units| units.map(Amount::new));
    let (local, stored, held, own) = (amount(1)?, amount(2)?, amount(3)?, amount(4)?);
    let expected = (|| stored?.checked_add(own?)?.checked_sub(held?))();
    let (Some(expected), Some(local)) = (expected, local) else { return Ok(None) };
    let (base, captured) = (amount(5)?, amount(6)?.unwrap_or_default());
    let from = bases.and_then(|bases| bases.moved(base?, captured)).unwrap_or(expected);
    Ok(Some(Differing { id: row.try_get(0)?, local, expected, from, is_due: row.try_get(7)? }))
}

pub(super) async fn ask(work: &Work<'_>, mass: Mass) -> Result<(), Fault> {
    let question = serde_json::to_string(&mass).map_err(Fault::damaged)?;
    work.execute("UPDATE @.replica SET question = $1", &[(&question, Type::TEXT)]).await?;
    Ok(())
}

pub(super) async fn decide(work: &Work<'_>, decision: Decision) -> Result<(), Fault> {
    work.execute("UPDATE @.replica SET decision = $1", &[(&decision.as_str(), Type::TEXT)]).await?;
    Ok(())
}

/// Every difference becomes an event, or waits to be overwritten; then the platform goes on.
pub(super) async fn resolve(work: &Work<'_>, decision: Decision, now_ms: i64) -> Result<(), Fault> {
    digest::alone(work).await?;
    let is_counted = decision == Decision::Count;
    for bound in work.bound().await? {
        note_absent(work, &bound, now_ms).await?;
        let bases = if is_counted { Some(Bases::of(work, &bound).await?) } else { None };
        let mut found = differing(work, &bound, bases).await?;
        let ids: Vec<_> = found.iter().map(|one| one.id.clone()).collect();
        if is_counted {
            found.extend(spent(work, &bound, bases).await?);
            enter(work, &bound, &found, now_ms, COUNTED).await?;
        }
        work.execute(
            "UPDATE @.identity SET todo = 1 WHERE mapping = $1 AND id = ANY ($2)",
            &[(&bound.number, Type::INT8), (&ids, Type::TEXT_ARRAY)],
        )
        .await?;
    }
    work.run(
        "UPDATE @.identity SET base = NULL WHERE base IS NOT NULL; \
         UPDATE @.identity SET todo = 1 WHERE todo = 2; \
         UPDATE @.identity SET gone_accepted = true WHERE gone_ms IS NOT NULL AND NOT gone_accepted; \
         UPDATE @.replica SET question = NULL, decision = NULL, compare = 0",
    )
    .await
}

/// What the bot wrote where capture was there and could not read it, while a column had another name, counts as the bot
/// wrote it; so much that it may be a mistake is left to the comparison that follows, which asks.
pub(super) async fn count_unread(work: &Work<'_>, all: &[Bound], now_ms: i64) -> Result<(), Fault> {
    let mut found = Vec::new();
    for bound in all {
        let mut differing = differing(work, bound, None).await?;
        differing.retain(|one| !one.is_due);
        found.push((bound, differing));
    }
    let of = count(&work.one("SELECT count(*) FROM @.identity WHERE opened", &[]).await?)?;
    let changed = found.iter().map(|(_, found)| found.len() as u64).sum();
    if local::is_mass(changed, of) {
        return Ok(());
    }
    for (bound, found) in found {
        enter(work, bound, &found, now_ms, UNREAD).await?;
    }
    Ok(())
}

/// Rows that are gone were spent, down to what an absent row counts as.
async fn spent(work: &Work<'_>, bound: &Bound, bases: Option<Bases>) -> Result<Vec<Differing>, Fault> {
    let absent = bound.mapping.missing.unwrap_or_default().units();
    let sql = format!(
        "SELECT i.id, $2::bigint, i.stored, i.held, {}, i.base, {CAPTURED}, i.todo <> 0 FROM @.identity AS i \
         WHERE i.mapping = $1 AND i.opened AND i.gone_ms IS NOT NULL AND NOT i.gone_accepted",
        digest::OWN
    );
    let rows = work.query(&sql, &[(&bound.number, Type::INT8), (&absent, Type::INT8)]).await?;
    let found = rows.iter().map(|row| read(row, bases)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// That no bot's write is stale here was decided, or cannot be known, so the event is not judged: it has no before and
/// after.
async fn enter(
    work: &Work<'_>,
    bound: &Bound,
    found: &[Differing],
    now_ms: i64,
    reason: &str,
) -> Result<(), Fault> {
    let (mut ids, mut deltas, mut nonces) = (vec![], vec![], vec![]);
    for one in found.iter().filter(|one| one.local != one.from) {
        let delta = one.local.checked_sub(one.from);
        let delta =
            delta.ok_or_else(|| Fault::damaged(format!("{}: the difference is no amount", one.id)))?;
        ids.push(one.id.as_str());
        deltas.push(delta.units());
        nonces.push(work.nonce().to_vec());
    }
    work.execute(
        "INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
         SELECT $1, id, 'change', delta, $2, nonce, $3 FROM unnest($4::text[], $5::bigint[], $6::bytea[]) AS w(id, delta, nonce)",
        &[
            (&bound.number, Type::INT8),
            (&now_ms, Type::INT8),
            (&reason, Type::TEXT),
            (&ids, Type::TEXT_ARRAY),
            (&deltas, Type::INT8_ARRAY),
            (&nonces, Type::BYTEA_ARRAY),
        ],
    )
    .await?;
    Ok(())
}
