//! The embedded ledger: one SQLite file of its own.

mod asset;
mod audit;
mod bookmark;
mod code;
mod facts;
mod fault;
mod file;
mod identity;
mod order;
mod past;
mod pull;
mod quarantine;
mod read;
mod replica;
mod row;
mod schema;
mod store;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, AssetName, Balance, Clock, Cursor, Entry, Event, Identity, LedgerId, LinkCode, Order,
    Platform, PurseId, Question, Random, Rejection,
};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::{
    Audit, AuditScope, Bookmarks, Came, Decided, EntryFilter, Intake, Ledger, LedgerError, Link, Links, Open,
    Orders, Outcome, Past, Purse, Purses, Quarantine, Quarantined, Rank, Receipt, Records, Redeem,
    Registration, Unlink, plan,
};
use file::LedgerFile;

/// A ledger in an SQLite file.
///
/// Every call works on the calling thread and returns when it is done: its futures never wait. Nothing is remembered
/// between calls, so several programs can use one file, and the file can be put back from a backup meanwhile.
pub struct SqliteLedger {
    file: LedgerFile,
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
        Ok(Self { file, clock, random, hints: watch::Sender::new(0) })
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
        let outcomes = self.file.write(|transaction| {
            let facts = facts::of_events(transaction, &events)?;
            let plan = plan::append(facts, events, self.clock.now_ms(), &*self.random);
            store::store(transaction, &plan)?;
            Ok(plan.outcomes)
        })?;
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Entered { .. })) {
            self.hint();
        }
        Ok(outcomes)
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        self.file.read(|snapshot| pull::pull(snapshot, question))
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        let head = self.file.write(|transaction| {
            let plan = plan::link(facts::of_link(transaction, &link)?, &link, self.clock.now_ms())?;
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

#[async_trait]
impl Intake for SqliteLedger {
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError> {
        let (came, plan) = self.file.write(|transaction| {
            let events = plan::events(row::ledger_id(transaction)?, &purses, self.clock.now_ms());
            let facts = facts::of_intake(transaction, &events)?;
            let (came, plan) = plan::intake(facts, &purses, &events, self.clock.now_ms(), &*self.random)?;
            if !purses.rehearsal {
                store::store(transaction, &plan)?;
            }
            Ok((came, plan))
        })?;
        if !purses.rehearsal && !plan.entries.is_empty() {
            self.hint();
        }
        Ok(came)
    }
}

#[async_trait]
impl Links for SqliteLedger {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        let code = LinkCode::random(&*self.random);
        self.file.write(|transaction| code::issue(transaction, &identity, &code, self.clock.now_ms()))?;
        Ok(code)
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        let head = self
            .file
            .write(|transaction| code::redeem(transaction, &redeem, self.clock.now_ms(), &*self.random))??;
        self.hint();
        Ok(head)
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        let head = self.file.write(|transaction| {
            let facts = facts::of_unlink(transaction, &unlink)?;
            let plan = plan::unlink(facts, &unlink, self.clock.now_ms())?;
            store::store(transaction, &plan)?;
            Ok(plan.head)
        })?;
        self.hint();
        Ok(head)
    }
}

#[async_trait]
impl Quarantine for SqliteLedger {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        let seq = self.file.write(|transaction| {
            let event = quarantine::waiting(transaction, decided.key)?;
            let facts = facts::of_events(transaction, std::slice::from_ref(&event))?;
            let plan = plan::decide(facts, &event, &decided, self.clock.now_ms(), &*self.random)?;
            store::store(transaction, &plan)?;
            Ok(plan.head.seq)
        })?;
        self.hint();
        Ok(seq)
    }
}

#[async_trait]
impl Orders for SqliteLedger {
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError> {
        let (receipts, plan) = self.file.write(|transaction| {
            let facts = order::facts_of(transaction, &orders)?;
            let (receipts, plan) = plan::order(facts, &orders, self.clock.now_ms(), &*self.random);
            store::store(transaction, &plan)?;
            Ok((receipts, plan))
        })?;
        if !plan.entries.is_empty() {
            self.hint();
        }
        Ok(receipts)
    }
}

#[async_trait]
impl Bookmarks for SqliteLedger {
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError> {
        self.file.read(|snapshot| bookmark::find(snapshot, &name))
    }

    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError> {
        self.file.write(|transaction| bookmark::store(transaction, &name, seq))
    }
}

#[async_trait]
impl Records for SqliteLedger {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        self.file.read(|snapshot| read::purse_of(snapshot, &identity))
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        self.file.read(|snapshot| read::purse(snapshot, id))
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::entries(snapshot, &filter))
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        self.file.read(|snapshot| read::captured_with(snapshot, &platform, captured_ms))
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        self.file.read(|snapshot| read::entry_after(snapshot, seq))
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.file.read(|snapshot| read::leaderboard(snapshot, &asset, offset, limit))
    }

    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.file.read(|snapshot| read::debts(snapshot, &asset, limit))
    }

    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::captured_in(snapshot, &platform, captured_ms, after_seq, limit))
    }

    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::log(snapshot, after_seq, limit))
    }

    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError> {
        self.file.read(|snapshot| past::past_of(snapshot, &identity, at_ms))
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        self.file.read(asset::list)
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        self.file.read(|snapshot| quarantine::list(snapshot, platform.as_ref()))
    }

    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError> {
        self.file.read(|snapshot| audit::audit(snapshot, scope))
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        self.file.read(|snapshot| pull::balances_at(snapshot, &platform, at))
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
