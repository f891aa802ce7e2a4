//! The six shapes of bots: for each, the mapping that its operator writes. How it writes is in `python/shapes.py`.

/// A bot's table, as the tests know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The bot's name in `python/shapes.py`.
    pub(crate) bot: &'static str,
    pub(crate) table: &'static str,
    /// The columns of the id; more than one make a composite id.
    pub(crate) id: &'static [&'static str],
    pub(crate) column: &'static str,
    /// What stands before the user's id in a composite id.
    prefix: &'static str,
}

impl Shape {
    /// The external id of the bot's user of this number.
    pub(crate) fn external(&self, user: u32) -> String {
        format!("{}{user}", self.prefix)
    }

    /// The `[[platform.balance]]` of this shape.
    pub(crate) fn mapping(&self) -> String {
        let id = match self.id {
            [one] => format!("\"{one}\""),
            many => format!("{many:?}"),
        };
        format!("table = \"{}\"\nid = {id}\ncolumn = \"{}\"\n", self.table, self.column)
    }
}

/// Shape 1: `money = MAX(0, money + ?)`, and a second currency in the same row.
pub(crate) const ECONOMY: Shape =
    Shape { bot: "economy", table: "economy", id: &["user_id"], column: "money", prefix: "" };

/// Shape 2: no key, 5000 at registration, reset by DELETE and INSERT, rows read by position.
pub(crate) const BANK: Shape =
    Shape { bot: "bank", table: "bank", id: &["userID"], column: "wallet", prefix: "" };

/// Shape 3: an ORM's full-row save; a composite id that no key protects.
pub(crate) const ACCOUNT: Shape =
    Shape { bot: "account", table: "account", id: &["guild_id", "user_id"], column: "amount", prefix: "77:" };

/// Shape 6: a surrogate key, a REAL balance, exactly eight columns.
pub(crate) const STORAGE: Shape =
    Shape { bot: "storage", table: "storage_users", id: &["user_id"], column: "user_balance", prefix: "" };

/// Shape 10: `STRING PRIMARY KEY`, everything cached, absolute saves.
pub(crate) const CACHED: Shape =
    Shape { bot: "cached", table: "users", id: &["user_id"], column: "balance", prefix: "" };

/// Shape 14: a text id, the whole row saved by `INSERT OR REPLACE`.
pub(crate) const FOUNDING: Shape =
    Shape { bot: "founding", table: "users", id: &["id"], column: "coins", prefix: "" };
