//! Openings of a table's rows: all at once, or a part at a time where an index has the rows in an order.

use rusqlite::{
    CachedStatement, Row, ToSql, Transaction, params, params_from_iter,
    types::{ToSqlOutput, Value, ValueRef},
};

use super::{
    Work,
    connect::Fault,
    names::quote,
    terms::{Bound, NOW_MS},
};
use crate::{
    alone::{DUPLICATE, NOT_A_NUMBER},
    pace::OPENING_MS,
};

/// The key of a row. Rows are gone through in its order, so it says how far that has got.
pub(super) type Key = Vec<Value>;

/// How many rows are opened between two looks at the time.
const LOOK_EVERY: usize = 256;

/// How much may be done in one transaction.
pub(super) struct Budget {
    rows: usize,
    until_ms: i64,
}

impl Budget {
    pub(super) const fn unlimited() -> Self {
        Self { rows: usize::MAX, until_ms: i64::MAX }
    }

    /// Up to so many rows, and no longer than a bot may have to wait.
    pub(super) fn of(work: &Work<'_>, rows: usize) -> Result<Self, Fault> {
        Ok(Self { rows, until_ms: now_ms(work)? + OPENING_MS })
    }

    /// Spends a row, and says whether that was the last.
    pub(super) fn is_spent(&mut self, work: &Work<'_>) -> Result<bool, Fault> {
        self.rows = self.rows.saturating_sub(1);
        if self.rows.is_multiple_of(LOOK_EVERY) && now_ms(work)? >= self.until_ms {
            self.rows = 0;
        }
        Ok(self.rows == 0)
    }
}

fn now_ms(work: &Work<'_>) -> Result<i64, Fault> {
    Ok(work.db.prepare_cached(&format!("SELECT {NOW_MS}"))?.query_row([], |row| row.get(0))?)
}

/// Takes the openings of every row whose identity is not known yet.
pub(super) fn take_all(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    take_part(work, bound, &mut None, &mut Budget::unlimited()).map(drop)
}

/// Takes those of the rows that come behind `after`, which is moved on; returns whether these were all.
pub(super) fn take_part(
    work: &Work<'_>,
    bound: &Bound,
    after: &mut Option<Key>,
    budget: &mut Budget,
) -> Result<bool, Fault> {
    if bound.shape.order.is_empty() {
        return take_unordered(work, bound).map(|()| true);
    }
    let mut statement = work.db.prepare_cached(&part(bound, after.is_some()))?;
    let from = after.iter().flatten().cloned();
    let mut rows = statement.query(params_from_iter(from))?;
    let mut opener = Opener::new(work, bound.number)?;
    let (mut is_all, mut is_negative) = (true, false);
    while let Some(row) = rows.next()? {
        let (id, value) = (row.get_ref(0)?, row.get::<_, Option<i64>>(1)?);
        // One that does not count has none.
        if id != ValueRef::Null {
            opener.open(&Text(id), value)?;
            is_negative |= value.is_some_and(|value| value < 0);
        }
        if budget.is_spent(work)? {
            *after = Some(key(row, bound.shape.order.len())?);
            is_all = false;
            break;
        }
    }
    if is_negative {
        work.db
            .prepare_cached("UPDATE onepurse_mapping SET negatives = 1 WHERE mapping = ?1")?
            .execute([bound.number])?;
    }
    Ok(is_all)
}

/// The query of a part: of each row its identity, or NULL where it does not count, what it shows, and its key.
fn part(bound: &Bound, is_behind: bool) -> String {
    let order: Vec<_> =
        bound.shape.order.iter().map(|name| format!("t.{} COLLATE BINARY", quote(name))).collect();
    let is_key: Vec<_> = order.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let (keys, is_key) = (order.join(", "), is_key.join(" AND "));
    let behind = if is_behind {
        // The first column once more by itself: an index is entered by that, and not by several compared as one.
        let parameters: Vec<_> = (1..=order.len()).map(|at| format!("?{at}")).collect();
        format!(" AND {} >= ?1 AND ({keys}) > ({})", order[0], parameters.join(", "))
    } else {
        String::new()
    };
    format!(
        "SELECT CASE WHEN {} THEN {} END, {}, {keys} FROM {} AS t WHERE {is_key}{behind} ORDER BY {keys}",
        bound.counts("t"),
        bound.id("t"),
        bound.value("t"),
        bound.table()
    )
}

fn key(row: &Row<'_>, columns: usize) -> rusqlite::Result<Key> {
    (2..2 + columns).map(|at| row.get(at)).collect()
}

/// A text as it stands in a row.
struct Text<'a>(ValueRef<'a>);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

/// Takes openings one by one.
struct Opener<'a> {
    mapping: i64,
    now_ms: i64,
    note: CachedStatement<'a>,
    know: CachedStatement<'a>,
    take: CachedStatement<'a>,
}

impl<'a> Opener<'a> {
    fn new(work: &Work<'a>, mapping: i64) -> Result<Self, Fault> {
        let db: &'a Transaction<'a> = work.db;
        Ok(Self {
            mapping,
            now_ms: now_ms(work)?,
            note: db.prepare_cached(
                "INSERT OR IGNORE INTO onepurse_identity (mapping, id, opened, paused) VALUES (?1, ?2, 1, ?3)",
            )?,
            know: db.prepare_cached(
                "UPDATE onepurse_identity SET opened = 1, todo = 1 WHERE mapping = ?1 AND id = ?2 AND opened = 0",
            )?,
            take: db.prepare_cached(
                "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
                 VALUES (?1, ?2, 'opening', ?3, 0, ?4, ?5, randomblob(8))",
            )?,
        })
    }

    /// Unless it is opened.
    fn open(&mut self, id: &Text<'_>, value: Option<i64>) -> Result<(), Fault> {
        let paused = value.is_none().then_some(NOT_A_NUMBER);
        let is_new = self.note.execute(params![self.mapping, id, paused])? > 0
            || self.know.execute(params![self.mapping, id])? > 0;
        if is_new {
            let delta = value.unwrap_or_default();
            self.take.execute(params![self.mapping, id, delta, value, self.now_ms])?;
        }
        Ok(())
    }
}

/// In one statement each, where an identity may have several rows, or no index has the rows in an order.
fn take_unordered(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let (id, value, number) = (bound.id("t"), bound.value("t"), bound.number);
    let counting = format!("FROM {} AS t WHERE {}", bound.table(), bound.counts("t"));
    let unknown = format!(
        "{counting} AND NOT EXISTS \
         (SELECT 1 FROM onepurse_identity AS i WHERE i.mapping = {number} AND i.id = {id} AND i.opened = 1) \
         GROUP BY {id}"
    );
    work.db.execute(
        &format!(
            "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
             SELECT {number}, {id}, 'opening', ifnull({value}, 0), 0, {value}, {NOW_MS}, randomblob(8) {unknown}"
        ),
        [],
    )?;
    work.db.execute(
        &format!(
            "INSERT INTO onepurse_identity (mapping, id, opened, paused) SELECT {number}, {id}, 1, \
             CASE WHEN count(*) > 1 THEN '{DUPLICATE}' WHEN {value} IS NULL THEN '{NOT_A_NUMBER}' END {unknown} \
             ON CONFLICT (mapping, id) DO UPDATE SET opened = 1, todo = 1"
        ),
        [],
    )?;
    work.db.execute(
        &format!(
            "UPDATE onepurse_mapping SET negatives = 1 \
             WHERE mapping = ?1 AND EXISTS (SELECT 1 {counting} AND {value} < 0)"
        ),
        [number],
    )?;
    Ok(())
}
