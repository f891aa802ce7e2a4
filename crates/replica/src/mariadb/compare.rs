//! Comparing every row of the bot with what it should show, and what comes of it.
//!
//! The bot's rows and what is known of them are read by two statements of one snapshot and put together here: a statement
//! that writes would lock every row of the bot that it looks at.

use onepurse_core::{Amount, local};

use super::{
    Work,
    base::Bases,
    digest::{self, hex},
    fault::Fault,
    names::ID,
    rows::{self, Rows},
    terms::Bound,
    work::{INT, TEXT, get, given},
};
use crate::{
    Comparison, Decision, Difference, Mass,
    named::{COUNTED, UNREAD},
    pace::LISTED_MAX,
};

/// What is known of an identity whose opening is.
struct Known {
    id: String,
    /// What its row should show; `None` where that is no amount.
    expected: Option<Amount>,
    /// What it was last shown before the database was detached, and what was captured since.
    base: Option<Amount>,
    captured: Amount,
    is_paused: bool,
    /// It has not been given what it should show, so what it was last shown is not known.
    is_due: bool,
    /// Its row was deleted, and whether that is taken for granted.
    gone: Option<bool>,
}

/// A row that differs, or one that is gone, as our tables know it.
struct Differing {
    id: String,
    local: Amount,
    expected: Amount,
    /// What its change is counted from: what it was last shown, else what it should show.
    from: Amount,
}

pub(super) async fn compare(work: &mut Work<'_>) -> Result<Comparison, Fault> {
    digest::alone(work).await?;
    let (mut comparison, mut lost) = (Comparison::default(), Vec::new());
    for bound in work.bound().await? {
        let (rows, known) = (rows::all(work, &bound).await?, known(work, &bound).await?);
        for one in differing(&known, &rows, None) {
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
        comparison.gone += u64::try_from(absent(&known, &rows).count()).map_err(Fault::damaged)?;
        for one in known.iter().filter(|one| one.is_lost(&rows)).take(LISTED_MAX) {
            let external = one.id.parse().map_err(Fault::damaged)?;
            let asset = bound.mapping.asset.clone();
            lost.extend(one.expected.map(|expected| Difference { asset, external, local: None, expected }));
        }
    }
    let room = LISTED_MAX.saturating_sub(comparison.differences.len());
    comparison.differences.extend(lost.into_iter().take(room));
    let noted = "SELECT COUNT(*) FROM @.identity WHERE gone_ms IS NOT NULL AND NOT gone_accepted";
    comparison.gone += get::<u64>(&work.one(noted, vec![]).await?, 0)?;
    comparison.of = get(&work.one("SELECT COUNT(*) FROM @.identity WHERE opened", vec![]).await?, 0)?;
    Ok(comparison)
}

async fn known(work: &mut Work<'_>, bound: &Bound) -> Result<Vec<Known>, Fault> {
    let sql = format!(
        "SELECT i.id, i.stored, i.held, {}, i.base, {CAPTURED}, i.paused IS NOT NULL, \
         IF(i.gone_ms IS NULL, NULL, i.gone_accepted), i.todo <> 0 FROM @.identity AS i WHERE i.mapping = ? AND i.opened ORDER BY i.id",
        digest::OWN
    );
    let found = work.query(&sql, vec![bound.number.into()]).await?;
    found
        .iter()
        .map(|row| {
            let amount = |at| get::<Option<i64>>(row, at).map(|units| units.map(Amount::new));
            let (stored, held, own) = (amount(1)?, amount(2)?, amount(3)?);
            Ok(Known {
                id: get(row, 0)?,
                expected: (|| stored?.checked_add(own?)?.checked_sub(held?))(),
                base: amount(4)?,
                captured: amount(5)?.unwrap_or_default(),
                is_paused: get(row, 6)?,
                gone: get(row, 7)?,
                is_due: get(row, 8)?,
            })
        })
        .collect()
}

/// What was captured of `i`, included or not, where a base says what to count from; 0 elsewhere.
const CAPTURED: &str = "IF(i.base IS NULL, 0, CAST(\
     COALESCE((SELECT SUM(o.delta) FROM @.outbox AS o WHERE o.mapping = i.mapping AND o.id = i.id AND o.kind = 'change'), 0) \
     + COALESCE((SELECT SUM(k.delta) FROM @.kept AS k WHERE k.mapping = i.mapping AND k.id = i.id AND k.kind = 'change'), 0) \
     AS SIGNED))";

/// Known identities that have no row, where no deletion was noted: they went while nobody looked.
fn absent<'k>(known: &'k [Known], rows: &'k Rows) -> impl Iterator<Item = &'k str> {
    known.iter().filter(|one| one.gone.is_none() && !rows.contains_key(&one.id)).map(|one| one.id.as_str())
}

/// The rows of known identities, not left alone, that show something else than they should, or than their base.
fn differing(known: &[Known], rows: &Rows, bases: Option<Bases>) -> Vec<Differing> {
    known
        .iter()
        .filter(|one| !one.is_paused)
        .filter_map(|one| {
            let local = rows.get(&one.id)?.first().copied().flatten()?;
            one.against(Amount::new(local), bases)
        })
        .filter(|one| one.expected != one.local || one.from != one.local)
        .collect()
}

impl Known {
    /// It has no row, and that is not taken for granted.
    fn is_lost(&self, rows: &Rows) -> bool {
        self.gone == Some(false) || (self.gone.is_none() && !rows.contains_key(&self.id))
    }

    /// `None` where what it should show is no amount.
    fn against(&self, local: Amount, bases: Option<Bases>) -> Option<Differing> {
        let expected = self.expected?;
        let from = bases.and_then(|bases| bases.moved(self.base?, self.captured)).unwrap_or(expected);
        Some(Differing { id: self.id.clone(), local, expected, from })
    }
}

/// Notes what nobody saw of whose rows went, and of whose came back.
pub(super) async fn note_unseen(
    work: &mut Work<'_>,
    bound: &Bound,
    rows: &Rows,
    now_ms: i64,
) -> Result<(), Fault> {
    let known = known(work, bound).await?;
    let returned: Vec<_> = known
        .iter()
        .filter(|one| one.gone.is_some() && rows.contains_key(&one.id))
        .map(|one| (one.id.as_str(),))
        .collect();
    let sql = format!("UPDATE {} SET i.gone_ms = NULL", of_mapping());
    work.execute_over(&sql, &returned, &[bound.number.into()]).await?;
    note_absent(work, bound, &known, rows, now_ms).await
}

/// Notes the deletions that nobody saw.
async fn note_absent(
    work: &mut Work<'_>,
    bound: &Bound,
    known: &[Known],
    rows: &Rows,
    now_ms: i64,
) -> Result<(), Fault> {
    let absent: Vec<_> = absent(known, rows).map(|id| (id,)).collect();
    let sql = format!(
        "UPDATE {} SET i.gone_ms = ?, i.gone_value = NULL, i.gone_in = NULL, i.gone_accepted = FALSE{}",
        of_mapping(),
        // From what an absent row counts as, something is held.
        if bound.mapping.missing.is_some() { ", i.todo = GREATEST(i.todo, 1)" } else { "" },
    );
    work.execute_over(&sql, &absent, &[bound.number.into(), now_ms.into()]).await
}

/// The identities `i` of a mapping whose ids are handed over.
pub(super) fn of_mapping() -> String {
    format!("{} STRAIGHT_JOIN @.identity AS i ON i.mapping = ? AND i.id = w.id", given(&[("id", ID)]))
}

pub(super) async fn ask(work: &mut Work<'_>, mass: Mass) -> Result<(), Fault> {
    let question = serde_json::to_string(&mass).map_err(Fault::damaged)?;
    work.execute("UPDATE @.replica SET question = ?", vec![question.into()]).await
}

pub(super) async fn decide(work: &mut Work<'_>, decision: Decision) -> Result<(), Fault> {
    work.execute("UPDATE @.replica SET decision = ?", vec![decision.as_str().into()]).await
}

/// Every difference becomes an event, or waits to be overwritten; then the platform goes on.
pub(super) async fn resolve(work: &mut Work<'_>, decision: Decision, now_ms: i64) -> Result<(), Fault> {
    digest::alone(work).await?;
    let is_counted = decision == Decision::Count;
    for bound in work.bound().await? {
        let (rows, before) = (rows::all(work, &bound).await?, known(work, &bound).await?);
        note_absent(work, &bound, &before, &rows, now_ms).await?;
        let bases = if is_counted { Some(Bases::of(work, &bound).await?) } else { None };
        let known = known(work, &bound).await?;
        let mut found = differing(&known, &rows, bases);
        let ids: Vec<_> = found.iter().map(|one| (one.id.clone(),)).collect();
        if is_counted {
            found.extend(spent(&bound, &known, bases));
            enter(work, &bound, &found, now_ms, COUNTED).await?;
        }
        let settle = format!("UPDATE {} SET i.todo = 1", of_mapping());
        work.execute_over(&settle, &ids, &[bound.number.into()]).await?;
    }
    for sql in [
        "UPDATE @.identity SET base = NULL WHERE base IS NOT NULL",
        "UPDATE @.identity SET todo = 1 WHERE todo = 2",
        "UPDATE @.identity SET gone_accepted = TRUE WHERE gone_ms IS NOT NULL AND NOT gone_accepted",
        "UPDATE @.replica SET question = NULL, decision = NULL, compare = 0",
    ] {
        work.run(sql).await?;
    }
    Ok(())
}

/// What the bot wrote where capture was there and could not read it, while a column had another name, counts as the bot
/// wrote it; so much that it may be a mistake is left to the comparison that follows, which asks.
pub(super) async fn count_unread(work: &mut Work<'_>, all: &[Bound], now_ms: i64) -> Result<(), Fault> {
    let mut found = Vec::new();
    for bound in all {
        let (rows, mut known) = (rows::all(work, bound).await?, known(work, bound).await?);
        known.retain(|one| !one.is_due);
        found.push((bound, differing(&known, &rows, None)));
    }
    let of = get(&work.one("SELECT COUNT(*) FROM @.identity WHERE opened", vec![]).await?, 0)?;
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
fn spent(bound: &Bound, known: &[Known], bases: Option<Bases>) -> Vec<Differing> {
    let absent = bound.mapping.missing.unwrap_or_default();
    let gone = known.iter().filter(|one| one.gone == Some(false));
    gone.filter_map(|one| one.against(absent, bases)).collect()
}

/// That no bot's write is stale here was decided, or cannot be known, so the event is not judged: it has no before and
/// after.
async fn enter(
    work: &mut Work<'_>,
    bound: &Bound,
    found: &[Differing],
    now_ms: i64,
    reason: &str,
) -> Result<(), Fault> {
    let mut rows = Vec::new();
    for one in found.iter().filter(|one| one.local != one.from) {
        let delta = one.local.checked_sub(one.from);
        let delta =
            delta.ok_or_else(|| Fault::damaged(format!("{}: the difference is no amount", one.id)))?;
        rows.push((bound.number, &one.id, delta.units(), now_ms, hex(&work.nonce()), reason));
    }
    let sql = format!(
        "INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
         SELECT w.mapping, w.id, 'change', w.delta, w.at_ms, UNHEX(w.nonce), w.reason FROM {} ORDER BY w.nth",
        given(&[
            ("mapping", INT),
            ("id", ID),
            ("delta", INT),
            ("at_ms", INT),
            ("nonce", TEXT),
            ("reason", TEXT)
        ])
    );
    work.execute_over(&sql, &rows, &[]).await
}
