//! Giving the bot's rows what is stored for them.
//!
//! A row is locked first, and only where nobody else holds it; then the facts are read, which by then say everything that
//! made the row what it is; then it is written. Nothing is waited for while a row is locked, so no bot waits in a circle.

mod write;

use std::collections::HashMap;

use onepurse_core::Amount;
use tokio_postgres::types::Type;

use super::{Work, digest, fault::Fault, ids::Ids, terms::Bound};
use crate::{
    Inward,
    alone::ROLLS_BACK,
    goal::{self, Goal, Room, Shown},
};

/// A row that the bot holds is looked at again after so long.
const AGAIN_MS: i64 = 200;
/// A row that could not be written, since a right is missing or the like, is tried again after so long, and whenever
/// others are written.
const REFUSED_AGAIN_MS: i64 = 30_000;

/// What came of one identity.
enum Outcome {
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
pub(super) async fn alone(work: &Work<'_>, limit: usize) -> Result<Vec<Inward>, Fault> {
    digest::alone(work).await?;
    settle(work, limit).await
}

pub(super) async fn settle(work: &Work<'_>, limit: usize) -> Result<Vec<Inward>, Fault> {
    let todo = todo(work, limit).await?;
    let mut inward = Vec::new();
    if todo.is_empty() {
        return Ok(inward);
    }
    let bound = work.bound().await?;
    // Without its table, what is stored waits for it.
    for bound in &bound {
        let waiting: Vec<_> = todo.iter().filter(|one| one.mapping == bound.number).collect();
        if !waiting.is_empty() {
            inward.extend(settle_rows(work, bound, &waiting).await?);
        }
    }
    Ok(inward)
}

/// Whose rows wait: first those that nothing speaks against, then those that were left alone, in case they can be
/// written now.
async fn todo(work: &Work<'_>, limit: usize) -> Result<Vec<Waiting>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = work
        .query(
            &format!(
                "SELECT mapping, id, paused FROM @.identity WHERE todo <> 0 AND paused IS DISTINCT FROM $1 AND (paused IS NOT NULL OR {DUE}) \
                 ORDER BY paused IS NOT NULL, mapping, id LIMIT $2"
            ),
            &[(&ROLLS_BACK, Type::TEXT), (&limit, Type::INT8)],
        )
        .await?;
    rows.iter()
        .map(|row| Ok(Waiting { mapping: row.try_get(0)?, id: row.try_get(1)?, paused: row.try_get(2)? }))
        .collect()
}

/// Rows that wait and are not left alone until someone looks.
pub(super) const WAITS: &str = "todo <> 0 AND (paused IS NULL OR again_ms IS NOT NULL)";

/// Not held by the bot a moment ago.
pub(super) const DUE: &str =
    "coalesce(again_ms <= floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint, true)";

async fn settle_rows(work: &Work<'_>, bound: &Bound, waiting: &[&Waiting]) -> Result<Vec<Inward>, Fault> {
    let ids: Vec<_> = waiting.iter().map(|one| one.id.as_str()).collect();
    let ids = ids.as_slice();
    let keys = Ids::of(bound, ids);
    let locked = lock(work, bound, &keys).await?;
    let shown = shown(work, bound, &keys).await?;
    // By now the facts say everything that made the locked rows what they are.
    digest::all(work).await?;
    let known = known(work, bound, ids).await?;
    let room = room(work, bound, &shown).await?;
    let (mut outcomes, mut writes) = (Vec::new(), Vec::new());
    for (nth, id) in ids.iter().enumerate() {
        let values = shown.get(&nth).map_or(&[][..], Vec::as_slice);
        if locked.get(&nth).copied().unwrap_or(0) != values.len() {
            outcomes.push((nth, Outcome::Later));
            continue;
        }
        let Some(&(stored, own)) = known.get(*id) else { continue };
        match Goal::of(Shown::of(values), stored, own, &room) {
            Goal::Rest { held } => outcomes.push((nth, Outcome::Settled { held, written: None })),
            Goal::LeaveAlone(why) => outcomes.push((nth, Outcome::LeftAlone(why.to_owned()))),
            Goal::Write { before, target, intended } => writes.push((nth, before, target, intended)),
        }
    }
    outcomes.extend(write::give(work, bound, ids, &writes, room.step).await?);
    store(work, bound, ids, &outcomes).await?;
    inward(bound, waiting, &outcomes)
}

/// Locks the rows that nobody else holds; how many of each identity.
async fn lock(work: &Work<'_>, bound: &Bound, ids: &Ids) -> Result<HashMap<usize, usize>, Fault> {
    let sql = format!(
        "SELECT w.nth FROM unnest({}) WITH ORDINALITY AS w({}, nth) JOIN {} AS t ON {} \
         FOR NO KEY UPDATE OF t SKIP LOCKED",
        ids.arrays,
        ids.names,
        bound.table(),
        bound.is_identity("t", "w.id", |nth| Ids::part(bound, "w", nth)),
    );
    let mut locked = HashMap::new();
    for row in work.query(&sql, &ids.params()).await? {
        *locked.entry(position(row.try_get(0)?)?).or_default() += 1;
    }
    Ok(locked)
}

/// What the rows show.
pub(super) async fn shown(
    work: &Work<'_>,
    bound: &Bound,
    ids: &Ids,
) -> Result<HashMap<usize, Vec<Option<i64>>>, Fault> {
    let sql = format!(
        "SELECT w.nth, {} FROM unnest({}) WITH ORDINALITY AS w({}, nth) JOIN {} AS t ON {}",
        bound.value("t"),
        ids.arrays,
        ids.names,
        bound.table(),
        bound.is_identity("t", "w.id", |nth| Ids::part(bound, "w", nth)),
    );
    let mut shown: HashMap<_, Vec<_>> = HashMap::new();
    for row in work.query(&sql, &ids.params()).await? {
        shown.entry(position(row.try_get(0)?)?).or_default().push(row.try_get(1)?);
    }
    Ok(shown)
}

fn position(nth: i64) -> Result<usize, Fault> {
    usize::try_from(nth - 1).map_err(Fault::damaged)
}

/// What is stored for each, and the sum of its own events. Nothing is known of anyone while something was written that
/// could not be read.
async fn known(
    work: &Work<'_>,
    bound: &Bound,
    ids: &[&str],
) -> Result<HashMap<String, (Amount, Option<Amount>)>, Fault> {
    let sql = format!(
        "SELECT i.id, i.stored, {} FROM @.identity AS i WHERE i.mapping = $1 AND i.id = ANY ($2) AND NOT {}",
        digest::OWN,
        digest::BLIND
    );
    let rows = work.query(&sql, &[(&bound.number, Type::INT8), (&ids, Type::TEXT_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            let own: Option<i64> = row.try_get(2)?;
            Ok((row.try_get(0)?, (Amount::new(row.try_get(1)?), own.map(Amount::new))))
        })
        .collect()
}

/// What the column can be given. That the bot itself goes below zero is noted.
async fn room(
    work: &Work<'_>,
    bound: &Bound,
    shown: &HashMap<usize, Vec<Option<i64>>>,
) -> Result<Room, Fault> {
    let number = [(&bound.number as _, Type::INT8)];
    let is_negative = shown.values().flatten().flatten().any(|value| *value < 0);
    if is_negative {
        let note = "UPDATE @.mapping SET negatives = true WHERE mapping = $1 AND NOT negatives";
        work.execute(note, &number).await?;
    }
    let has_negatives = work.one("SELECT negatives FROM @.mapping WHERE mapping = $1", &number).await?;
    Ok(Room {
        floor: goal::floor(bound.mapping.floor, has_negatives.try_get(0)?),
        step: bound.mapping.step(bound.shape.decimals(&bound.mapping)),
        largest: bound.mapping.largest(),
        missing: bound.mapping.missing,
    })
}

/// Notes what came of each. The time of an inbound change is that of our transaction, before any row was locked: a write
/// of the bot that waited for us is later.
async fn store(
    work: &Work<'_>,
    bound: &Bound,
    ids: &[&str],
    outcomes: &[(usize, Outcome)],
) -> Result<(), Fault> {
    let (mut who, mut states, mut held, mut paused) = (vec![], vec![], vec![], vec![]);
    let (mut befores, mut afters) = (vec![], vec![]);
    for (nth, outcome) in outcomes {
        let (state, kept_back, why, written) = match outcome {
            Outcome::Settled { held, written } => ("settled", held.units(), None, *written),
            Outcome::LeftAlone(why) => ("alone", 0, Some(why.as_str()), None),
            Outcome::Refused { why, held, .. } => ("refused", held.units(), Some(why.as_str()), None),
            Outcome::Later => ("later", 0, None, None),
        };
        who.push(ids[*nth]);
        states.push(state);
        held.push(kept_back);
        paused.push(why);
        befores.push(written.map(|(before, _)| before.units()));
        afters.push(written.map(|(_, after)| after.units()));
    }
    work.execute(
        "UPDATE @.identity AS i SET \
             todo = CASE w.state WHEN 'settled' THEN 0 ELSE i.todo END, \
             held = CASE WHEN w.state IN ('settled', 'refused') THEN w.held ELSE i.held END, \
             paused = CASE w.state WHEN 'settled' THEN NULL WHEN 'later' THEN i.paused ELSE w.paused END, \
             again_ms = floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + CASE w.state WHEN 'later' THEN $8 WHEN 'refused' THEN $9 END, \
             inbound_before = coalesce(w.before, i.inbound_before), \
             inbound_after = coalesce(w.after, i.inbound_after), \
             inbound_ms = CASE WHEN w.after IS NULL THEN i.inbound_ms ELSE floor(extract(epoch FROM now()) * 1000)::bigint END \
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[]) \
             AS w(id, state, held, paused, before, after) \
         WHERE i.mapping = $1 AND i.id = w.id",
        &[
            (&bound.number, Type::INT8),
            (&who, Type::TEXT_ARRAY),
            (&states, Type::TEXT_ARRAY),
            (&held, Type::INT8_ARRAY),
            (&paused, Type::TEXT_ARRAY),
            (&befores, Type::INT8_ARRAY),
            (&afters, Type::INT8_ARRAY),
            (&AGAIN_MS, Type::INT8),
            (&REFUSED_AGAIN_MS, Type::INT8),
        ],
    )
    .await?;
    Ok(())
}

/// What is to be told: rows that were written, and those that cannot be for a reason that is new.
fn inward(bound: &Bound, waiting: &[&Waiting], outcomes: &[(usize, Outcome)]) -> Result<Vec<Inward>, Fault> {
    let mut inward = Vec::new();
    for (nth, outcome) in outcomes {
        let Waiting { id, paused, .. } = waiting[*nth];
        let (before, after, held, refused) = match outcome {
            Outcome::Settled { held, written: Some((before, after)) } => (*before, *after, *held, None),
            Outcome::Refused { why, before, held } if paused.as_ref() != Some(why) => {
                (*before, *before, *held, Some(why.clone()))
            }
            _ => continue,
        };
        let external = id.parse().map_err(Fault::damaged)?;
        inward.push(Inward { asset: bound.mapping.asset.clone(), external, before, after, held, refused });
    }
    Ok(inward)
}
