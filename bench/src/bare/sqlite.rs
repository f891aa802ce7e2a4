use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, params};

use super::{ASSET, Bare, BareRow, KIND};
use crate::error::BenchError;

/// Durable by each commit; what else is set is what the ledger sets, which is to a loop's good.
const TABLES: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -32768;
PRAGMA wal_autocheckpoint = 10000;
CREATE TABLE IF NOT EXISTS bare_entry (
    seq INTEGER PRIMARY KEY, key BLOB NOT NULL, kind TEXT NOT NULL, purse INTEGER NOT NULL, identity INTEGER NOT NULL,
    asset INTEGER NOT NULL, delta INTEGER NOT NULL, balance INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    captured_ms INTEGER NOT NULL, actor TEXT, reason TEXT, hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bare_balance (
    purse INTEGER NOT NULL, asset INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (purse, asset)
) STRICT, WITHOUT ROWID;";
const ENTRY: &str = "
INSERT INTO bare_entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms, captured_ms, hash)
VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?8, ?9)";
const BALANCE: &str = "
INSERT INTO bare_balance (purse, asset, amount) VALUES (?1, ?2, ?3)
ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount";

/// A loop of two prepared statements, a commit a batch.
pub(crate) struct BareSqlite(Connection);

impl BareSqlite {
    pub(crate) fn new(folder: &Path) -> Result<Self, BenchError> {
        let connection = Connection::open(folder.join("bare.db"))?;
        connection.execute_batch(TABLES)?;
        Ok(Self(connection))
    }
}

impl Bare for BareSqlite {
    async fn store(&mut self, rows: &[BareRow], after: &BTreeMap<i64, i64>) -> Result<(), BenchError> {
        let transaction = self.0.transaction()?;
        let mut entry = transaction.prepare_cached(ENTRY)?;
        for row in rows {
            let BareRow { seq, key, purse, delta, balance, captured_ms, hash } = row;
            entry.execute(params![seq, key, KIND, purse, ASSET, delta, balance, captured_ms, hash])?;
        }
        let mut balance = transaction.prepare_cached(BALANCE)?;
        for (purse, amount) in after {
            balance.execute(params![purse, ASSET, amount])?;
        }
        drop((entry, balance));
        Ok(transaction.commit()?)
    }
}
