//! Writing the bot's rows, past the bot's own constraints and triggers.
//!
//! All rows of a batch are written by one statement. Where the bot refuses one of them, none is written, and each is
//! tried alone: the value, or the nearest to it that is not refused. The rows are locked by us since they were read, and
//! MariaDB lets no trigger write the table that its own statement writes, so nothing else moves them meanwhile.
//!
//! A variable of our session names the mapping that is being written, and its triggers write nothing of a change down
//! then. What the bot's own triggers do meanwhile is done to other tables, or to another column of the same row, and is
//! captured by the triggers of those mappings. The variable goes with the session: a connection that was lost takes it
//! along.

use mysql_async::Value;
use onepurse_core::Amount;

use super::{Work, fault::Fault, names::quote, refused::denied, rows, settle::Outcome, terms::Bound};
use crate::{
    alone,
    goal::{Goal, Shown},
};

/// A row to be written: from what it shows to what it is to show, of what it should.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'i> {
    pub(super) id: &'i str,
    pub(super) before: Amount,
    pub(super) target: Amount,
    pub(super) intended: Amount,
}

/// What the bot makes of a write.
#[derive(Debug)]
enum Put {
    Done,
    /// A constraint or a trigger refuses the value.
    Refused,
    /// A trigger of the bot wanted what another holds.
    InTheWay,
    /// It cannot be written at all, in the server's words.
    Impossible(String),
}

/// Writes the rows; what came of each.
pub(super) async fn give<'i>(
    work: &mut Work<'_>,
    bound: &Bound,
    writes: &[Write<'i>],
    step: Amount,
) -> Result<Vec<(&'i str, Outcome)>, Fault> {
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    work.execute("SET @onepurse_giving = ?", vec![bound.mark().into()]).await?;
    let put = put_all(work, bound, writes, step).await;
    work.run("SET @onepurse_giving = NULL").await?;
    let put = put?;
    let ids: Vec<_> = writes.iter().map(|write| write.id).collect();
    let shown = rows::of(work, bound, &ids).await?;
    Ok(writes
        .iter()
        .zip(put)
        .map(|(write, put)| {
            let values = shown.get(write.id).map_or(&[][..], Vec::as_slice);
            (write.id, outcome(write, put, Shown::of(values)))
        })
        .collect())
}

async fn put_all(
    work: &mut Work<'_>,
    bound: &Bound,
    writes: &[Write<'_>],
    step: Amount,
) -> Result<Vec<Put>, Fault> {
    let all: Vec<_> = writes.iter().map(|write| (write.id, write.target)).collect();
    if matches!(put(work, bound, &all).await?, Put::Done) {
        return Ok(writes.iter().map(|_| Put::Done).collect());
    }
    let mut each = Vec::new();
    for write in writes {
        each.push(match put(work, bound, &[(write.id, write.target)]).await? {
            Put::Refused => nearest(work, bound, write, step).await?,
            put => put,
        });
    }
    Ok(each)
}

/// Writes rows, all of them or none. A statement that fails has changed nothing, whatever its triggers did.
async fn put(work: &mut Work<'_>, bound: &Bound, values: &[(&str, Amount)]) -> Result<Put, Fault> {
    let ids: Vec<_> = values.iter().map(|(id, _)| *id).collect();
    let Some((among, keys)) = bound.among(&ids) else { return Ok(Put::Done) };
    let id = bound.id("t");
    let cases = vec!["WHEN ? THEN ?"; values.len()].join(" ");
    let places = vec!["?"; values.len()].join(", ");
    let sql = format!(
        "UPDATE {} AS t SET t.{} = CASE {id} {cases} END WHERE {among} AND {id} IN ({places}) AND {}",
        bound.table(),
        quote(&bound.mapping.column),
        bound.counts_here()
    );
    let mut params: Vec<Value> = Vec::new();
    for (id, units) in values {
        params.extend([Value::from(*id), bound.written(*units).into()]);
    }
    params.extend(keys);
    params.extend(ids.iter().map(|id| Value::from(*id)));
    let done = work.execute(&sql, params).await;
    let Err(fault) = done else { return Ok(Put::Done) };
    if fault.is_of_connection() {
        return Err(fault);
    }
    // A deadlock, and where the server is set up so a lock that was not to be had, takes the transaction away.
    if !work.is_alive().await? {
        return Err(Fault::Busy);
    }
    Ok(verdict(&fault))
}

/// What a refusal means. Classes 22 and 23 are values that a column or a constraint does not take, 45 is what triggers
/// signal.
fn verdict(fault: &Fault) -> Put {
    /// `CONSTRAINT … failed`, and `… value is out of range`, which have no class of their own.
    const OF_VALUES: [u16; 2] = [4025, 1690];
    match fault {
        fault if fault.is_busy() => Put::InTheWay,
        Fault::Sql(mysql_async::Error::Server(error))
            if OF_VALUES.contains(&error.code)
                || ["22", "23", "45"].iter().any(|class| error.state.starts_with(class)) =>
        {
            Put::Refused
        }
        fault if fault.is_denied() => Put::Impossible(denied(&fault.said())),
        fault => Put::Impossible(fault.said()),
    }
}

/// Writes the value nearest to the one that was refused that is not, by halving; perhaps that is the one there is.
async fn nearest(work: &mut Work<'_>, bound: &Bound, write: &Write<'_>, step: Amount) -> Result<Put, Fault> {
    let (mut good, mut bad) = (write.before, write.target);
    while let Some(middle) = middle(good, bad, step) {
        work.run_plain("SAVEPOINT onepurse_try").await?;
        let tried = put(work, bound, &[(write.id, middle)]).await?;
        work.run_plain("ROLLBACK TO SAVEPOINT onepurse_try").await?;
        match tried {
            Put::Done => good = middle,
            Put::Refused => bad = middle,
            other => return Ok(other),
        }
    }
    if good == write.before { Ok(Put::Done) } else { put(work, bound, &[(write.id, good)]).await }
}

/// The next value to be tried, in whole steps from the good one; `None` where there is none in between.
fn middle(good: Amount, bad: Amount, step: Amount) -> Option<Amount> {
    let (good, bad) = (i128::from(good.units()), i128::from(bad.units()));
    let step = i128::from(step.units().max(1));
    if (bad - good).abs() <= step {
        return None;
    }
    let half = (bad - good) / 2 / step * step;
    let middle = if half == 0 { good + (bad - good).signum() * step } else { good + half };
    i64::try_from(middle).ok().map(Amount::new)
}

fn outcome(write: &Write<'_>, put: Put, shown: Shown) -> Outcome {
    let left_alone = |why: &str| Outcome::LeftAlone(why.to_owned());
    match (put, shown) {
        (Put::InTheWay, _) => Outcome::Later,
        (Put::Impossible(why), _) => match write.intended.checked_sub(write.before) {
            Some(held) => Outcome::Refused { why, before: write.before, held },
            None => Outcome::LeftAlone(why),
        },
        (_, Shown::Nothing) => left_alone(alone::REMOVED),
        (_, Shown::SeveralRows) => left_alone(alone::DUPLICATE),
        (_, Shown::NotANumber) => left_alone(alone::NOT_A_NUMBER),
        (_, Shown::Value(after)) => match Goal::resting(write.intended, after) {
            Goal::Rest { held } => {
                Outcome::Settled { held, written: (after != write.before).then_some((write.before, after)) }
            }
            Goal::LeaveAlone(why) => left_alone(why),
            Goal::Write { .. } => Outcome::Later,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_ends_between_two_steps() {
        let middle = |good, bad, step| {
            middle(Amount::new(good), Amount::new(bad), Amount::new(step)).map(Amount::units)
        };
        assert_eq!(middle(100, 500, 1), Some(300));
        assert_eq!(middle(100, 102, 1), Some(101));
        assert_eq!(middle(100, 101, 1), None);
        assert_eq!(middle(100, -30, 1), Some(35));
        assert_eq!(middle(100, 450, 100), Some(200));
        assert_eq!(middle(100, 250, 100), Some(200));
        assert_eq!(middle(i64::MAX, -i64::MAX, 1), Some(0));
    }
}
