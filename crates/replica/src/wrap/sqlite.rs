use std::{path::Path, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, ffi, params,
};

use super::{
    begin::Known,
    note::{Batch, Line, Note},
    place::table_of,
    tables::{Fault, Tables, Told},
};
use crate::sqlite::quote;

/// Marks the file: "1pur" as SQLite's `application_id`, and the form of its tables as `user_version`.
const APPLICATION_ID: i64 = 0x3170_7572;
const FORM: i64 = 1;
/// How long a call waits for an engine's short transaction.
const WAITS: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    -- Whose store this stands beside, what is counted, and what somebody is asked about.
    CREATE TABLE sidecar (platform TEXT NOT NULL, assets TEXT NOT NULL, asks TEXT) STRICT;
    -- What the store was made to show since it was last known to be durable, by the bot or by us, in that order. Found again
    -- in it, a value says how much of this the store has forgotten.
    CREATE TABLE journal (
        n       INTEGER PRIMARY KEY,
        id      TEXT    NOT NULL,
        asset   TEXT    NOT NULL,
        before  INTEGER NOT NULL,
        after   INTEGER NOT NULL,
        inbound INTEGER NOT NULL
    ) STRICT;";

/// A sidecar in a file.
#[derive(Debug)]
pub(super) struct SqliteTables {
    db: Connection,
    assets: Vec<String>,
}

type Sql<T> = Result<T, rusqlite::Error>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        // An integer that overflows becomes a fraction, which a strict table does not take.
        if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_DATATYPE) {
            return Self::Overflow;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotASidecar,
            _ => Self::Away(error.into()),
        }
    }
}

impl SqliteTables {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let db = Connection::open(path)?;
        db.busy_timeout(WAITS)?;
        Ok(Self { db, assets: vec![] })
    }

    fn write<T>(&mut self, work: impl FnOnce(&Transaction) -> Sql<T>) -> Result<T, Fault> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

/// What the sidecar at a path says of itself; `None` where there is none.
pub(super) fn told(path: &Path) -> Result<Option<Told>, Fault> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(WAITS)?;
    match state(&db) {
        Ok(State::Ours) => Ok(read_told(&db)?),
        Ok(State::Empty) | Err(Fault::NotASidecar | Fault::Newer) => Ok(None),
        Err(fault) => Err(fault),
    }
}

enum State {
    /// Something may be made of it.
    Empty,
    Ours,
}

fn state(db: &Connection) -> Result<State, Fault> {
    let pragma =
        |name: &str| db.query_row(&format!("SELECT {name} FROM pragma_{name}"), [], |row| row.get(0));
    if db.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))? {
        return Ok(State::Empty);
    }
    let (id, form): (i64, i64) = (pragma("application_id")?, pragma("user_version")?);
    match form {
        _ if id != APPLICATION_ID || form < FORM => Err(Fault::NotASidecar),
        FORM => Ok(State::Ours),
        _ => Err(Fault::Newer),
    }
}

fn read_told(db: &Connection) -> Sql<Option<Told>> {
    let found: Option<(String, String, Option<String>)> = db
        .query_row("SELECT platform, assets, asks FROM sidecar", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(found.and_then(|(platform, assets, asks)| Told::read(&platform, &assets, asks.as_deref())))
}

impl Tables for SqliteTables {
    fn prepare(&mut self, asked: &Told) -> Result<Told, Fault> {
        let found = match state(&self.db)? {
            State::Ours => read_told(&self.db)?,
            State::Empty => None,
        };
        self.db.pragma_update(None, "journal_mode", "WAL")?;
        self.db.pragma_update(None, "synchronous", "FULL")?;
        let missing = match &found {
            Some(found) => found.with(asked)?,
            None => Some(asked.clone()),
        };
        let told = missing.clone().or(found).unwrap_or_else(|| asked.clone());
        self.assets.clone_from(&told.assets);
        if missing.is_none() {
            return Ok(told);
        }
        self.write(|transaction| {
            // Another process may have been faster.
            if transaction
                .query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?
            {
                transaction.execute_batch(SCHEMA)?;
                transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
                transaction.pragma_update(None, "user_version", FORM)?;
            }
            for asset in &told.assets {
                make_table(transaction, asset)?;
            }
            let asks: Option<String> =
                transaction.query_row("SELECT asks FROM sidecar", [], |row| row.get(0)).optional()?.flatten();
            transaction.execute("DELETE FROM sidecar", [])?;
            transaction.execute(
                "INSERT INTO sidecar (platform, assets, asks) VALUES (?1, ?2, ?3)",
                params![told.platform.as_str(), told.assets_text(), asks],
            )?;
            Ok(())
        })?;
        Ok(told)
    }

    fn ask(&mut self, asks: Option<&str>) -> Result<(), Fault> {
        self.write(|transaction| transaction.execute("UPDATE sidecar SET asks = ?1", [asks]).map(|_| ()))
    }

    fn shown(&mut self, asset: &str, id: &str) -> Result<Option<i64>, Fault> {
        let sql = format!("SELECT shown FROM {} WHERE id = ?1 AND shown IS NOT NULL", table(asset));
        Ok(self.db.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?)
    }

    fn known(&mut self, assets: &[&str]) -> Result<Known, Fault> {
        let transaction = self.db.transaction()?;
        let mut known = Known::default();
        for asset in assets {
            let mut statement = transaction
                .prepare(&format!("SELECT id, shown FROM {} WHERE shown IS NOT NULL", table(asset)))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                known.shows(asset, row.get(0)?, row.get(1)?);
            }
        }
        let mut statement =
            transaction.prepare("SELECT asset, id, before, after, inbound FROM journal ORDER BY n")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (asset, id): (String, String) = (row.get(0)?, row.get(1)?);
            known.tells(
                &asset,
                &id,
                Line { before: row.get(2)?, after: row.get(3)?, is_inbound: row.get(4)? },
            );
        }
        Ok(known)
    }

    fn due(&mut self, asset: &str, limit: usize) -> Result<Vec<(String, i64, i64)>, Fault> {
        let sql = format!("SELECT id, shown, value FROM {} WHERE value <> shown LIMIT ?1", table(asset));
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query_map([limit as u64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Sql<_>>()?)
    }

    fn note(&mut self, batch: &Batch<'_>) -> Result<(), Fault> {
        let assets = self.assets.clone();
        self.write(|transaction| {
            for note in &batch.notes {
                write_down(transaction, note)?;
                if let Some(line) = note.line.filter(|_| !batch.is_durable) {
                    journal(transaction, note, line)?;
                }
            }
            for id in &batch.gone {
                is_gone(transaction, &assets, id)?;
            }
            if batch.is_durable {
                transaction.execute("DELETE FROM journal", [])?;
            }
            Ok(())
        })
    }

    fn mark(&mut self) -> Result<i64, Fault> {
        Ok(self.db.query_row("SELECT ifnull(max(n), 0) FROM journal", [], |row| row.get(0))?)
    }

    fn durable(&mut self, mark: i64) -> Result<(), Fault> {
        self.write(|transaction| {
            transaction.prepare_cached("DELETE FROM journal WHERE n <= ?1")?.execute([mark]).map(|_| ())
        })
    }

    fn version(&mut self) -> Result<i64, Fault> {
        Ok(self.db.query_row("SELECT data_version FROM pragma_data_version", [], |row| row.get(0))?)
    }
}

fn table(asset: &str) -> String {
    quote(&table_of(asset))
}

fn make_table(transaction: &Transaction, asset: &str) -> Sql<()> {
    let (table, due) = (table(asset), quote(&format!("due_{asset}")));
    transaction.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (
             id    TEXT    NOT NULL PRIMARY KEY,
             value INTEGER NOT NULL,
             -- Nothing of whom the store has no more: they get back what the purse has when they are there again.
             shown INTEGER
         ) STRICT;
         CREATE INDEX IF NOT EXISTS {due} ON {table} (id) WHERE value <> shown;"
    ))
}

fn write_down(transaction: &Transaction, note: &Note<'_>) -> Sql<()> {
    let table = table(note.asset);
    let known = transaction
        .prepare_cached(&format!(
            "UPDATE {table} SET value = value + iif(shown IS NULL, 0, ?2), shown = ?3 WHERE id = ?1"
        ))?
        .execute(params![note.id, note.moves, note.shows])?;
    if known == 0 {
        transaction
            .prepare_cached(&format!("INSERT INTO {table} (id, value, shown) VALUES (?1, ?2, ?2)"))?
            .execute(params![note.id, note.shows])?;
    }
    Ok(())
}

fn journal(transaction: &Transaction, note: &Note<'_>, line: Line) -> Sql<()> {
    transaction
        .prepare_cached(
            "INSERT INTO journal (id, asset, before, after, inbound) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![note.id, note.asset, line.before, line.after, line.is_inbound])
        .map(|_| ())
}

fn is_gone(transaction: &Transaction, assets: &[String], id: &str) -> Sql<()> {
    for asset in assets {
        let sql = format!("UPDATE {} SET shown = NULL WHERE id = ?1", table(asset));
        transaction.prepare_cached(&sql)?.execute([id])?;
    }
    transaction.prepare_cached("DELETE FROM journal WHERE id = ?1")?.execute([id]).map(|_| ())
}
