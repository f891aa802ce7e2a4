//! The ledger as an engine reaches it: over a wire that loses requests and answers, and remembers what was sent.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use onepurse_core::{Answer, Asset, Balance, Cursor, Event, Identity, LedgerId, Order, Platform, Question};
use onepurse_ledger::{
    Forgetting, Ledger, LedgerError, Link, Links, Orders, Outcome, Quarantine, Redeem, Registration, Unlink,
};
use tokio::sync::watch;

use crate::{
    dice::Dice,
    disk::Disk,
    gate::{Gate, Point, Verdict},
    told,
};

/// Requests of a kind that may still arrive once more, however late.
const COPIES_MAX: usize = 16;

/// All that a ledger does for people as well as for engines.
pub trait Post: Ledger + Links + Orders + Forgetting + Quarantine {}

impl<L: Ledger + Links + Orders + Forgetting + Quarantine> Post for L {}

/// A request that may arrive once more.
#[derive(Debug, Clone)]
pub enum Request {
    /// Events.
    Append(Vec<Event>),
    /// What is counted.
    Declare(Vec<Asset>),
    /// Two are one.
    Link(Link),
    /// Which database is a platform's replica.
    Register(Registration),
    /// Coins move.
    Order(Order),
    /// Someone leaves the purse that they share.
    Unlink(Unlink),
    /// Two have shown that they are one.
    Redeem(Redeem),
    /// Someone leaves their purse, to be forgotten.
    Part(Unlink),
    /// Their name goes.
    Erase(Identity),
}

/// Which requests crowd each other out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What bots did; sent far more often than anything else.
    Events,
    /// Where databases stand.
    Registrations,
    /// What administrators say.
    Others,
    /// What people ask for.
    Wishes,
}

impl Request {
    const fn kind(&self) -> Kind {
        match self {
            Self::Append(_) => Kind::Events,
            Self::Register(_) => Kind::Registrations,
            Self::Declare(_) | Self::Link(_) => Kind::Others,
            Self::Order(_) | Self::Unlink(_) | Self::Redeem(_) | Self::Part(_) | Self::Erase(_) => {
                Kind::Wishes
            }
        }
    }
}

/// What was sent lately, and may arrive again at any later moment.
#[derive(Default)]
pub struct Copies(Mutex<[VecDeque<Request>; 4]>);

impl Copies {
    /// Keeps what is sent.
    pub fn keep(&self, request: Request) {
        let copies = &mut self.all()[request.kind() as usize];
        copies.push_back(request);
        if copies.len() > COPIES_MAX {
            copies.pop_front();
        }
    }

    /// One of them, once more.
    pub fn any(&self, kind: Kind, dice: &mut Dice) -> Option<Request> {
        let copies = &self.all()[kind as usize];
        copies.get(dice.below(copies.len())).cloned()
    }

    /// All of a kind that are kept, the oldest first.
    pub fn every(&self, kind: Kind) -> Vec<Request> {
        self.all()[kind as usize].iter().cloned().collect()
    }

    fn all(&self) -> MutexGuard<'_, [VecDeque<Request>; 4]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        self.call("balances_as_of", self.ledger.balances_as_of(platform, at)).await
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        self.call("registration", self.ledger.registration(platform)).await
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        self.copies.keep(Request::Register(registration.clone()));
        self.call("register", self.ledger.register(registration)).await
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.ledger.hints()
    }
}
