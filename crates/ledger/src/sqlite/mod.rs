//! The embedded ledger: one SQLite file of its own.

mod append;
mod asset;
mod audit;
mod bookmark;
mod code;
mod facts;
mod fault;
mod file;
mod forget;
mod identity;
mod order;
mod past;
mod place;
mod pull;
mod quarantine;
mod read;
mod records;
mod replica;
mod requests;
mod row;
mod rows;
mod schema;
mod store;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{Answer, Asset, Balance, Clock, Cursor, Event, LedgerId, Platform, Question, Random};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::{Ledger, LedgerError, Link, Open, Outcome, Registration, plan};
use file::LedgerFile;

/// A ledger in an SQLite file.
///
/// Every call works on the calling thread and returns when it is done: its futures never wait. What is remembered between
/// calls is used only where the log's end is the one that it was remembered at, so several programs can use one file, and
/// the file can be put back from a backup meanwhile.
pub struct SqliteLedger {
    file: LedgerFile,
    appending: append::Appending,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hints: watch::Sender<u64>,
}

impl SqliteLedger {
    /// Opens the ledger at `path`. A ledger with an older schema is brought up to date.
    pub fn open(
        path: &Path,
        open: Open,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, LedgerError> {
        Self::open_connecting(path, open, clock, random, |_| Ok(()))
    }

    /// The same, and does `on_connect` to every connection right after it was opened: a simulated world makes them fail.
    pub fn open_connecting(
        path: &Path,
        open: Open,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        on_connect: impl Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Result<Self, LedgerError> {
        let new = schema::New { clock: &*clock, random: &*random };
        let file = LedgerFile::open(path, (open == Open::Create).then_some(&new), Box::new(on_connect))?;
        let appending = append::Appending::new();
        Ok(Self { file, appending, clock, random, hints: watch::Sender::new(0) })
    }

    fn hint(&self) {
        self.hints.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        self.file.read(|snapshot| row::ledger_id(snapshot))
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.file.read(|snapshot| row::head(snapshot))
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let plan = self.appending.append(&self.file, &events, &*self.clock, &*self.random)?;
        if !plan.entries.is_empty() {
            self.hint();
        }
        Ok(plan.outcomes)
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        self.file.read(|snapshot| pull::pull(snapshot, question))
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        let head = self.file.write(|transaction| {
            let facts = facts::of_request(transaction, link.key, &[&link.stays, &link.joins])?;
            let plan = plan::link(facts, &link, self.clock.now_ms())?;
            store::store(transaction, &plan)?;
            Ok(plan.head)
        })?;
        self.hint();
        Ok(head)
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.file.write(|transaction| asset::declare(transaction, assets))
    }

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        self.file.read(|snapshot| pull::balances_as_of(snapshot, &platform, at))
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        self.file.read(|snapshot| replica::find(snapshot, &platform))
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        self.file.write(|transaction| replica::store(transaction, registration))
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: i64 = 2;

    struct Zero;

    impl Clock for Zero {
        fn now_ms(&self) -> i64 {
            0
        }
    }

    impl Random for Zero {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    /// That a commit survives the loss of power is SQLite's promise, as long as this is what it was asked for.
    #[test]
    fn commits_are_durable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        for open in [Open::Create, Open::Existing] {
            let ledger = SqliteLedger::open(&path, open, Arc::new(Zero), Arc::new(Zero)).unwrap();
            let (synchronous, journal): (i64, String) = ledger
                .file
                .write(|transaction| {
                    let found = "SELECT * FROM pragma_synchronous, pragma_journal_mode";
                    Ok(transaction.query_row(found, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
                })
                .unwrap();
            assert_eq!((synchronous, journal.as_str()), (FULL, "wal"));
        }
    }
}
