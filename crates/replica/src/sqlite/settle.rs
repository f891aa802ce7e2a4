//! Giving the bot's rows what is stored for them.

use onepurse_core::{Amount, local};
use rusqlite::{ErrorCode, params, params_from_iter, types::Value};

use super::{
    Work,
    connect::{Fault, is_busy},
    names::quote,
    outbox,
    terms::Bound,
    trigger,
};
use crate::Inward;

pub(super) fn settle(work: &Work<'_>, limit: usize, now_ms: i64) -> Result<Vec<Inward>, Fault> {
    let mut inward = Vec::new();
    let bound = work.bound()?;
    let todo = todo(work, limit)?;
    if todo.is_empty() {
        return Ok(inward);
    }
    let own = outbox::own_sums(work)?;
    for (mapping, id) in todo {
        let Some(bound) = bound.iter().find(|bound| bound.number == mapping) else {
            // The table is not there, and neither is the row.
            done(work, mapping, &id, 0)?;
            continue;
        };
        let own = own.get(&(mapping, id.clone())).copied().unwrap_or(Some(Amount::ZERO));
        let row = Row { work, bound, id };
        inward.extend(row.settle(own, now_ms)?);
    }
    Ok(inward)
}

/// Whose rows wait: first those that nothing speaks against, then those that were left alone, in case they can be
/// written now.
fn todo(work: &Work<'_>, limit: usize) -> Result<Vec<(i64, String)>, Fault> {
    let mut todo: Vec<(i64, String)> = Vec::new();
    for paused in ["paused IS NULL", "paused IS NOT NULL"] {
        let mut statement = work.db.prepare_cached(&format!(
            "SELECT mapping, id FROM onepurse_identity INDEXED BY onepurse_identity_todo WHERE todo <> 0 AND {paused} LIMIT ?1"
        ))?;
        let rest = i64::try_from(limit - todo.len()).unwrap_or(i64::MAX);
        for row in statement.query_map([rest], |row| Ok((row.get(0)?, row.get(1)?)))? {
            todo.push(row?);
        }
    }
    Ok(todo)
}

fn done(work: &Work<'_>, mapping: i64, id: &str, held: i64) -> Result<(), Fault> {
    work.db
        .prepare_cached(
            "UPDATE onepurse_identity SET todo = 0, held = ?3, paused = NULL WHERE mapping = ?1 AND id = ?2",
        )?
        .execute(params![mapping, id, held])?;
    Ok(())
}

/// What the bot's table says of an identity.
enum Shown {
    Nothing,
    Value(Amount),
    NotANumber,
    SeveralRows,
}

/// The row of one identity.
struct Row<'a> {
    work: &'a Work<'a>,
    bound: &'a Bound,
    id: String,
}

impl Row<'_> {
    fn settle(&self, own: Option<Amount>, now_ms: i64) -> Result<Option<Inward>, Fault> {
        let (work, number) = (self.work, self.bound.number);
        let stored = work
            .db
            .prepare_cached("SELECT stored FROM onepurse_identity WHERE mapping = ?1 AND id = ?2")?
            .query_row(params![number, self.id], |row| Ok(Amount::new(row.get(0)?)))?;
        let Some(intended) = own.and_then(|own| local::intended(stored, own)) else {
            return self.pause("the balance would overflow");
        };
        let before = match self.shown()? {
            Shown::Value(before) => before,
            Shown::NotANumber => return self.pause(trigger::NOT_A_NUMBER),
            Shown::SeveralRows => return self.pause(trigger::DUPLICATE),
            Shown::Nothing => {
                // An absent row shows what it counts as; where it counts as nothing, nothing is held from it.
                let held = self
                    .bound
                    .mapping
                    .missing
                    .map_or(0, |missing| intended.units().saturating_sub(missing.units()));
                done(work, number, &self.id, held)?;
                return Ok(None);
            }
        };
        let target = local::written(intended, self.floor(before)?, Amount::new(self.bound.step()));
        let after = if target == before {
            before
        } else {
            match self.write(before, target)? {
                Ok(after) => after,
                Err(refusal) => return self.pause(&refusal),
            }
        };
        let held = intended
            .checked_sub(after)
            .ok_or_else(|| Fault::Damaged(format!("{}: what is held is no amount", self.id)))?;
        done(work, number, &self.id, held.units())?;
        if after == before {
            return Ok(None);
        }
        work.db
            .prepare_cached("UPDATE onepurse_identity SET inbound_before = ?3, inbound_after = ?4, inbound_ms = ?5 WHERE mapping = ?1 AND id = ?2")?
            .execute(params![number, self.id, before.units(), after.units(), now_ms])?;
        let external = self.id.clone().try_into().map_err(outbox::damaged)?;
        Ok(Some(Inward { asset: self.bound.mapping.asset.clone(), external, before, after, held }))
    }

    /// Leaves the identity alone, and to be done, until someone looks.
    fn pause(&self, reason: &str) -> Result<Option<Inward>, Fault> {
        self.work
            .db
            .prepare_cached("UPDATE onepurse_identity SET paused = ?3 WHERE mapping = ?1 AND id = ?2 AND paused IS NOT ?3")?
            .execute(params![self.bound.number, self.id, reason])?;
        Ok(None)
    }

    fn shown(&self) -> Result<Shown, Fault> {
        let bound = self.bound;
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE {} LIMIT 2",
            bound.value("t"),
            bound.table(),
            bound.is_identity("t")
        );
        let mut statement = self.work.db.prepare_cached(&sql)?;
        if statement.parameter_count() != bound.parts(&self.id).len() {
            return Ok(Shown::Nothing);
        }
        let values = statement
            .query_map(params_from_iter(bound.parts(&self.id)), |row| row.get::<_, Option<i64>>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match values.as_slice() {
            [] => Shown::Nothing,
            [Some(value)] => Shown::Value(Amount::new(*value)),
            [None] => Shown::NotANumber,
            _ => Shown::SeveralRows,
        })
    }

    /// Zero, unless the configuration says otherwise or the bot itself goes below it.
    fn floor(&self, shown: Amount) -> Result<Option<Amount>, Fault> {
        if let Some(floor) = self.bound.mapping.floor {
            return Ok(Some(floor));
        }
        let (db, number) = (self.work.db, self.bound.number);
        if shown < Amount::ZERO {
            db.prepare_cached(
                "UPDATE onepurse_mapping SET negatives = 1 WHERE mapping = ?1 AND negatives = 0",
            )?
            .execute([number])?;
            return Ok(None);
        }
        let negatives: bool = db
            .prepare_cached("SELECT negatives FROM onepurse_mapping WHERE mapping = ?1")?
            .query_row([number], |row| row.get(0))?;
        Ok((!negatives).then_some(Amount::ZERO))
    }

    /// Writes `target`, or the nearest to it that the bot's own constraints allow; returns what the row shows then,
    /// or why it cannot be written at all.
    fn write(&self, before: Amount, target: Amount) -> Result<Result<Amount, String>, Fault> {
        match self.update(target)? {
            Ok(()) => self.read_back(),
            Err(refusal) if refusal.is_constraint => {
                let allowed = self.nearest(before, target)?;
                if allowed == before {
                    return Ok(Ok(before));
                }
                match self.update(allowed)? {
                    Ok(()) => self.read_back(),
                    Err(refusal) => Ok(Err(refusal.message)),
                }
            }
            Err(refusal) => Ok(Err(refusal.message)),
        }
    }

    fn read_back(&self) -> Result<Result<Amount, String>, Fault> {
        Ok(match self.shown()? {
            Shown::Value(value) => Ok(value),
            Shown::Nothing => Err("the bot's own trigger removed the row".to_owned()),
            Shown::NotANumber => Err(trigger::NOT_A_NUMBER.to_owned()),
            Shown::SeveralRows => Err(trigger::DUPLICATE.to_owned()),
        })
    }

    /// The value nearest to `refused` that is not refused, between it and `allowed`; by halving, each try undone.
    fn nearest(&self, allowed: Amount, refused: Amount) -> Result<Amount, Fault> {
        let step = i128::from(self.bound.step());
        let (mut good, mut bad) = (i128::from(allowed.units()), i128::from(refused.units()));
        while (bad - good).abs() > step {
            let middle = good + ((bad - good) / 2).div_euclid(step) * step;
            let Ok(units) = i64::try_from(middle) else { break };
            if middle == good || middle == bad {
                break;
            }
            self.work.db.execute_batch("SAVEPOINT onepurse_try")?;
            let tried = self.update(Amount::new(units))?;
            self.work.db.execute_batch("ROLLBACK TO onepurse_try; RELEASE onepurse_try")?;
            if tried.is_ok() { good = middle } else { bad = middle }
        }
        Ok(Amount::new(i64::try_from(good).unwrap_or(allowed.units())))
    }

    /// One write of the bot's row, which capture does not see. The inner error says why the row refused.
    fn update(&self, value: Amount) -> Result<Result<(), Refusal>, Fault> {
        let (bound, db) = (self.bound, self.work.db);
        let parts = bound.parts(&self.id);
        let sql = format!(
            "UPDATE {} AS t SET {} = ?{} WHERE {}",
            bound.table(),
            quote(&bound.mapping.column),
            parts.len() + 1,
            bound.is_identity("t")
        );
        let mut values: Vec<Value> = parts.into_iter().map(|part| Value::Text(part.to_owned())).collect();
        values.push(self.as_written(value));
        db.prepare_cached("INSERT INTO onepurse_applying VALUES (?1, ?2)")?
            .execute(params![bound.number, self.id])?;
        let updated =
            db.prepare_cached(&sql).and_then(|mut statement| statement.execute(params_from_iter(values)));
        db.prepare_cached("DELETE FROM onepurse_applying")?.execute([])?;
        match updated {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_busy(&error) => Err(error.into()),
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => {
                    Ok(Err(Refusal { is_constraint: true, message: error.to_string() }))
                }
                Some(ErrorCode::Unknown) => {
                    Ok(Err(Refusal { is_constraint: false, message: error.to_string() }))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// The number as the bot would write it: whole where it is whole.
    fn as_written(&self, value: Amount) -> Value {
        let one = self.bound.mapping.scale.units_per_one();
        if value.units() % one == 0 {
            return Value::Integer(value.units() / one);
        }
        #[expect(clippy::cast_precision_loss, reason = "a column with decimals keeps floating-point numbers")]
        Value::Real(value.units() as f64 / one as f64)
    }
}

/// Why the bot's row could not be written.
struct Refusal {
    is_constraint: bool,
    message: String,
}
