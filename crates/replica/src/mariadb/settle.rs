//! Giving the bot's rows what is stored for them.
//!
//! A row is locked first, and only where nobody else holds it; then the facts are read, which by then say everything that
//! made the row what it is; then it is written. Nothing is waited for while a row is locked, so no bot waits in a circle.

use std::collections::HashMap;

use onepurse_core::Amount;

use super::{
    Work, digest,
    fault::Fault,
    give::{self, Write},
    names::{ID, NOW_MS},
    rows::{self, Rows},
    terms::Bound,
    work::{INT, TEXT, get, given},
};
use crate::{
    Inward,
    goal::{self, Goal, Room, Shown},
};

/// A row that the bot holds is looked at again after so long.
const AGAIN_MS: i64 = 200;
/// A row that could not be written, since a right is missing or the like, is tried again after so long, and whenever
/// others are written.
const REFUSED_AGAIN_MS: i64 = 30_000;

/// What came of one identity.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is settled; where its row was written, from what to what.
    Settled { held: Amount, written: Option<(Amount, Amount)> },
    /// It is left alone, and to be done.
    LeftAlone(String),
    /// The server does not let its row be written, whatever the value: it shows `before`, and is tried again.
    Refused { why: String, before: Amount, held: Amount },
    /// The bot holds its row.
    Later,
}

/// Whose row waits, and why it was left alone, if it was.
struct Waiting {
    mapping: i64,
    id: String,
    paused: Option<String>,
}

/// As a transaction of its own.
pub(super) async fn alone(work: &mut Work<'_>, limit: usize) -> Result<Vec<Inward>, Fault> {
    digest::alone(work).await?;
    settle(work, limit).await
}

pub(super) async fn settle(work: &mut Work<'_>, limit: usize) -> Result<Vec<Inward>, Fault> {
    let todo = todo(work, limit).await?;
    let mut inward = Vec::new();
    if todo.is_empty() {
        return Ok(inward);
    }
    // Before any row is locked: a write of the bot that waited for us is later.
    let began_ms = work.clock_ms().await?;
    // Without its table, what is stored waits for it.
    for bound in work.bound().await? {
        let waiting: Vec<_> = todo.iter().filter(|one| one.mapping == bound.number).collect();
        let ids: Vec<_> = waiting.iter().map(|one| one.id.as_str()).collect();
        if !ids.is_empty() {
            let outcomes = settle_rows(work, &bound, &ids).await?;
            store(work, &bound, &outcomes, began_ms).await?;
            inward.extend(told(&bound, &waiting, &outcomes)?);
        }
    }
    Ok(inward)
}

/// Whose rows wait: first those that nothing speaks against, then those that were left alone, in case they can be
/// written now.
async fn todo(work: &mut Work<'_>, limit: usize) -> Result<Vec<Waiting>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT mapping, id, paused FROM @.identity WHERE todo <> 0 AND (paused IS NOT NULL OR {DUE}) ORDER BY paused IS NOT NULL, mapping, id LIMIT ?"
    );
    let rows = work.query(&sql, vec![limit.into()]).await?;
    rows.iter()
        .map(|row| Ok(Waiting { mapping: get(row, 0)?, id: get(row, 1)?, paused: get(row, 2)? }))
        .collect()
}

/// Rows that wait and are not left alone until someone looks.
pub(super) const WAITS: &str = "todo <> 0 AND (paused IS NULL OR again_ms IS NOT NULL)";

/// Not held by the bot a moment ago.
pub(super) const DUE: &str = "COALESCE(again_ms <= \
     (TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000), TRUE)";

async fn settle_rows<'i>(
    work: &mut Work<'_>,
    bound: &Bound,
    ids: &[&'i str],
) -> Result<Vec<(&'i str, Outcome)>, Fault> {
    let locked = rows::lock(work, bound, ids).await?;
    let shown = rows::of(work, bound, ids).await?;
    // By now the facts say everything that made the locked rows what they are.
    digest::all(work).await?;
    let known = known(work, bound, ids).await?;
    let room = room(work, bound, &shown).await?;
    let (mut outcomes, mut writes) = (Vec::new(), Vec::new());
    for id in ids.iter().copied() {
        let values = shown.get(id).map_or(&[][..], Vec::as_slice);
        if locked.get(id).map_or(0, Vec::len) != values.len() {
            outcomes.push((id, Outcome::Later));
            continue;
        }
        let Some(&(stored, own)) = known.get(id) else { continue };
        match Goal::of(Shown::of(values), stored, own, &room) {
            Goal::Rest { held } => outcomes.push((id, Outcome::Settled { held, written: None })),
            Goal::LeaveAlone(why) => outcomes.push((id, Outcome::LeftAlone(why.to_owned()))),
            Goal::Write { before, target, intended } => writes.push(Write { id, before, target, intended }),
        }
    }
    outcomes.extend(give::give(work, bound, &writes, room.step).await?);
    Ok(outcomes)
}

/// What is stored for each, and the sum of its own events. Nothing is known of anyone while something was written that
/// could not be read.
async fn known(
    work: &mut Work<'_>,
    bound: &Bound,
    ids: &[&str],
) -> Result<HashMap<String, (Amount, Option<Amount>)>, Fault> {
    let sql = format!(
        "SELECT i.id, i.stored, {} FROM {} STRAIGHT_JOIN @.identity AS i ON i.mapping = ? AND i.id = w.id WHERE NOT {}",
        digest::OWN,
        given(&[("id", ID)]),
        digest::BLIND
    );
    let ids: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let rows = work.query_over(&sql, &ids, &[bound.number.into()]).await?;
    rows.iter()
        .map(|row| {
            let own: Option<i64> = get(row, 2)?;
            Ok((get(row, 0)?, (Amount::new(get(row, 1)?), own.map(Amount::new))))
        })
        .collect()
}

/// What the column can be given. That the bot itself goes below zero is noted.
async fn room(work: &mut Work<'_>, bound: &Bound, shown: &Rows) -> Result<Room, Fault> {
    let number = || vec![bound.number.into()];
    if shown.values().flatten().flatten().any(|value| *value < 0) {
        let note = "UPDATE @.mapping SET negatives = TRUE WHERE mapping = ? AND NOT negatives";
        work.execute(note, number()).await?;
    }
    let has_negatives = work.one("SELECT negatives FROM @.mapping WHERE mapping = ?", number()).await?;
    Ok(Room {
        floor: goal::floor(bound.mapping.floor, get(&has_negatives, 0)?),
        step: bound.mapping.step(bound.shape.decimals(&bound.mapping)),
        largest: bound.mapping.largest(),
        missing: bound.mapping.missing,
    })
}

/// Notes what came of each.
async fn store(
    work: &mut Work<'_>,
    bound: &Bound,
    outcomes: &[(&str, Outcome)],
    began_ms: i64,
) -> Result<(), Fault> {
    let rows: Vec<_> = outcomes
        .iter()
        .map(|(id, outcome)| {
            let (state, held, why, written) = match outcome {
                Outcome::Settled { held, written } => ("settled", held.units(), None, *written),
                Outcome::LeftAlone(why) => ("alone", 0, Some(why), None),
                Outcome::Refused { why, held, .. } => ("refused", held.units(), Some(why), None),
                Outcome::Later => ("later", 0, None, None),
            };
            let before = written.map(|(before, _)| before.units());
            (id, state, held, why, before, written.map(|(_, after)| after.units()))
        })
        .collect();
    let given =
        given(&[("id", ID), ("state", TEXT), ("held", INT), ("paused", TEXT), ("was", INT), ("shows", INT)]);
    let sql = format!(
        "UPDATE {given} STRAIGHT_JOIN @.identity AS i ON i.mapping = ? AND i.id = w.id SET \
             i.todo = IF(w.state = 'settled', 0, i.todo), \
             i.held = IF(w.state IN ('settled', 'refused'), w.held, i.held), \
             i.paused = CASE w.state WHEN 'settled' THEN NULL WHEN 'later' THEN i.paused ELSE w.paused END, \
             i.again_ms = {NOW_MS} + CASE w.state WHEN 'later' THEN {AGAIN_MS} WHEN 'refused' THEN {REFUSED_AGAIN_MS} END, \
             i.inbound_before = COALESCE(w.was, i.inbound_before), \
             i.inbound_after = COALESCE(w.shows, i.inbound_after), \
             i.inbound_ms = IF(w.shows IS NULL, i.inbound_ms, ?)"
    );
    work.execute_over(&sql, &rows, &[bound.number.into(), began_ms.into()]).await
}

/// What is to be told: rows that were written, and those that cannot be for a reason that is new.
fn told(bound: &Bound, waiting: &[&Waiting], outcomes: &[(&str, Outcome)]) -> Result<Vec<Inward>, Fault> {
    let mut inward = Vec::new();
    for (id, outcome) in outcomes {
        let is_new =
            |why: &str| !waiting.iter().any(|one| one.id == *id && one.paused.as_deref() == Some(why));
        let (before, after, held, refused) = match outcome {
            Outcome::Settled { held, written: Some((before, after)) } => (*before, *after, *held, None),
            Outcome::Refused { why, before, held } if is_new(why) => {
                (*before, *before, *held, Some(why.clone()))
            }
            _ => continue,
        };
        let external = id.parse().map_err(Fault::damaged)?;
        inward.push(Inward { asset: bound.mapping.asset.clone(), external, before, after, held, refused });
    }
    Ok(inward)
}
