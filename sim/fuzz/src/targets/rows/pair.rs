//! A bot's database, and its twin that knows nothing of us.

use std::path::Path;

use rusqlite::{Connection, limits::Limit};

use super::{
    execute::{Answer, Cell, execute, select},
    history::History,
};
use crate::Wrong;

/// Rows at the most: a statement may double them.
const ROWS_MAX: i64 = 60;
/// Bytes of a value at the most: a fuzzer asks for gigabytes.
const VALUE_BYTES_MAX: i32 = 300_000;

pub(super) struct Pair {
    pub(super) bot: Connection,
    twin: Connection,
    has_rowid: bool,
    id: String,
    /// Which column the balance is.
    balance_at: usize,
}

impl Pair {
    /// Makes both; `None` where the table cannot be.
    pub(super) fn make(path: &Path, history: &History) -> Result<Option<Self>, Wrong> {
        let (bot, twin) = (Connection::open(path)?, Connection::open_in_memory()?);
        for db in [&bot, &twin] {
            db.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
            db.pragma_update(None, "encoding", if history.utf16 { "UTF-16" } else { "UTF-8" })?;
            db.pragma_update(None, "recursive_triggers", history.recursive)?;
            if execute(db, &format!("CREATE TABLE users {}", history.table)).rows.is_err() {
                return Ok(None);
            }
        }
        let has_rowid = twin.prepare("SELECT _rowid_ FROM users").is_ok();
        let parts: Vec<_> = history.mapping.id.iter().map(|id| format!("CAST(\"{id}\" AS TEXT)")).collect();
        let is_balance = |name: &str| name.eq_ignore_ascii_case(&history.mapping.column);
        let balance_at = twin.prepare("SELECT * FROM users")?.column_names().position(is_balance);
        let Some(balance_at) = balance_at else { return Ok(None) };
        let pair = Self { bot, twin, has_rowid, id: parts.join(" || ':' || "), balance_at };
        Ok(pair.rows(&pair.twin).is_ok().then_some(pair))
    }

    /// Runs a statement of the bot in both: it must be the same to the bot.
    pub(super) fn run(&self, sql: &str) -> Result<Answer, Wrong> {
        let count: i64 = self.twin.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
        if count > ROWS_MAX && !sql.starts_with("DELETE") {
            return Ok(execute(&self.twin, "SELECT 1 WHERE 0"));
        }
        let (expected, answer) = (execute(&self.twin, sql), execute(&self.bot, sql));
        Wrong::unless(answer == expected, "a bot's statement answers as without capture", || {
            format!("{sql:?} answers {answer:?}, and without capture {expected:?}")
        })?;
        let (expected, rows) = (self.rows(&self.twin)?, self.rows(&self.bot)?);
        Wrong::unless(rows == expected, "a bot's statement does as without capture", || {
            format!("after {sql:?} there is {rows:?}, and without capture {expected:?}")
        })?;
        Ok(answer)
    }

    /// Some text in the bot's rows is no UTF-8.
    pub(super) fn is_no_text(&self) -> Result<bool, Wrong> {
        Ok(select(&self.bot, "SELECT * FROM users")?.iter().flatten().any(Cell::is_no_text))
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        !self.bot.is_autocommit()
    }

    /// The engine has worked: it may have changed the balances of those that it `named`, and nothing else. The twin
    /// gets what they have now.
    pub(super) fn follow(&self, named: &[String]) -> Result<(), Wrong> {
        let rule = "the engine changes the balances that it says, and nothing else";
        let (rows, before) = (self.rows(&self.bot)?, self.rows(&self.twin)?);
        Wrong::unless(rows.len() == before.len(), rule, || format!("{rows:?}, and before {before:?}"))?;
        for (row, before) in rows.iter().zip(&before).filter(|(row, before)| row != before) {
            let is_named = matches!(&row[1], Cell::Text(id) if named.iter().any(|one| one.as_bytes() == id));
            let same_elsewhere =
                row.iter().zip(before).enumerate().all(|(at, (one, other))| at == 2 || one == other);
            Wrong::unless(is_named && same_elsewhere, rule, || {
                format!("{row:?}, and before {before:?}; named: {named:?}")
            })?;
            self.give(before, &row[2])?;
        }
        Wrong::unless(self.rows(&self.twin)? == rows, "the twin can follow", || format!("{rows:?}"))
    }

    /// Every row: its rowid or nothing, its id as text, its balance, and all of it.
    fn rows(&self, db: &Connection) -> Result<Vec<Vec<Cell>>, Wrong> {
        let rowid = if self.has_rowid { "_rowid_" } else { "NULL" };
        Ok(select(db, &format!("SELECT {rowid}, {}, coins, * FROM users NOT INDEXED", self.id))?
            .into_iter()
            .map(|mut row| {
                // The balance stands there twice: once is enough to compare.
                row.remove(3 + self.balance_at);
                row
            })
            .collect())
    }

    /// Writes the balance of one row of the twin.
    fn give(&self, row: &[Cell], balance: &Cell) -> Result<(), Wrong> {
        let found = if self.has_rowid {
            "_rowid_ = ?2".to_owned()
        } else {
            format!("({}) IS ?2 AND typeof(id) <> 'blob'", self.id)
        };
        let key = if self.has_rowid { &row[0] } else { &row[1] };
        self.twin.execute(&format!("UPDATE users SET coins = ?1 WHERE {found}"), [balance, key])?;
        Ok(())
    }

    /// Nothing of ours is left.
    pub(super) fn is_clean(&self) -> Result<(), Wrong> {
        let schema = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'planted'";
        let (left, expected) = (select(&self.bot, schema)?, select(&self.twin, schema)?);
        Wrong::unless(left == expected, "detaching leaves nothing", || format!("{left:?}"))?;
        let sound: String = self.bot.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Wrong::unless(sound == "ok", "the bot's database is sound", || sound.clone())?;
        self.follow(&[])
    }
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self::new("the world stands", error)
    }
}
