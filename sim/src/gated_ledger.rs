//! The ledger as an engine reaches it: over a wire that loses requests and answers, and remembers what was sent.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use onepurse_core::{Answer, Asset, Balance, Cursor, Event, LedgerId, Platform, Question};
use onepurse_ledger::{Ledger, LedgerError, Link, Outcome, Registration};
use tokio::sync::watch;

use crate::{
    disk::Disk,
    gate::{Gate, Point, Verdict},
};

/// Requests that may still arrive once more, however late.
const COPIES_MAX: usize = 16;

/// What was sent lately, and may arrive again at any later moment.
#[derive(Default)]
pub struct Copies(Mutex<VecDeque<Vec<Event>>>);

impl Copies {
    fn keep(&self, events: &[Event]) {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copies.push_back(events.to_vec());
        if copies.len() > COPIES_MAX {
            copies.pop_front();
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// True where nothing was sent lately.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, once more.
    pub fn get(&self, n: usize) -> Option<Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(n).cloned()
    }
}

/// One engine's way to the ledger.
pub struct GatedLedger {
    /// The ledger at the other end.
    pub ledger: Arc<dyn Ledger>,
    /// Its disk.
    pub disk: Arc<Disk>,
    /// Where the engine waits.
    pub gate: Arc<Gate>,
    /// What was sent.
    pub copies: Arc<Copies>,
}

impl GatedLedger {
    async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, LedgerError>> + Send,
    ) -> Result<T, LedgerError>
    where
        T: Send,
    {
        let verdict = self.gate.wait(Point::Request(name)).await;
        match verdict {
            Verdict::Lose => return Err(lost("the request was lost")),
            Verdict::Cut(looks) | Verdict::Die(looks) => self.disk.arm(looks),
            Verdict::Go => {}
        }
        let answer = work.await;
        self.gate.note_cut(self.disk.disarm());
        if matches!(verdict, Verdict::Die(_)) {
            std::future::pending::<()>().await;
        }
        match self.gate.wait(Point::Answer(name)).await {
            Verdict::Lose => Err(lost("the answer was lost")),
            _ => answer,
        }
    }
}

fn lost(what: &str) -> LedgerError {
    LedgerError::Unavailable {
        place: "the wire".to_owned(),
        source: Arc::new(io::Error::other(what.to_owned())),
    }
}

#[async_trait]
impl Ledger for GatedLedger {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        self.call("id", self.ledger.id()).await
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.call("head", self.ledger.head()).await
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        self.copies.keep(&events);
        self.call("append", self.ledger.append(events)).await
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        self.call("pull", self.ledger.pull(question)).await
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        self.call("link", self.ledger.link(link)).await
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.call("declare", self.ledger.declare(assets)).await
    }

    async fn balances_as_of(&self, platform: Platform, seq: i64) -> Result<Vec<Balance>, LedgerError> {
        self.call("balances_as_of", self.ledger.balances_as_of(platform, seq)).await
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        self.call("registration", self.ledger.registration(platform)).await
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        self.call("register", self.ledger.register(registration)).await
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.ledger.hints()
    }
}
