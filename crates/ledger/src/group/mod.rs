//! Callers that come at the same time share a commit.

mod waiting;
mod worker;

use std::{io, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, AssetName, Balance, Cursor, Entry, Event, Identity, LedgerId, LinkCode, Order, Platform,
    PurseId, Question,
};
use tokio::sync::watch;

use crate::{
    Audit, AuditScope, Bookmarks, Came, Decided, EntryFilter, Forgetting, Intake, Ledger, LedgerError, Link,
    Links, Orders, Outcome, Past, Purse, Purses, Quarantine, Quarantined, Rank, Rebuilding, Records, Redeem,
    Registration, Remembered, Reversed, Unlink,
};
use waiting::{Filled, Waiting};
use worker::Worker;

/// A ledger whose callers share commits: while one transaction is under way, those who come wait together and are
/// entered by the next.
///
/// The inner ledger works on two threads of its own, one for what writes and one for what reads, so that a ledger
/// which blocks never blocks the caller's runtime. Both end when this is dropped, after what they were asked is done.
pub struct GroupCommit<L: Ledger + ?Sized> {
    inner: Arc<L>,
    writer: Worker,
    reader: Worker,
    orders: Waiting,
}

impl<L: Ledger + ?Sized + 'static> GroupCommit<L> {
    /// Starts the two threads. An error is the operating system's, which has no thread to give.
    pub fn new(inner: Arc<L>) -> io::Result<Self> {
        let writer = Worker::start("ledger-write", Arc::clone(&inner))?;
        let reader = Worker::start("ledger-read", Arc::clone(&inner))?;
        Ok(Self { inner, writer, reader, orders: Waiting::default() })
    }
}

/// Passes a call through to the inner ledger on one of the two threads.
macro_rules! pass {
    ($self:ident.$thread:ident, $method:ident($($argument:ident),*)) => {{
        let inner = Arc::clone(&$self.inner);
        $self.$thread.run(async move { inner.$method($($argument),*).await }).await
    }};
}

#[async_trait]
impl<L: Ledger + ?Sized + 'static> Ledger for GroupCommit<L> {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        pass!(self.reader, id())
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        pass!(self.reader, head())
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        self.writer.append(events).await
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        pass!(self.reader, pull(question))
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        pass!(self.writer, link(link))
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        pass!(self.writer, declare(assets))
    }

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        pass!(self.reader, balances_as_of(platform, at))
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        pass!(self.reader, registration(platform))
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        pass!(self.writer, register(registration))
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.inner.hints()
    }
}

#[async_trait]
impl<L: Ledger + Intake + ?Sized + 'static> Intake for GroupCommit<L> {
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError> {
        pass!(self.writer, take_over(purses))
    }
}

#[async_trait]
impl<L: Ledger + Links + ?Sized + 'static> Links for GroupCommit<L> {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        pass!(self.writer, issue_code(identity))
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        pass!(self.writer, redeem(redeem))
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        pass!(self.writer, unlink(unlink))
    }
}

#[async_trait]
impl<L: Ledger + Forgetting + ?Sized + 'static> Forgetting for GroupCommit<L> {
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        pass!(self.writer, part(unlink))
    }

    async fn erase(&self, identity: Identity) -> Result<(), LedgerError> {
        pass!(self.writer, erase(identity))
    }
}

#[async_trait]
impl<L: Ledger + Rebuilding + ?Sized + 'static> Rebuilding for GroupCommit<L> {
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError> {
        pass!(self.writer, remember(purses, reason))
    }

    async fn undo(&self, reversals: Vec<Reversed>) -> Result<u64, LedgerError> {
        pass!(self.writer, undo(reversals))
    }

    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError> {
        pass!(self.writer, take_place_of(lost))
    }
}

#[async_trait]
impl<L: Ledger + Quarantine + ?Sized + 'static> Quarantine for GroupCommit<L> {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        pass!(self.writer, decide(decided))
    }
}

#[async_trait]
impl<L: Ledger + Orders + ?Sized + 'static> Orders for GroupCommit<L> {
    async fn order(&self, orders: Vec<Order>) -> Filled {
        let answered = self.orders.add(orders);
        let (inner, waiting) = (Arc::clone(&self.inner), self.orders.clone());
        self.writer
            .run(async move {
                waiting.serve(&*inner).await;
                Ok(())
            })
            .await?;
        // They were before this in the queue, or others took them along.
        answered.await.unwrap_or_else(|_| Err(Worker::ended()))
    }
}

#[async_trait]
impl<L: Ledger + Bookmarks + ?Sized + 'static> Bookmarks for GroupCommit<L> {
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError> {
        pass!(self.reader, bookmark(name))
    }

    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError> {
        pass!(self.writer, set_bookmark(name, seq))
    }
}

#[async_trait]
impl<L: Ledger + Records + ?Sized + 'static> Records for GroupCommit<L> {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        pass!(self.reader, purse_of(identity))
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        pass!(self.reader, purse(id))
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        pass!(self.reader, entries(filter))
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        pass!(self.reader, captured_with(platform, captured_ms))
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        pass!(self.reader, entry_after(seq))
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        pass!(self.reader, leaderboard(asset, offset, limit))
    }

    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        pass!(self.reader, debts(asset, limit))
    }

    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        pass!(self.reader, captured_in(platform, captured_ms, after_seq, limit))
    }

    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        pass!(self.reader, log(after_seq, limit))
    }

    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError> {
        pass!(self.reader, past_of(identity, at_ms))
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        pass!(self.reader, assets())
    }

    async fn platforms(&self) -> Result<Vec<Platform>, LedgerError> {
        pass!(self.reader, platforms())
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        pass!(self.reader, quarantined(platform))
    }

    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError> {
        pass!(self.reader, audit(scope))
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        pass!(self.reader, balances_at(platform, at))
    }
}
