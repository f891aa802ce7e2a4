//! A bot's own connection to a server, in a process of its own, by the driver that such a bot uses.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{bot::Load, python::Python};

/// What a bot in Python speaks to its server by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    Psycopg2,
    Asyncpg,
    PyMySql,
}

impl Driver {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Psycopg2 => "psycopg2",
            Self::Asyncpg => "asyncpg",
            Self::PyMySql => "pymysql",
        }
    }
}

/// The connection. Its first statement begins a transaction.
pub(crate) struct Session(RefCell<Python>);

impl Session {
    pub(crate) fn open(driver: Driver, url: &str) -> Self {
        let mut python = Python::start();
        python.ask(&json!({ "do": "open_on_server", "name": "bot", "driver": driver.name(), "url": url }));
        Self(RefCell::new(python))
    }

    /// Executes one statement and leaves the transaction open; the rows that it found.
    pub(crate) fn execute(&self, sql: &str) -> Vec<Value> {
        self.try_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same of one that may fail.
    pub(crate) fn try_execute(&self, sql: &str) -> Result<Vec<Value>, String> {
        let command = json!({ "do": "execute", "name": "bot", "sql": sql });
        let answer = self.0.borrow_mut().try_ask(&command).result?;
        Ok(answer["rows"].as_array().cloned().unwrap_or_default())
    }

    /// `commit` or `rollback`.
    pub(crate) fn end(&self, how: &str) {
        self.0.borrow_mut().ask(&json!({ "do": how, "name": "bot" }));
    }

    /// Each of these statements in a transaction of its own.
    pub(crate) fn run(&self, statements: &[&str]) {
        for sql in statements {
            self.execute(sql);
            self.end("commit");
        }
    }

    /// One statement with each of these parameters, in one transaction.
    pub(crate) fn run_many(&self, sql: &str, args: &[[i64; 2]]) {
        let command = json!({ "do": "executemany", "name": "bot", "sql": sql, "args": args });
        self.0.borrow_mut().ask(&command);
        self.end("commit");
    }

    /// The first value that a query finds, as plain text; `absent` where there is no row.
    pub(crate) fn read(&self, sql: &str) -> String {
        let rows = self.execute(sql);
        self.end("commit");
        let first = rows.first().map(|row| &row[0]);
        first.map_or_else(
            || "absent".to_owned(),
            |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        )
    }

    /// Moves coins between two of these at a time, in whatever order, until [`Session::stop`].
    pub(crate) fn contend(&self, ids: &[u32], seed: u64) {
        self.0.borrow_mut().send(&json!({ "do": "contend", "name": "bot", "ids": ids, "seed": seed }));
    }

    pub(crate) fn stop(&self) -> Load {
        Load::stop(&mut self.0.borrow_mut())
    }

    /// kill -9; whatever transaction was open is left to the server.
    pub(crate) fn kill(&self) {
        self.0.borrow_mut().kill();
    }
}
