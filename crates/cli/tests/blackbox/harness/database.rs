//! Looking into a database from outside: a connection a look. And making one.

use std::{collections::BTreeMap, path::Path, time::Duration};

use rusqlite::{
    Connection, OpenFlags,
    types::{Value, ValueRef},
};

use super::answers::plain;

fn open(path: &Path) -> Connection {
    // Not read-only: a reader of a WAL database takes part in its shared memory, and a left journal must be seen to.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .unwrap_or_else(|error| panic!("{} opens: {error}", path.display()));
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => plain(&number.to_string()),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
    }
}

/// All rows of a query, as texts.
pub(crate) fn rows(path: &Path, sql: &str) -> Vec<Vec<String>> {
    let connection = open(path);
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|at| row.get_ref(at).map(text)).collect());
    rows.unwrap().map(|row| row.unwrap_or_else(|error| panic!("{sql}: {error}"))).collect()
}

/// The first value of the first row, for a query with one parameter.
pub(crate) fn look_up(path: &Path, sql: &str, parameter: &str) -> Option<String> {
    let connection = open(path);
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows = statement.query([parameter]).unwrap();
    let row = rows.next().unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.map(|row| text(row.get_ref(0).unwrap()))
}

/// The schema: name → (type, table, SQL).
pub(crate) fn objects(path: &Path) -> BTreeMap<String, Vec<String>> {
    let all = rows(path, "SELECT name, type, tbl_name, sql FROM sqlite_master");
    all.into_iter().map(|mut row| (row.remove(0), row)).collect()
}

/// The triggers of a database: name, table, SQL.
pub(crate) fn triggers(path: &Path) -> Vec<[String; 3]> {
    let all = objects(path).into_iter().filter(|(_, row)| row[0] == "trigger");
    all.map(|(name, row)| [name, row[1].clone(), row[2].clone()]).collect()
}

/// True where anything captures writes of the table.
pub(crate) fn has_trigger_on(path: &Path, table: &str) -> bool {
    triggers(path).iter().any(|[_, on, _]| on == table)
}

/// A script that takes all triggers away.
pub(crate) fn drop_triggers(path: &Path) -> String {
    let drops = triggers(path).into_iter().map(|[name, ..]| format!("DROP TRIGGER \"{name}\";"));
    drops.collect::<Vec<_>>().concat()
}

/// What a bot can tell about the file itself, beside its schema.
pub(crate) fn settings(path: &Path) -> Vec<(&'static str, String)> {
    ["journal_mode", "user_version", "application_id", "page_size", "auto_vacuum", "encoding"]
        .map(|name| (name, rows(path, &format!("PRAGMA {name}"))[0][0].clone()))
        .to_vec()
}

/// Every row of every table but those named.
pub(crate) fn contents(path: &Path, without: &[&str]) -> BTreeMap<String, Vec<Vec<String>>> {
    let objects = objects(path);
    let tables = objects.iter().filter(|(name, row)| row[0] == "table" && !without.contains(&name.as_str()));
    tables.map(|(name, _)| (name.clone(), rows(path, &format!("SELECT * FROM \"{name}\"")))).collect()
}

/// The version that another connection sees: it moves with every commit of anybody else. Keep the watcher open.
pub(crate) struct Watcher(Connection);

impl Watcher {
    pub(crate) fn of(path: &Path) -> Self {
        Self(open(path))
    }

    pub(crate) fn version(&self) -> i64 {
        self.0.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap()
    }
}

/// Runs a script, for making a bot's database as it was before anything of ours was near it.
pub(crate) fn make(path: &Path, script: &str) {
    Connection::open(path).unwrap().execute_batch(script).unwrap_or_else(|error| panic!("{script}: {error}"));
}

/// Flips one bit of the one value there: the lowest of a number, one of the last byte of a text or blob. Done twice, it is
/// as it was.
pub(crate) fn flip_bit(path: &Path, table: &str, column: &str, row: &str) {
    let connection = open(path);
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let query = format!("SELECT {column} FROM {table} WHERE {row}");
    let mut value: Value = connection.query_row(&query, [], |row| row.get(0)).unwrap();
    match &mut value {
        Value::Integer(number) => *number ^= 1,
        Value::Blob(bytes) => *bytes.last_mut().unwrap() ^= 1,
        Value::Text(text) => {
            let mut bytes = std::mem::take(text).into_bytes();
            *bytes.last_mut().unwrap() ^= 1;
            *text = String::from_utf8(bytes).unwrap();
        }
        other => panic!("{table}.{column} is {other:?}"),
    }
    let changed = connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {row}"), [value]);
    assert_eq!(changed, Ok(1), "{table}.{column}");
}
