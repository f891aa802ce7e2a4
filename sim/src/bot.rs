//! The bots: they write to their tables in every way that real ones do, and know nothing of onepurse.

mod deed;
mod direct;
mod odd;

use std::{collections::BTreeMap, path::PathBuf};

use onepurse_core::Scale;
use rusqlite::{Connection, ErrorCode, types::Value};

use crate::{
    auditor::{Checked, Diff, Rows, Violation, rows},
    dice::Dice,
    disk::Machine,
    shape::Shape,
};
use deed::DEEDS;
pub use deed::Deed;

/// One program that writes to a platform's database: the bot itself, or an admin panel beside it.
pub struct Bot {
    path: PathBuf,
    shape: Shape,
    scale: Scale,
    machine: Machine,
    db: Option<Connection>,
    /// What the open transaction has changed so far.
    open: Option<Vec<Diff>>,
    /// What it has read of whom.
    read: BTreeMap<(usize, &'static str), f64>,
    /// Whose row the statement that runs now makes whose.
    renames: Option<(String, String)>,
}

/// What came of a deed.
pub struct Done {
    /// In words.
    pub story: String,
    /// What was committed, statement by statement.
    pub committed: Vec<Diff>,
}

impl Bot {
    /// A bot over the database at `path`.
    #[must_use]
    pub fn new(path: PathBuf, shape: Shape, scale: Scale, machine: Machine) -> Self {
        Self { path, shape, scale, machine, db: None, open: None, read: BTreeMap::new(), renames: None }
    }

    /// A transaction of it is open.
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// It ends; what it has not committed is gone.
    pub fn end(&mut self) {
        (self.db, self.open) = (None, None);
        self.read.clear();
    }

    /// What it would do next.
    pub fn choose(&self, dice: &mut Dice) -> Deed {
        if self.is_open() && dice.chance(300) {
            return if dice.chance(700) { Deed::Commit } else { Deed::Rollback };
        }
        match dice.weighted(DEEDS) {
            Some(Deed::Begin) if self.is_open() => Deed::Commit,
            Some(deed) => deed,
            None => Deed::Add,
        }
    }

    /// Does it. `is_contended`: another program has a transaction open here.
    pub fn perform(&mut self, deed: Deed, dice: &mut Dice, is_contended: bool) -> Checked<Done> {
        let shape = self.shape;
        let Some((_, column)) = dice.pick(shape.balances) else {
            return Ok(self.done(deed, "nothing", vec![]));
        };
        let id = 1 + dice.below(shape.people);
        let (amount, is, table) = (self.amount(dice), shape.is(), shape.table);
        let with = |value: Value| vec![value, shape.key(id)];
        let update =
            |set: String| vec![(format!("UPDATE {table} SET {set} WHERE {is}"), with(amount.clone()))];
        let delete = || (format!("DELETE FROM {table} WHERE ?1 AND {is}"), with(Value::Integer(1)));
        let statements = match deed {
            Deed::Add => update(format!("{column} = {column} + ?1")),
            Deed::Spend => update(format!("{column} = MAX(0, {column} - ?1)")),
            Deed::Overspend => update(format!("{column} = {column} - ?1")),
            Deed::SpendAll => {
                vec![(format!("UPDATE {table} SET {column} = 0 WHERE ?1 AND {is}"), with(Value::Integer(1)))]
            }
            Deed::Note => update("note = ?1".to_owned()),
            Deed::SaveSame => update(format!("{column} = {column}, note = ?1")),
            Deed::AddAll => vec![(format!("UPDATE {table} SET {column} = {column} + ?1"), vec![amount])],
            Deed::ResetAll => vec![(format!("UPDATE {table} SET {column} = 0"), vec![])],
            Deed::Delete => vec![delete()],
            Deed::Read => return self.remember(id, column),
            Deed::Save => match self.computed(id, column, dice) {
                Some(value) => vec![(
                    format!("UPDATE {table} SET {column} = ?1, note = 'saved' WHERE {is}"),
                    with(value),
                )],
                None => vec![],
            },
            Deed::Replace | Deed::Ignore | Deed::Upsert => vec![(self.insert(deed, column), with(amount))],
            Deed::Renew => vec![delete(), (self.insert(Deed::Upsert, column), with(amount))],
            Deed::Transfer => {
                let to = 1 + dice.below(shape.people);
                let take =
                    (format!("UPDATE {table} SET {column} = {column} - ?1 WHERE {is}"), with(amount.clone()));
                let give = (
                    format!("UPDATE {table} SET {column} = {column} + ?1 WHERE {is}"),
                    vec![amount, shape.key(to)],
                );
                return self.transfer(&[take, give], is_contended);
            }
            Deed::Rename => return self.rename(id, 1 + dice.below(shape.people), is_contended),
            Deed::Odd => match self.odd(dice) {
                Some(odd) => {
                    vec![(format!("UPDATE {table} SET {column} = ?1 WHERE {is}"), with(odd))]
                }
                None => vec![],
            },
            Deed::Double | Deed::Single if !shape.is_keyless => vec![],
            Deed::Double => {
                let (columns, values) = shape.inserted(column, "?1");
                vec![(format!("INSERT INTO {table} ({columns}) VALUES ({values})"), with(amount))]
            }
            Deed::Single => vec![(self.single(" AND userID = ?2"), with(Value::Integer(1)))],
            Deed::Begin => return self.begin(dice),
            Deed::Commit => return self.commit(is_contended),
            Deed::Rollback => return self.roll_back(),
        };
        self.run(deed, &statements, is_contended)
    }

    fn amount(&self, dice: &mut Dice) -> Value {
        let whole = dice.between(1, 60);
        if !self.shape.decimals {
            return Value::Integer(whole);
        }
        #[expect(clippy::cast_precision_loss, reason = "small amounts")]
        Value::Real(whole as f64 + dice.between(0, 3) as f64 / 4.0)
    }

    fn insert(&self, how: Deed, column: &str) -> String {
        let ((columns, values), is, table) =
            (self.shape.inserted(column, "?1"), self.shape.is(), self.shape.table);
        match how {
            _ if self.shape.is_keyless => {
                format!(
                    "INSERT INTO {table} ({columns}) SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {is})"
                )
            }
            Deed::Replace => format!("INSERT OR REPLACE INTO {table} ({columns}) VALUES ({values})"),
            Deed::Ignore => format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({values})"),
            _ => format!(
                "INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO UPDATE SET {column} = {column} + ?1"
            ),
        }
    }

    fn remember(&mut self, id: usize, column: &'static str) -> Checked<Done> {
        let sql = format!("SELECT {column} FROM {} WHERE ?1 AND {}", self.shape.table, self.shape.is());
        let key = self.shape.key(id);
        let found = self
            .db()?
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_row((1, key), |row| row.get::<_, Option<f64>>(0)));
        if let Ok(Some(value)) = found {
            self.read.insert((id, column), value);
        }
        Ok(self.done(Deed::Read, &format!("{column} of {id}: {found:?}"), vec![]))
    }

    /// An absolute value, computed from what was read.
    fn computed(&self, id: usize, column: &'static str, dice: &mut Dice) -> Option<Value> {
        let read = self.read.get(&(id, column))?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small amounts")]
        let value = match (read + dice.between(-40, 40) as f64).max(0.0) {
            value if self.shape.decimals => Value::Real(value),
            value => Value::Integer(value as i64),
        };
        Some(value)
    }

    fn transfer(&mut self, statements: &[(String, Vec<Value>)], is_contended: bool) -> Checked<Done> {
        if self.is_open() || self.execute("BEGIN IMMEDIATE", &[])?.is_err() {
            return self.run(Deed::Transfer, statements, is_contended);
        }
        self.open = Some(vec![]);
        let done = self.run(Deed::Transfer, statements, is_contended)?;
        let end = if done.story.contains("refused") { self.roll_back()? } else { self.commit(is_contended)? };
        Ok(Done { story: format!("{}; {}", done.story, end.story), committed: end.committed })
    }

    fn begin(&mut self, dice: &mut Dice) -> Checked<Done> {
        let how = if dice.chance(500) { "BEGIN IMMEDIATE" } else { "BEGIN" };
        let began = self.execute(how, &[])?.is_ok();
        self.open = began.then(Vec::new);
        Ok(self.done(Deed::Begin, how, vec![]))
    }

    fn commit(&mut self, is_contended: bool) -> Checked<Done> {
        let Some(diffs) = self.open.take() else { return Ok(self.done(Deed::Commit, "nothing", vec![])) };
        match self.execute("COMMIT", &[])? {
            Ok(()) => Ok(self.done(Deed::Commit, "", diffs)),
            Err(error) => {
                self.expected(&error, is_contended)?;
                self.roll_back_for_good()?;
                Ok(self.done(Deed::Commit, &format!("refused: {error}"), vec![]))
            }
        }
    }

    /// Takes the open transaction back.
    pub fn roll_back(&mut self) -> Checked<Done> {
        if self.open.take().is_some() {
            self.roll_back_for_good()?;
        }
        Ok(self.done(Deed::Rollback, "", vec![]))
    }

    fn roll_back_for_good(&mut self) -> Checked {
        if !self.db()?.is_autocommit() {
            self.execute("ROLLBACK", &[])??;
        }
        Ok(())
    }

    fn run(&mut self, deed: Deed, statements: &[(String, Vec<Value>)], is_contended: bool) -> Checked<Done> {
        let (mut committed, mut told) = (Vec::new(), Vec::new());
        for (sql, values) in statements {
            let before = self.look()?;
            let executed = self.execute(sql, values)?;
            let said = executed.as_ref().err().map(|error| format!(" refused: {error}")).unwrap_or_default();
            let given = values.iter().map(|value| format!(" [{value:?}]")).collect::<String>();
            told.push(format!("{sql}{given}{said}"));
            if let Err(error) = executed {
                self.expected(&error, is_contended)?;
                self.lost_transaction()?;
                break;
            }
            let after = self.look()?;
            let diff = Diff::between(&before, &after);
            let diff = match self.renames.clone() {
                Some(renames) => diff.renaming(renames, &before, &after),
                None => diff,
            };
            self.open.as_mut().unwrap_or(&mut committed).push(diff);
        }
        Ok(self.done(deed, &told.join("; "), committed))
    }

    /// Some errors take the whole transaction back.
    fn lost_transaction(&mut self) -> Checked {
        if self.open.is_some() && self.db()?.is_autocommit() {
            self.open = None;
        }
        Ok(())
    }

    /// Invariant 6: whatever we do, a bot's statement fails for the bot's own reasons alone.
    fn expected(&self, error: &rusqlite::Error, is_contended: bool) -> Checked {
        let own = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => is_contended || self.is_open(),
            Some(ErrorCode::ConstraintViolation) => {
                error.to_string().contains("CHECK constraint failed: coins >= 0")
            }
            Some(ErrorCode::DiskFull) => self.machine.disk.is_full(),
            Some(ErrorCode::Unknown) => error.to_string().contains("no such table"),
            _ => false,
        };
        if own { Ok(()) } else { Err(Violation::new(6, format!("a statement of a bot failed: {error}"))) }
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Checked<rusqlite::Result<()>> {
        let values = rusqlite::params_from_iter(values);
        Ok(self.db()?.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map(drop))
    }

    fn look(&mut self) -> Checked<Rows> {
        let (shape, scale) = (self.shape, self.scale);
        rows(self.db()?, &shape, scale)
    }

    fn db(&mut self) -> Checked<&Connection> {
        if self.db.is_none() {
            let mut db = Connection::open(&self.path)?;
            self.machine.connect(&mut db)?;
            self.db = Some(db);
        }
        self.db.as_ref().ok_or_else(|| Violation::new(0, "a bot has no database"))
    }

    fn done(&self, deed: Deed, what: &str, committed: Vec<Diff>) -> Done {
        let open = if self.is_open() { " (in a transaction)" } else { "" };
        Done { story: format!("{deed:?}{open} {what}"), committed }
    }
}
