//! One statement, and everything that a bot can see of it.

use rusqlite::{
    Connection, Error, Row, ToSql,
    types::{ToSqlOutput, ValueRef},
};

/// What a column of a row holds, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    /// The bits of a number.
    Real(u64),
    /// Bytes that need not be UTF-8.
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Cell {
    /// A text of bytes that are none: SQLite lets them in, and promises nothing about them.
    pub(super) fn is_no_text(&self) -> bool {
        matches!(self, Self::Text(bytes) if std::str::from_utf8(bytes).is_err())
    }
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real.to_bits()),
            ValueRef::Text(text) => Self::Text(text.to_vec()),
            ValueRef::Blob(blob) => Self::Blob(blob.to_vec()),
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(text) => ValueRef::Text(text),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}

/// What a bot sees of its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Rows returned, or what is wrong.
    pub(super) rows: Result<Vec<Vec<Cell>>, String>,
    changes: u64,
    last_rowid: i64,
    is_in_transaction: bool,
}

/// Runs a statement as a bot does.
pub(super) fn execute(db: &Connection, sql: &str) -> Answer {
    let rows = select(db, sql).map_err(|error| match error {
        Error::SqliteFailure(code, message) => {
            format!("{} {}", code.extended_code, message.unwrap_or_default())
        }
        // Where in the statement it is says SQLite only sometimes.
        Error::SqlInputError { error, msg, .. } => format!("{} {msg}", error.extended_code),
        other => other.to_string(),
    });
    // Only a write that was done sets the counter; after anything else it is what was before.
    let is_write = ["INSERT", "REPLACE", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word));
    Answer {
        changes: if is_write && rows.is_ok() { db.changes() } else { 0 },
        rows,
        last_rowid: db.last_insert_rowid(),
        is_in_transaction: !db.is_autocommit(),
    }
}

/// Every row of a query.
pub(super) fn select(db: &Connection, sql: &str) -> rusqlite::Result<Vec<Vec<Cell>>> {
    let mut statement = db.prepare(sql)?;
    let columns = statement.column_count();
    let cells = |row: &Row<'_>| (0..columns).map(|at| Ok(Cell::from(row.get_ref(at)?))).collect();
    statement.query_map([], cells)?.collect()
}
