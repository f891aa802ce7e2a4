//! A bot that gives somebody a coin at a time, whatever becomes of its server, and writes each down in a table of its own.

use std::collections::BTreeSet;

use serde_json::json;

use super::{python::Python, session::Driver};

/// What makes its table.
pub(crate) const GIVEN: &str = "CREATE TABLE given (n BIGINT PRIMARY KEY)";

/// The bot, at work.
pub(crate) struct Giver(Python);

/// What it was told.
pub(crate) struct Given {
    /// The numbers of the coins that it was told are durable.
    durable: BTreeSet<i64>,
    pub(crate) errors: Vec<String>,
}

impl Giver {
    /// Starts it; `statement` gives the coin.
    pub(crate) fn start(driver: Driver, url: &str, statement: &str) -> Self {
        let mut python = Python::start();
        let command = json!({ "do": "give", "driver": driver.name(), "url": url, "statement": statement });
        python.send(&command);
        Self(python)
    }

    /// kill -9; what it was told is forgotten.
    pub(crate) fn kill(mut self) {
        self.0.kill();
    }

    pub(crate) fn stop(mut self) -> Given {
        self.0.send(&json!({ "do": "stop" }));
        let report = self.0.receive().result.unwrap_or_else(|error| panic!("the bot failed: {error}"));
        let list = |name: &str| report[name].as_array().unwrap().iter();
        Given {
            durable: list("durable").map(|n| n.as_i64().unwrap()).collect(),
            errors: list("errors").map(|error| error.as_str().unwrap().to_owned()).collect(),
        }
    }
}

impl Given {
    /// How many coins were given, which `numbers`, a line each, are there: all that are known to be durable are.
    pub(crate) fn is_all_in(&self, numbers: &str) -> i64 {
        let there: BTreeSet<i64> = numbers.lines().map(|line| line.trim().parse().unwrap()).collect();
        let lost: Vec<_> = self.durable.difference(&there).collect();
        assert!(lost.is_empty(), "the server has lost what it acknowledged: {lost:?}");
        i64::try_from(there.len()).unwrap()
    }

    /// How many coins there can be at most: of those where it saw an error, nobody knows.
    pub(crate) fn at_most(&self) -> i64 {
        i64::try_from(self.durable.len() + self.errors.len()).unwrap()
    }
}
