//! The ledger as an engine reaches it: over a wire that loses requests and answers, and remembers what was sent.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use onepurse_core::{Answer, Asset, Balance, Cursor, Event, LedgerId, Platform, Question};
use onepurse_ledger::{Ledger, LedgerError, Link, Outcome, Registration};
use tokio::sync::watch;

use crate::{
    dice::Dice,
    disk::Disk,
    gate::{Gate, Point, Verdict},
    told,
};

/// Requests of a kind that may still arrive once more, however late.
const COPIES_MAX: usize = 16;

/// A request that may arrive once more.
#[derive(Debug, Clone)]
pub enum Request {
    /// Events.
    Append(Vec<Event>),
    /// What is counted.
    Declare(Vec<Asset>),
    /// Two are one.
    Link(Link),
}

/// What was sent lately, and may arrive again at any later moment.
#[derive(Default)]
pub struct Copies {
    events: Mutex<VecDeque<Request>>,
    others: Mutex<VecDeque<Request>>,
}

impl Copies {
    /// Keeps what is sent. Events are sent far more often than anything else, and crowd nothing else out.
    pub fn keep(&self, request: Request) {
        let mut copies = self.of(matches!(request, Request::Append(_)));
        copies.push_back(request);
        if copies.len() > COPIES_MAX {
            copies.pop_front();
        }
    }

    /// One of them, once more: events, or anything else.
    pub fn any(&self, are_events: bool, dice: &mut Dice) -> Option<Request> {
        let copies = self.of(are_events);
        copies.get(dice.below(copies.len())).cloned()
    }

    fn of(&self, are_events: bool) -> MutexGuard<'_, VecDeque<Request>> {
        let copies = if are_events { &self.events } else { &self.others };
        copies.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.copies.keep(Request::Append(events.clone()));
        let work = async {
            self.gate.say(told::events(&events));
            self.ledger.append(events).await
        };
        self.call("append", work).await
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        let work = async {
            let answer = self.ledger.pull(question.clone()).await?;
            self.gate.say(told::answer(&question, &answer));
            Ok(answer)
        };
        self.call("pull", work).await
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        self.copies.keep(Request::Link(link.clone()));
        self.call("link", self.ledger.link(link)).await
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.copies.keep(Request::Declare(assets.clone()));
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
