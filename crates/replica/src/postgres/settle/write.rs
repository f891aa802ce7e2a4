//! Writing the bot's rows, by the functions in the database that do it (`give.rs`), and what comes of each.

use onepurse_core::Amount;
use onepurse_postgres::quote;
use tokio_postgres::{Row, error::SqlState, types::Type};

use super::{Outcome, position};
use crate::{
    goal::Goal,
    postgres::{Work, fault::Fault, ids::Ids, refused::denied, terms::Bound},
};

/// Writes the rows, all in one statement.
pub(super) async fn give(
    work: &Work<'_>,
    bound: &Bound,
    all: &[&str],
    writes: &[(usize, Amount, Amount, Amount)],
    step: Amount,
) -> Result<Vec<(usize, Outcome)>, Fault> {
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = writes.iter().map(|(nth, ..)| all[*nth]).collect();
    let befores: Vec<_> = writes.iter().map(|(_, before, ..)| before.units()).collect();
    let targets: Vec<_> = writes.iter().map(|(_, _, target, _)| target.units()).collect();
    let keys = Ids::of(bound, &ids);
    let width = keys.width();
    let parts: Vec<_> = (0..bound.mapping.id.len()).map(|nth| Ids::part(bound, "w", nth)).collect();
    let sql = format!(
        "SELECT w.nth, g.shows, g.moved, g.code, g.refusal, g.context, current_user::text FROM unnest({}, ${}::bigint[], ${}::bigint[]) \
         WITH ORDINALITY AS w({}, before, target, nth), LATERAL {}(w.id, {}, w.before, w.target, ${}) AS g",
        keys.arrays,
        width + 1,
        width + 2,
        keys.names,
        bound.function("give"),
        parts.join(", "),
        width + 3,
    );
    let step = step.units();
    let mut params = keys.params();
    params.extend([
        (&befores as _, Type::INT8_ARRAY),
        (&targets as _, Type::INT8_ARRAY),
        (&step as _, Type::INT8),
    ]);
    // A constraint or trigger that waits for the commit would refuse everything then.
    work.run_plain("SET CONSTRAINTS ALL IMMEDIATE").await?;
    let mut outcomes = Vec::new();
    for row in work.query(&sql, &params).await? {
        let (nth, before, _, intended) = writes[position(row.try_get(0)?)?];
        let outcome = if row.try_get(2)? {
            Outcome::Later
        } else if let Some(why) = row.try_get(4)? {
            refused(&row, why, before, intended)?
        } else {
            rested(before, intended, Amount::new(row.try_get::<_, Option<i64>>(1)?.unwrap_or_default()))
        };
        outcomes.push((nth, outcome));
    }
    Ok(outcomes)
}

/// The row could not be written, or is not as a row should be now that it was.
fn refused(row: &Row, why: &str, before: Amount, intended: Amount) -> Result<Outcome, Fault> {
    let code: Option<&str> = row.try_get(3)?;
    let Some((code, held)) = code.zip(intended.checked_sub(before)) else {
        return Ok(Outcome::LeftAlone(why.to_owned()));
    };
    let context: Option<&str> = row.try_get(5)?;
    let why = if code == SqlState::INSUFFICIENT_PRIVILEGE.code() {
        denied(why, context.unwrap_or_default(), &quote(row.try_get(6)?))
    } else {
        why.to_owned()
    };
    Ok(Outcome::Refused { why, before, held })
}

fn rested(before: Amount, intended: Amount, after: Amount) -> Outcome {
    match Goal::resting(intended, after) {
        Goal::Rest { held } => {
            Outcome::Settled { held, written: (after != before).then_some((before, after)) }
        }
        Goal::LeaveAlone(why) => Outcome::LeftAlone(why.to_owned()),
        Goal::Write { .. } => Outcome::Later,
    }
}
