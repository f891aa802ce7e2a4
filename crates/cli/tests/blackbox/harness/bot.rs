//! Bots in processes of their own: Python, its `sqlite3` module, and nothing of ours.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    database,
    python::{Python, Reply},
    shapes::Shape,
};

/// What a busy bot reports when it is told to stop.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// By how much each user's stored balance was durably moved, by this bot alone.
    pub(crate) durable: Vec<(u32, i64)>,
    pub(crate) writes: u64,
    pub(crate) errors: Vec<String>,
    pub(crate) slowest_ms: f64,
}

impl Load {
    /// Tells a process to stop playing.
    pub(crate) fn stop(python: &mut Python) -> Self {
        python.send(&json!({ "do": "stop" }));
        let report = python.receive().result.expect("the load ran");
        python.receive().result.expect("the load stopped");
        let durable = report["durable"].as_object().unwrap().iter();
        let errors = report["errors"].as_array().unwrap();
        Self {
            durable: durable.map(|(user, sum)| (user.parse().unwrap(), sum.as_i64().unwrap())).collect(),
            writes: report["writes"].as_u64().unwrap(),
            errors: errors.iter().map(|error| error.as_str().unwrap().to_owned()).collect(),
            slowest_ms: report["slowest_ms"].as_f64().unwrap(),
        }
    }
}

/// One bot: a process, a database, and a way of writing.
pub(crate) struct Bot {
    /// The platform's name.
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) path: PathBuf,
    /// What it asks of each connection, if anything.
    journal_mode: Option<String>,
    python: RefCell<Python>,
}

impl Bot {
    /// Starts the bot; it makes its table.
    pub(crate) fn start(name: &str, shape: Shape, path: &Path, journal_mode: Option<&str>) -> Self {
        let bot = Self {
            name: name.to_owned(),
            shape,
            path: path.to_owned(),
            journal_mode: journal_mode.map(str::to_owned),
            python: RefCell::new(Python::start()),
        };
        bot.restart();
        bot
    }

    /// A second process on the same database.
    pub(crate) fn another(&self) -> Self {
        Self::start(&self.name, self.shape, &self.path, self.journal_mode.as_deref())
    }

    /// What a restart of the bot does: its start-up check, and a fresh cache where it has one.
    pub(crate) fn restart(&self) {
        self.restart_with_timeout(&Value::Null);
    }

    /// The same with a busy time-out of its own, in seconds; null is Python's default.
    pub(crate) fn restart_with_timeout(&self, seconds: &Value) {
        self.ask(&json!({
            "do": "bot", "name": "bot", "shape": self.shape.bot, "path": self.path,
            "timeout": seconds, "journal_mode": self.journal_mode,
        }));
    }

    /// The identity of its user of this number.
    pub(crate) fn identity(&self, user: u32) -> String {
        format!("{}:{}", self.name, self.shape.external(user))
    }

    pub(crate) fn ask(&self, command: &Value) -> Value {
        self.python.borrow_mut().ask(command)
    }

    pub(crate) fn try_ask(&self, command: &Value) -> Reply {
        self.python.borrow_mut().try_ask(command)
    }

    /// Calls one of the bot's own methods.
    pub(crate) fn call(&self, method: &str, args: &Value) -> Value {
        self.ask(&json!({ "do": "call", "name": "bot", "method": method, "args": args }))
    }

    pub(crate) fn register(&self, user: u32, opening: i64) {
        self.call("register", &json!([user, opening]));
    }

    pub(crate) fn earn(&self, user: u32, amount: i64) {
        self.call("earn", &json!([user, amount]));
    }

    pub(crate) fn spend(&self, user: u32, amount: i64) {
        self.call("spend", &json!([user, amount]));
    }

    /// Saves the whole row again as it is.
    pub(crate) fn resave(&self, user: u32) {
        self.call("resave", &json!([user]));
    }

    /// Runs one statement on a connection of its own, commits and closes.
    pub(crate) fn sql(&self, sql: &str, args: &Value) {
        self.steps(&[(sql, args.clone())]);
    }

    /// Runs several statements in one transaction, on a connection of its own.
    pub(crate) fn steps(&self, steps: &[(&str, Value)]) {
        self.steps_with(&[], steps);
    }

    /// The same, after pragmas of the bot's own.
    pub(crate) fn steps_with(&self, pragmas: &[&str], steps: &[(&str, Value)]) {
        self.ask(&json!({ "do": "run", "path": self.path, "steps": steps, "pragmas": pragmas }));
    }

    /// Runs one statement that may fail.
    pub(crate) fn try_sql(&self, sql: &str, args: &Value) -> Result<Value, String> {
        self.try_ask(&json!({ "do": "run", "path": self.path, "steps": [[sql, args]] })).result
    }

    /// Opens a connection that stays open.
    pub(crate) fn open(&self, name: &str) {
        self.open_with(name, &json!({}), &[]);
    }

    /// The same with options of `sqlite3.connect` and pragmas.
    pub(crate) fn open_with(&self, name: &str, options: &Value, pragmas: &[&str]) {
        self.ask(
            &json!({ "do": "open", "name": name, "path": self.path, "options": options, "pragmas": pragmas }),
        );
    }

    /// Executes on an open connection; Python begins a transaction where it does by default.
    pub(crate) fn execute(&self, name: &str, sql: &str, args: &Value) -> Value {
        self.ask(&json!({ "do": "execute", "name": name, "sql": sql, "args": args }))["rows"].clone()
    }

    /// `commit`, `rollback` or `close` on an open connection.
    pub(crate) fn end(&self, name: &str, how: &str) {
        self.ask(&json!({ "do": how, "name": name }));
    }

    /// Lets the bot play by itself, with pauses of up to `pause_ms`, until [`Bot::stop_load`].
    pub(crate) fn start_load(&self, users: &[u32], seed: u64, pause_ms: u32) {
        let command =
            json!({ "do": "load", "name": "bot", "users": users, "seed": seed, "pause_ms": pause_ms });
        self.python.borrow_mut().send(&command);
    }

    pub(crate) fn stop_load(&self) -> Load {
        Load::stop(&mut self.python.borrow_mut())
    }

    /// Copies a database by SQLite's backup API.
    pub(crate) fn back_up(&self, source: &Path, target: &Path) {
        self.ask(&json!({ "do": "backup", "source": source, "target": target }));
    }

    /// kill -9; whatever transaction was open is left to the database.
    pub(crate) fn kill(&self) {
        self.python.borrow_mut().kill();
    }

    /// What is stored for the user, as plain text; `absent` where there is no row.
    pub(crate) fn stored(&self, user: u32) -> String {
        self.stored_in(self.shape.column, user)
    }

    /// The same of another column.
    pub(crate) fn stored_in(&self, column: &str, user: u32) -> String {
        let id: Vec<String> = self.shape.id.iter().map(|id| format!("CAST({id} AS TEXT)")).collect();
        let sql = format!("SELECT {column} FROM {} WHERE {} = ?", self.shape.table, id.join("||':'||"));
        database::look_up(&self.path, &sql, &self.shape.external(user)).unwrap_or_else(|| "absent".to_owned())
    }
}
