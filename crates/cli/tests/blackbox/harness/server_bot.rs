//! A bot in a process of its own on a server: Python with psycopg2 or `PyMySQL`, and nothing of ours.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::python::Python;

/// A bot whose table is on a server.
pub(crate) struct ServerBot {
    /// The platform's name.
    pub(crate) name: String,
    /// Where its database is, for the program too; with a password where it needs one.
    pub(crate) url: String,
    python: RefCell<Python>,
}

impl ServerBot {
    /// Starts the bot; it makes its table.
    pub(crate) fn start(name: &str, url: &str) -> Self {
        let bot = Self { name: name.to_owned(), url: url.to_owned(), python: RefCell::new(Python::start()) };
        bot.python.borrow_mut().ask(&json!({ "do": "bot_on_server", "name": "bot", "url": url }));
        bot
    }

    fn call(&self, method: &str, args: &Value) -> Value {
        let command = json!({ "do": "call", "name": "bot", "method": method, "args": args });
        self.python.borrow_mut().ask(&command)
    }

    pub(crate) fn register(&self, user: u32, opening: i64) {
        self.call("register", &json!([user, opening]));
    }

    /// Reads the row, changes it, and saves all of it.
    pub(crate) fn earn(&self, user: u32, amount: i64) {
        self.call("earn", &json!([user, amount]));
    }

    /// Has the database do the arithmetic.
    pub(crate) fn add_coins(&self, user: u32, amount: i64) {
        self.call("add_coins", &json!([user, amount]));
    }

    /// Writes the row anew, by a REPLACE; the bot in MariaDB does.
    pub(crate) fn replace(&self, user: u32, amount: i64) {
        self.call("replace", &json!([user, amount]));
    }

    /// What the bot itself believes.
    pub(crate) fn balance(&self, user: u32) -> i64 {
        self.call("balance", &json!([user])).as_i64().expect("a balance is a number")
    }

    /// Whether the bot itself gets at its database now.
    pub(crate) fn is_served(&self, user: u32) -> bool {
        let command = json!({ "do": "call", "name": "bot", "method": "balance", "args": [user] });
        self.python.borrow_mut().try_ask(&command).result.is_ok()
    }
}
