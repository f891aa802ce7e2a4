//! The kinds of databases. A bot's side of each is another connection, as a bot would have it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use onepurse_core::Platform;
use onepurse_replica::{Mapping, Replica, SqliteReplica};
use rusqlite::{Connection, types::Value};
use tempfile::TempDir;

use super::Counting;

/// A bot's database of one kind.
pub(crate) trait Fixture: Sized {
    /// A database made by `shape`.
    fn new(shape: &str) -> Self;

    /// Runs the bot's statements in one connection of its own, with the database's defaults.
    fn run(&self, sql: &str) -> Result<(), String>;

    /// The first value that a query of the bot finds, as text.
    fn read(&self, sql: &str) -> Option<String>;

    /// A replica onto it.
    fn replica(&self, mappings: Vec<Mapping>) -> Box<dyn Replica>;

    /// Keeps a copy of it under a name.
    fn back_up(&self, name: &str);

    /// Puts a copy back in its place.
    fn restore(&self, name: &str);

    /// Takes capture away from `users`, as whoever drops triggers does.
    fn lose_capture(&self);

    /// What is in the database besides rows, in words: the same where nothing was left.
    fn schema(&self) -> String;

    /// Makes our tables those of the first schema, as a program of that time would have left them.
    fn age(&self);

    /// The name of a table of ours.
    fn our(&self, table: &str) -> String;

    /// The one number of a query over a table of ours, which is `{}` in it.
    fn ours(&self, table: &str, query: &str) -> i64 {
        self.read(&query.replace("{}", &self.our(table))).unwrap().parse().unwrap()
    }
}

/// Statements that make tables anew as `schema` has them, with everything in them of which it has a column.
pub(crate) fn aged(schema: &str, overriding: &str) -> String {
    let mut tables: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in schema.lines() {
        let mut words = line.split_whitespace();
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            tables.push((rest.split(' ').next().unwrap(), vec![]));
        } else if let (true, Some(column)) = (line.starts_with("    "), words.next())
            && !["PRIMARY", "KEY"].contains(&column)
        {
            tables.last_mut().unwrap().1.push(column);
        }
    }
    let put_aside = |(at, (table, _)): (usize, &(&str, Vec<_>))| {
        format!("CREATE TABLE aged{at} AS SELECT * FROM {table}; DROP TABLE {table};")
    };
    let put_back = |(at, (table, columns)): (usize, &(&str, Vec<&str>))| {
        let columns = columns.join(", ");
        format!(
            "INSERT INTO {table} ({columns}) {overriding} SELECT {columns} FROM aged{at}; DROP TABLE aged{at};"
        )
    };
    let aside: String = tables.iter().enumerate().map(put_aside).collect();
    let back: String = tables.iter().enumerate().map(put_back).collect();
    format!("{aside} {schema} {back}")
}

pub(crate) struct Sqlite {
    dir: TempDir,
    /// What the bot sets on each of its connections.
    pub(crate) pragmas: String,
    random: Arc<Counting>,
}

impl Sqlite {
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("bot.db")
    }

    pub(crate) fn connect(&self) -> Connection {
        let bot = Connection::open(self.path()).unwrap();
        bot.busy_timeout(Duration::from_secs(5)).unwrap();
        bot.execute_batch(&self.pragmas).unwrap();
        bot
    }
}

impl Fixture for Sqlite {
    fn new(shape: &str) -> Self {
        let fixture = Self {
            dir: TempDir::new().unwrap(),
            pragmas: String::new(),
            random: Arc::new(Counting(1.into())),
        };
        fixture.run(shape).unwrap();
        fixture
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        self.connect().execute_batch(sql).map_err(|error| error.to_string())
    }

    fn read(&self, sql: &str) -> Option<String> {
        let value = self.connect().query_row(sql, [], |row| row.get::<_, Value>(0)).ok()?;
        Some(match value {
            Value::Null => "NULL".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => format!("{number:?}"),
            Value::Text(text) => text,
            Value::Blob(bytes) => format!("{bytes:?}"),
        })
    }

    fn replica(&self, mappings: Vec<Mapping>) -> Box<dyn Replica> {
        let platform: Platform = "telegram".parse().unwrap();
        Box::new(SqliteReplica::new(platform, &self.path(), mappings, self.random.clone()))
    }

    fn back_up(&self, name: &str) {
        std::fs::copy(self.path(), self.dir.path().join(name)).unwrap();
    }

    fn restore(&self, name: &str) {
        let fresh = self.dir.path().join("fresh.db");
        std::fs::copy(self.dir.path().join(name), &fresh).unwrap();
        std::fs::rename(fresh, self.path()).unwrap();
    }

    fn lose_capture(&self) {
        self.run("DROP TRIGGER onepurse_coins_update; DROP TRIGGER onepurse_coins_delete").unwrap();
    }

    fn schema(&self) -> String {
        self.read("SELECT group_concat(sql) FROM sqlite_master").unwrap()
    }

    fn age(&self) {
        let schema = include_str!("../fixtures/schema-1/sqlite.sql");
        let aged = aged(schema, "");
        self.run(&format!("DROP TABLE onepurse_reversal; {aged} UPDATE onepurse_replica SET schema = 1"))
            .unwrap();
    }

    fn our(&self, table: &str) -> String {
        format!("onepurse_{table}")
    }
}
