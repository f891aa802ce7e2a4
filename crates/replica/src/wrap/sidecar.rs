use std::path::{Path, PathBuf};

use onepurse_core::{Amount, AssetName};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Did, Due, Shows, SidecarError, TABLE};
use crate::{Mapping, sqlite::quote};

/// Marks the file: "1pur" as SQLite's `application_id`.
const APPLICATION_ID: i64 = 0x3170_7572;
/// How long a call waits for an engine's short transaction.
const WAITS: std::time::Duration = std::time::Duration::from_secs(5);

/// A bot's store, as far as onepurse knows it. Every call that notes something is one durable transaction.
#[derive(Debug)]
pub struct Sidecar {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    assets: Vec<AssetName>,
}

pub(super) type Sql<T> = Result<T, rusqlite::Error>;

impl Sidecar {
    /// Opens the sidecar of a store with these balances, or makes it. An asset that is new is added to it.
    pub fn open(path: &Path, assets: &[AssetName]) -> Result<Self, SidecarError> {
        let unavailable = |source| SidecarError::Unavailable { path: path.to_owned(), source };
        let mut db = Connection::open(path).map_err(unavailable)?;
        db.busy_timeout(WAITS).map_err(unavailable)?;
        if !is_ours(&db).map_err(unavailable)? {
            return Err(SidecarError::NotASidecar { path: path.to_owned() });
        }
        prepare(&mut db, assets).map_err(unavailable)?;
        Ok(Self { db, path: path.to_owned(), assets: assets.to_vec() })
    }

    /// What a replica onto this file maps: the table that stands for the store.
    #[must_use]
    pub fn mappings(assets: &[AssetName]) -> Vec<Mapping> {
        assets.iter().map(|asset| Mapping::new(asset.clone(), TABLE, &["id"], asset.as_str())).collect()
    }

    /// What the store shows of somebody, as far as it is known.
    pub fn shown(&self, asset: &AssetName, id: &str) -> Result<Option<Amount>, SidecarError> {
        self.told(shown(&self.db, asset.as_str(), id))
    }

    /// Notes what the bot did, before its call returns.
    pub fn capture(&mut self, done: &[Did]) -> Result<(), SidecarError> {
        if done.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            for Did { now, delta } in done {
                let before = now.value.units().wrapping_sub(delta.units());
                did(transaction, now, before, *delta)?;
            }
            Ok(())
        })
    }

    /// Notes that the store has nobody of this id any more. Nothing is spent by it.
    pub fn gone(&mut self, ids: &[&str]) -> Result<(), SidecarError> {
        self.write(|transaction| ids.iter().try_for_each(|id| remove(transaction, id)))
    }

    /// What has come in and is not shown yet, up to `limit`.
    pub fn due(&self, limit: usize) -> Result<Vec<Due>, SidecarError> {
        self.told(self.read_due(limit))
    }

    fn read_due(&self, limit: usize) -> Sql<Vec<Due>> {
        let mut all = vec![];
        for asset in &self.assets {
            let column = quote(asset.as_str());
            let mut statement = self.db.prepare_cached(&format!(
                "SELECT shown.id, shown.value, balance.{column} FROM moved
                 JOIN balance ON balance.id = moved.id
                 JOIN shown ON shown.id = moved.id AND shown.asset = ?1
                 WHERE balance.{column} <> shown.value LIMIT ?2"
            ))?;
            let mut rows = statement.query(params![asset.as_str(), limit as u64])?;
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                // An id that is no id was never captured.
                let Ok(external) = id.parse() else { continue };
                let (from, to) = (Amount::new(row.get(1)?), Amount::new(row.get(2)?));
                all.push(Due { asset: asset.clone(), external, from, to });
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    /// Notes that the store is about to be made to show this.
    pub fn intend(&mut self, due: &[Due]) -> Result<(), SidecarError> {
        self.write(|transaction| {
            for Due { asset, external, from, to } in due {
                let (asset, id) = (asset.as_str(), external.as_str());
                note(transaction, (id, asset), (from.units(), to.units()), true)?;
                show(transaction, (id, asset), to.units())?;
                look(transaction, id)?;
            }
            Ok(())
        })
    }

    /// Notes that the store could not be made to show this: it still shows what it did, and is tried again.
    pub fn refuse(&mut self, due: &[Due]) -> Result<(), SidecarError> {
        self.write(|transaction| {
            for Due { asset, external, from, to } in due {
                let (asset, id) = (asset.as_str(), external.as_str());
                note(transaction, (id, asset), (to.units(), from.units()), true)?;
                show(transaction, (id, asset), from.units())?;
                look_again(transaction, id)?;
            }
            Ok(())
        })
    }

    /// A place in the journal: what was noted up to here is durable once the store is.
    pub fn mark(&self) -> Result<i64, SidecarError> {
        self.told(self.db.query_row("SELECT ifnull(max(n), 0) FROM journal", [], |row| row.get(0)))
    }

    /// The store keeps for good what was noted up to the mark.
    pub fn durable(&mut self, mark: i64) -> Result<(), SidecarError> {
        self.write(|transaction| {
            transaction.prepare_cached("DELETE FROM journal WHERE n <= ?1")?.execute([mark])?;
            Ok(())
        })
    }

    /// Changes whenever another connection has written here: a hint that something may be due.
    pub fn version(&self) -> Result<i64, SidecarError> {
        self.told(self.db.query_row("SELECT data_version FROM pragma_data_version", [], |row| row.get(0)))
    }

    pub(super) fn write<T>(&mut self, work: impl FnOnce(&Transaction) -> Sql<T>) -> Result<T, SidecarError> {
        let done =
            self.db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let done = work(&transaction)?;
                transaction.commit()?;
                Ok(done)
            });
        self.told(done)
    }

    pub(super) fn told<T>(&self, done: Sql<T>) -> Result<T, SidecarError> {
        done.map_err(|source| SidecarError::Unavailable { path: self.path.clone(), source })
    }

    pub(super) fn assets(&self) -> &[AssetName] {
        &self.assets
    }
}

/// An empty file may become one.
fn is_ours(db: &Connection) -> Sql<bool> {
    let id: i64 = db.query_row("SELECT application_id FROM pragma_application_id", [], |row| row.get(0))?;
    let is_empty = db.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    Ok(id == APPLICATION_ID || is_empty)
}

fn prepare(db: &mut Connection, assets: &[AssetName]) -> Sql<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))? {
        transaction.execute_batch(include_str!("schema.sql"))?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    for asset in assets {
        let found = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
        if !transaction.prepare(found)?.exists([TABLE, asset.as_str()])? {
            let column = quote(asset.as_str());
            transaction.execute_batch(&format!("ALTER TABLE {TABLE} ADD COLUMN {column} INTEGER"))?;
        }
    }
    transaction.commit()
}

pub(super) fn shown(db: &Connection, asset: &str, id: &str) -> Sql<Option<Amount>> {
    let mut found = db.prepare_cached("SELECT value FROM shown WHERE id = ?1 AND asset = ?2")?;
    found.query_row([id, asset], |row| Ok(Amount::new(row.get(0)?))).optional()
}

/// Moves the table that stands for the store by what the bot did, so that its capture sees it; somebody new comes with what
/// they have.
pub(super) fn did(transaction: &Transaction, now: &Shows, before: i64, delta: Amount) -> Sql<()> {
    let (asset, id, value) = (now.asset.as_str(), now.external.as_str(), now.value.units());
    let column = quote(asset);
    let moved = transaction
        .prepare_cached(&format!(
            "UPDATE {TABLE} SET {column} = {column} + ?2 WHERE id = ?1 AND {column} IS NOT NULL"
        ))?
        .execute(params![id, delta.units()])?;
    if moved == 0 {
        transaction
            .prepare_cached(&format!(
                "INSERT INTO {TABLE} (id, {column}) VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}"
            ))?
            .execute(params![id, value])?;
    }
    note(transaction, (id, asset), (before, value), false)?;
    show(transaction, (id, asset), value)?;
    look(transaction, id)
}

pub(super) fn remove(transaction: &Transaction, id: &str) -> Sql<()> {
    for sql in [
        "DELETE FROM balance WHERE id = ?1",
        "DELETE FROM shown WHERE id = ?1",
        "DELETE FROM journal WHERE id = ?1",
        "DELETE FROM moved WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

pub(super) fn note(
    transaction: &Transaction,
    (id, asset): (&str, &str),
    (before, after): (i64, i64),
    is_inbound: bool,
) -> Sql<()> {
    transaction
        .prepare_cached(
            "INSERT INTO journal (id, asset, before, after, inbound) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id, asset, before, after, is_inbound])?;
    Ok(())
}

pub(super) fn show(transaction: &Transaction, (id, asset): (&str, &str), value: i64) -> Sql<()> {
    transaction
        .prepare_cached(
            "INSERT INTO shown (id, asset, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (id, asset) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![id, asset, value])?;
    Ok(())
}

/// Somebody of whom nothing is due any more need not be looked at.
fn look(transaction: &Transaction, id: &str) -> Sql<()> {
    let mut due = transaction.prepare_cached("SELECT asset, value FROM shown WHERE id = ?1")?;
    let mut rows = due.query([id])?;
    while let Some(row) = rows.next()? {
        let (asset, value): (String, i64) = (row.get(0)?, row.get(1)?);
        let has = format!("SELECT 1 FROM {TABLE} WHERE id = ?1 AND {} <> ?2", quote(&asset));
        if transaction.prepare_cached(&has)?.exists(params![id, value])? {
            return look_again(transaction, id);
        }
    }
    transaction.prepare_cached("DELETE FROM moved WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub(super) fn look_again(transaction: &Transaction, id: &str) -> Sql<()> {
    transaction.prepare_cached("INSERT OR IGNORE INTO moved (id) VALUES (?1)")?.execute([id])?;
    Ok(())
}
