//! Writing one row of the bot, as far as the bot's own constraints and triggers allow.

use onepurse_core::Amount;
use rusqlite::{ErrorCode, params, params_from_iter, types::Value};

use super::{Work, connect::Fault, names::quote, shape::Affinity, terms::Bound};
use crate::{alone, goal::Shown};

/// The row of one identity.
pub(super) struct Row<'a> {
    pub(super) work: &'a Work<'a>,
    pub(super) bound: &'a Bound,
    pub(super) id: &'a str,
}

/// Why the bot's row could not be written.
struct Refusal {
    is_constraint: bool,
    message: String,
}

impl Row<'_> {
    /// What the row shows now.
    pub(super) fn shown(&self) -> Result<Shown, Fault> {
        let bound = self.bound;
        let parts = bound.parts(self.id);
        if parts.len() != bound.mapping.id.len() {
            return Ok(Shown::Nothing);
        }
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE {} LIMIT 2",
            bound.value("t"),
            bound.table(),
            bound.is_identity("t")
        );
        let mut statement = self.work.db.prepare_cached(&sql)?;
        let values = statement
            .query_map(params_from_iter(parts), |row| row.get::<_, Option<i64>>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match values.as_slice() {
            [] => Shown::Nothing,
            [Some(value)] => Shown::Value(Amount::new(*value)),
            [None] => Shown::NotANumber,
            _ => Shown::SeveralRows,
        })
    }

    /// Writes `target`, or the nearest to it that the bot's own constraints allow; returns what the row shows then,
    /// or why it cannot be written at all.
    pub(super) fn write(&self, before: Amount, target: Amount) -> Result<Result<Amount, String>, Fault> {
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
            Shown::Nothing => Err(alone::REMOVED.to_owned()),
            Shown::NotANumber => Err(alone::NOT_A_NUMBER.to_owned()),
            Shown::SeveralRows => Err(alone::DUPLICATE.to_owned()),
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

    /// One write of the bot's row, which capture does not see; all of it or nothing, whatever the bot's triggers do.
    /// The inner error says why the row refused.
    fn update(&self, value: Amount) -> Result<Result<(), Refusal>, Fault> {
        let db = self.work.db;
        db.execute_batch("SAVEPOINT onepurse_write")?;
        db.prepare_cached("INSERT INTO onepurse_applying VALUES (?1, ?2)")?
            .execute(params![self.bound.number, self.id])?;
        let updated = self.set(value);
        if db.is_autocommit() {
            return Err(Fault::RolledBack { mapping: self.bound.number, id: self.id.to_owned() });
        }
        let Err(error) = updated else {
            db.prepare_cached("DELETE FROM onepurse_applying")?.execute([])?;
            db.execute_batch("RELEASE onepurse_write")?;
            return Ok(Ok(()));
        };
        db.execute_batch("ROLLBACK TO onepurse_write; RELEASE onepurse_write")?;
        let is_constraint = match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => true,
            Some(ErrorCode::Unknown | ErrorCode::TypeMismatch) => false,
            _ => return Err(error.into()),
        };
        Ok(Err(Refusal { is_constraint, message: error.to_string() }))
    }

    fn set(&self, value: Amount) -> rusqlite::Result<usize> {
        let bound = self.bound;
        let parts = bound.parts(self.id);
        let sql = format!(
            "UPDATE {} AS t SET {} = ?{} WHERE {}",
            bound.table(),
            quote(&bound.mapping.column),
            parts.len() + 1,
            bound.is_identity("t")
        );
        let mut values: Vec<Value> = parts.into_iter().map(|part| Value::Text(part.to_owned())).collect();
        values.push(self.as_written(value));
        self.work.db.prepare_cached(&sql)?.execute(params_from_iter(values))
    }

    /// The number as the bot would write it: whole where it is whole, with all its digits where it becomes a text.
    fn as_written(&self, value: Amount) -> Value {
        let (mapping, shape) = (&self.bound.mapping, &self.bound.shape);
        let one = mapping.scale.units_per_one();
        if value.units() % one == 0 {
            return Value::Integer(value.units() / one);
        }
        if shape.column(&mapping.column).is_some_and(|column| column.affinity == Affinity::Text) {
            return Value::Text(mapping.scale.format(value).trim_end_matches('0').to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a column with decimals keeps floating-point numbers")]
        Value::Real(value.units() as f64 / one as f64)
    }
}
