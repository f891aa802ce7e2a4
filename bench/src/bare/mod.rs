//! The bare least: the rows of the same batch, and the balances after it, stored by plain SQL with nothing around it.
//!
//! A row has every column that an entry of the ledger has, the hash too, though any bytes stand for that. What makes it a
//! ledger is missing: no index but the primary key, no key looked up, no person found, no balance read, nothing chained.

mod founding;
mod one_by_one;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use onepurse_core::Event;

pub(crate) use founding::Founding;
pub(crate) use one_by_one::{PostgresCaller, SqliteCaller};
pub(crate) use postgres::BarePostgres;
pub(crate) use sqlite::BareSqlite;

use crate::{crowd::Crowd, error::BenchError, ledgers::BATCH};

/// Everything stands in one asset.
const ASSET: i64 = 1;
const KIND: &str = "change";

/// What is counted in memory, so that nothing has to be read.
#[derive(Debug, Default)]
pub(crate) struct Bookkeeper {
    seq: i64,
    purses: BTreeMap<String, i64>,
    balances: BTreeMap<i64, i64>,
}

/// A row of the log.
pub(crate) struct BareRow {
    seq: i64,
    key: [u8; 16],
    purse: i64,
    delta: i64,
    balance: i64,
    captured_ms: i64,
    hash: [u8; 32],
}

impl Bookkeeper {
    /// The rows of a batch, and what everybody in it has afterwards.
    pub(crate) fn book(&mut self, events: &[Event]) -> (Vec<BareRow>, BTreeMap<i64, i64>) {
        let mut after = BTreeMap::new();
        let rows = events.iter().map(|event| {
            let row = self.row(event);
            after.insert(row.purse, row.balance);
            row
        });
        (rows.collect(), after)
    }

    fn row(&mut self, event: &Event) -> BareRow {
        let next = i64::try_from(self.purses.len()).unwrap_or(i64::MAX);
        let purse = *self.purses.entry(event.identity.external.as_str().to_owned()).or_insert(next);
        let balance = self.balances.entry(purse).or_default();
        *balance += event.delta.units();
        self.seq += 1;
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(&event.key.0);
        hash[16..].copy_from_slice(&event.key.0.map(|byte| !byte));
        BareRow {
            seq: self.seq,
            key: event.key.0,
            purse,
            delta: event.delta.units(),
            balance: *balance,
            captured_ms: event.captured_ms,
            hash,
        }
    }
}

/// Stores batches by plain SQL.
pub(crate) trait Bare {
    /// Stores one batch durably.
    async fn store(&mut self, rows: &[BareRow], after: &BTreeMap<i64, i64>) -> Result<(), BenchError>;

    /// Has it know everybody of the crowd, as the ledger does.
    async fn meet(&mut self, books: &mut Bookkeeper, crowd: &mut Crowd) -> Result<(), BenchError> {
        for batch in crowd.everybody(BATCH as usize)? {
            let (rows, after) = books.book(&batch);
            self.store(&rows, &after).await?;
        }
        Ok(())
    }
}
