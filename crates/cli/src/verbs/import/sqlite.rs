//! The table in a file of SQLite.

use std::{path::Path, time::Duration};

use onepurse_postgres::quote;
use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::{AMOUNTS, IDS, ImportError, Row};

/// How long a bot that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads all rows in one statement. A ledger's own file is not looked into, unless it `is_named`.
pub(super) fn read(path: &Path, table: &str, is_named: bool) -> Result<Vec<Row>, ImportError> {
    let place = path.display().to_string();
    if !is_named {
        return Err(ImportError::InLedgerFile { place });
    }
    if !path.exists() {
        return Err(ImportError::NoFile { place });
    }
    let unreadable = |error: rusqlite::Error| ImportError::unreadable(&place, error);
    let db = connect(path).map_err(unreadable)?;
    let known = columns(&db, table).map_err(unreadable)?;
    if known.is_empty() {
        return Err(ImportError::NoTable { place, table: table.to_owned() });
    }
    let sql = |column: &'static str| match known.iter().find(|name| name.eq_ignore_ascii_case(column)) {
        Some(name) => Ok(quote(name)),
        None => Err(ImportError::NoColumn {
            place: place.clone(),
            table: table.to_owned(),
            column,
            known: known.clone(),
        }),
    };
    let mut terms = Vec::new();
    for (column, _) in IDS {
        // As in a bot's table, an id is a number or a text.
        terms
            .push(format!("CASE typeof({0}) WHEN 'blob' THEN NULL ELSE CAST({0} AS TEXT) END", sql(column)?));
    }
    for column in AMOUNTS {
        terms.push(sql(column)?);
    }
    all(&db, &format!("SELECT {} FROM {}", terms.join(", "), quote(table))).map_err(unreadable)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Not read-only: a reader of a WAL database takes part in its shared memory, and a left journal must be seen to.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT name FROM pragma_table_info(?1)")?.query_map([table], |row| row.get(0))?.collect()
}

fn all(db: &Connection, sql: &str) -> rusqlite::Result<Vec<Row>> {
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Row {
            ids: [row.get(0)?, row.get(1)?, row.get(2)?],
            amounts: [text(row.get_ref(3)?), text(row.get_ref(4)?)],
        })
    })?;
    rows.collect()
}

/// A value as digits, where it is a number.
fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(_) => Some("a blob".to_owned()),
    }
}
