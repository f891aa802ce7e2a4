//! The ledger in a PostgreSQL database, which may be a bot's as well: everything is in the schema `onepurse`.

mod append;
mod asset;
mod audit;
mod bookmark;
mod code;
mod facts;
mod fault;
mod forget;
mod order;
mod past;
mod place;
mod pull;
mod quarantine;
mod read;
mod replica;
mod requests;
mod row;
mod schema;
mod server;
mod store;
mod thread;
mod view;

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, Balance, Clock, Cursor, Event, EventKey, Identity, LedgerId, Platform, Question, Random,
};
use onepurse_postgres::{Address, Watched, ping, watch};
use tokio::sync::watch::Receiver;

use crate::{
    Ledger, LedgerError, Link, Open, Outcome, Registration,
    plan::{self, Facts, Flaw, Plan},
};
use fault::Fault;
use server::Server;
use thread::Thread;
pub use view::OUR_VIEW;

/// On this channel programs tell each other that the log has grown.
const CHANNEL: &str = "onepurse";
/// How long a call may take, whatever the server does or does not do: longer than its own limits.
const PATIENCE: Duration = Duration::from_secs(90);

/// A ledger in a PostgreSQL database.
///
/// Its connections are served by a thread of its own, so that it can be called from anywhere, and a call that nobody
/// waits for any more is done all the same. What is remembered between calls is used only where the log's end is the one
/// that it was remembered at.
pub struct PostgresLedger {
    server: Arc<Server>,
    place: String,
    thread: Thread,
    watching: Once,
}

impl PostgresLedger {
    /// Opens the ledger at `address`. A ledger with an older schema is brought up to date, also while older programs use
    /// it.
    pub async fn open(
        address: Address,
        open: Open,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, LedgerError> {
        let place = address.to_string();
        let thread = Thread::start()
            .map_err(|error| LedgerError::Unavailable { place: place.clone(), source: Arc::new(error) })?;
        let server = Arc::new(Server::new(address, clock, random));
        let ledger = Self { server, place, thread, watching: Once::new() };
        ledger
            .within(PATIENCE, |server| async move {
                schema::prepare(&server, open).await?;
                view::establish(&server).await;
                let session = server.read().await?;
                server.tell(row::head(&session.client).await?.seq);
                session.commit().await
            })
            .await?;
        Ok(ledger)
    }

    /// Does `work` on the ledger's own thread.
    async fn run<T, F>(&self, work: impl FnOnce(Arc<Server>) -> F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        self.within(PATIENCE, work).await
    }

    async fn within<T, F>(
        &self,
        patience: Duration,
        work: impl FnOnce(Arc<Server>) -> F,
    ) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        // Boxed, for it may be large, and is handed on from one future to the next.
        let work = Box::pin(work(Arc::clone(&self.server)));
        let done = self.thread.run(async move {
            tokio::time::timeout(patience, work).await.unwrap_or_else(|_| Err(Fault::timed_out(patience)))
        });
        match done.await {
            Ok(done) => done.map_err(|fault| fault.at(&self.place)),
            Err(ended) => {
                Err(LedgerError::Unavailable { place: self.place.clone(), source: Arc::new(ended) })
            }
        }
    }

    /// Plans what somebody asks for under a key, from what was done under it and from everyone and everything in the purses
    /// of these, and stores it.
    pub(super) async fn ask(
        &self,
        key: EventKey,
        identities: Vec<Identity>,
        plan: impl Fn(Facts, i64) -> Result<Plan, Flaw> + Send + Sync + 'static,
    ) -> Result<Cursor, LedgerError> {
        let head = self
            .run(|server| async move {
                let once = async || {
                    let session = server.session().await?;
                    let who: Vec<_> = identities.iter().collect();
                    let facts = facts::of_requests(&session.client, &[key], &who).await?;
                    let plan = plan(facts, server.clock.now_ms())?;
                    store::store(session, &plan).await?;
                    Ok(plan.head)
                };
                server.write(once).await
            })
            .await?;
        self.hint(head.seq);
        Ok(head)
    }

    /// Tells who waits that the log ends at another entry: here, and wherever else this ledger is used.
    fn hint(&self, head: i64) {
        self.server.tell(head);
        let server = Arc::clone(&self.server);
        self.thread.leave(async move {
            let session = server.session().await?;
            session.client.batch_execute(&ping(CHANNEL)).await?;
            session.keep();
            Ok(())
        });
    }

    fn watch(&self) {
        let server = Arc::clone(&self.server);
        self.thread.leave(async move {
            let watched = Watched {
                address: server.address.clone(),
                channel: CHANNEL.to_owned(),
                look: "SELECT head_seq::text FROM onepurse.ledger".to_owned(),
            };
            let tell = |seen: &str| seen.parse().map_or((), |head| server.tell(head));
            match watch(&watched, tell).await {}
        });
    }
}

/// Reads in one snapshot.
macro_rules! read {
    ($self:ident, $module:ident::$query:ident($($argument:expr),*)) => {
        $self
            .run(|server| async move {
                let session = server.read().await?;
                let read = $module::$query(&session.client, $($argument),*).await?;
                session.commit().await?;
                Ok(read)
            })
            .await
    };
}

// Behind the macro, which it uses.
mod records;

#[async_trait]
impl Ledger for PostgresLedger {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        read!(self, row::ledger_id())
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        read!(self, row::head())
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let plan =
            self.run(|server| async move { server.write(|| append::append(&server, &events)).await }).await?;
        if !plan.entries.is_empty() {
            self.hint(plan.head.seq);
        }
        Ok(plan.outcomes)
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        read!(self, pull::pull(question))
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        let identities = vec![link.stays.clone(), link.joins.clone()];
        self.ask(link.key, identities, move |facts, now_ms| plan::link(facts, &link, now_ms)).await
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.run(|server| async move { server.write(|| asset::declare(&server, &assets)).await }).await
    }

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        read!(self, pull::balances_as_of(&platform, at))
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        read!(self, replica::find(platform))
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        self.run(|server| async move { server.write(|| replica::store(&server, &registration)).await }).await
    }

    /// From the first call on, this program looks out for what others append.
    fn hints(&self) -> Receiver<u64> {
        self.watching.call_once(|| self.watch());
        self.server.heads.subscribe()
    }
}
