//! A replica in PostgreSQL, captured by triggers.
//!
//! # The walk of the data
//!
//! Our tables are in the schema `onepurse_<platform>` of the bot's own database: `replica` (one row: which this is, and
//! its cursor), `mapping`, `captured` (facts), `identity` (what is known of each person), `outbox` and `kept` (events not
//! included, and included), `reversal` (what was undone, for the bot). Each mapping has three triggers on the bot's table, which call two functions of that schema,
//! and two functions that write the bot's rows.
//!
//! 1. A trigger only ever appends a fact to `captured`, in the bot's transaction: `changed`, `came`, `went`, `lost` and
//!    `got` (a row becomes another identity's), `emptied` (TRUNCATE), `blind` (a row could not be read). Nothing in that
//!    table is unique but its growing number, so no bot ever waits for another there.
//! 2. Every call that goes by what was captured first locks the one row of `replica`, which makes it alone in all tables
//!    but `captured`, and digests the facts ([`digest`], over the rules of `crate::digest`): they become events in the
//!    outbox and changes of `identity`, and are deleted, in the same transaction.
//! 3. `outbox`, `compare`, `resolve`, `rewind`, `summary`, `audit` and `testimony` are one transaction that sees one snapshot
//!    (REPEATABLE READ): the rows that it reads and the facts that it digests are of one moment.
//! 4. `apply`, `settle`, `renew`, `attach`, `mend` and `detach` are one transaction whose statements see what was committed before
//!    them (READ COMMITTED). `apply` compares the cursor, includes, stores, sets the cursor, and settles a small answer.
//!    To settle is: lock the bot's rows that nobody holds (`FOR NO KEY UPDATE … SKIP LOCKED`; the others wait for a
//!    fifth of a second), read what they show, digest the facts that came before the locks, write all rows in one
//!    statement. `attach` and `mend` put triggers in, which lets the bot's writers finish and keeps new ones out, and
//!    then read the openings.
//! 5. `view` is a read-only snapshot, before which waiting facts are digested.

mod apply;
mod attach;
mod base;
mod compare;
mod digest;
mod fault;
mod fingerprint;
mod forget;
mod give;
mod ids;
mod include;
mod names;
mod outbox;
mod problems;
mod read;
mod refused;
mod renew;
mod reversal;
mod settle;
mod shape;
mod terms;
mod testimony;
mod trigger;
mod watch;
mod work;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use onepurse_core::{Changes, Cursor, ExternalId, Platform, Random};
use onepurse_postgres::{Address, Client, connect};

use crate::{
    Applied, Attach, Audited, Batch, Comparison, Decision, Detached, Inward, Mapping, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
};
use fault::Fault;
pub use watch::PostgresWatch;
use work::{Ground, Sight, Work};

/// How often capture is tried to be put in or taken out, where the bot's own writers are in the way.
const TRIES: u8 = 25;

/// One platform's PostgreSQL database. Calls need a tokio runtime.
pub struct PostgresReplica {
    platform: Platform,
    address: Address,
    place: String,
    schema: String,
    mappings: Vec<Mapping>,
    random: Arc<dyn Random>,
    client: Option<Client>,
    /// As it was read over this connection.
    fingerprint: OnceLock<Option<String>>,
    /// A transaction was begun over the connection and has not ended.
    in_transaction: AtomicBool,
}

impl PostgresReplica {
    /// The database at `address` as the replica of `platform`. Nothing is connected yet.
    #[must_use]
    pub fn new(
        platform: Platform,
        address: Address,
        mappings: Vec<Mapping>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (place, schema) = (address.to_string(), schema_of(&platform));
        let in_transaction = AtomicBool::new(false);
        Self {
            platform,
            address,
            place,
            schema,
            mappings,
            random,
            client: None,
            fingerprint: OnceLock::new(),
            in_transaction,
        }
    }

    async fn begin(&mut self, sight: Sight) -> Result<Work<'_>, ReplicaError> {
        let is_left = self.in_transaction.swap(false, Ordering::Relaxed);
        let client = if let Some(client) = self.client.take().filter(|client| !is_left && !client.is_closed())
        {
            client
        } else {
            self.fingerprint.take();
            connect(&self.address).await.map_err(|error| Fault::Away(error).at(&self.place))?
        };
        Work::begin(
            Ground {
                mappings: &self.mappings,
                platform: &self.platform,
                random: &*self.random,
                schema: &self.schema,
                place: &self.place,
                client: self.client.insert(client),
                in_transaction: &self.in_transaction,
            },
            sight,
        )
        .await
    }

    /// Facts that wait become events. That this is not possible now keeps nobody from looking.
    async fn digest(&mut self) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = digest::alone(&work).await;
        work.end(done).await
    }

    async fn look(&mut self) -> Result<(View, bool), ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = read::view(&work).await;
        work.end(done).await
    }

    /// A moment, of another length each time, before the bot's tables are tried again.
    async fn pause(&self) {
        let mut byte = [0];
        self.random.fill(&mut byte);
        tokio::time::sleep(Duration::from_millis(100 + u64::from(byte[0]))).await;
    }

    async fn try_attach(&mut self, attach: &Attach) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = attach::attach(&work, attach).await;
        work.end(done).await
    }

    async fn try_mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = attach::mend(&work, now_ms).await;
        work.end(done).await
    }

    async fn try_detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = attach::detach(&work, at, pending_max).await;
        work.end(done).await
    }
}

/// The schema that holds everything of a platform's replica.
fn schema_of(platform: &Platform) -> String {
    format!("onepurse_{platform}")
}

/// Tries again while the bot is in the way.
macro_rules! insist {
    ($self:ident, $call:expr) => {{
        let mut tries = 1;
        loop {
            match $call.await {
                Err(ReplicaError::Busy { .. }) if tries < TRIES => $self.pause().await,
                done => break done,
            }
            tries += 1;
        }
    }};
}

#[async_trait]
impl Replica for PostgresReplica {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    fn location(&self) -> String {
        self.place.clone()
    }

    async fn fingerprint(&mut self) -> Result<Option<String>, ReplicaError> {
        if let Some(known) = self.fingerprint.get() {
            return Ok(known.clone());
        }
        let work = self.begin(Sight::Snapshot).await?;
        let done = fingerprint::read(&work).await;
        let found = work.end(done).await?;
        Ok(self.fingerprint.get_or_init(|| found).clone())
    }

    async fn view(&mut self) -> Result<View, ReplicaError> {
        let (view, waits) = self.look().await?;
        if !waits || self.digest().await.is_err() {
            return Ok(view);
        }
        Ok(self.look().await?.0)
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = problems::problems(&work).await;
        work.end(done).await
    }

    async fn warnings(&mut self) -> Result<Vec<String>, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = problems::isolations(&work).await;
        work.end(done).await
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = renew::renew(&work).await;
        work.end(done).await
    }

    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError> {
        insist!(self, self.try_attach(&attach))
    }

    async fn mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        insist!(self, self.try_mend(now_ms))
    }

    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        insist!(self, self.try_detach(at, pending_max))
    }

    async fn outbox(&mut self, after: i64, limit: usize) -> Result<Batch, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = outbox::batch(&work, after, limit).await;
        work.end(done).await
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = apply::apply(&work, changes, now_ms).await;
        work.end(done).await
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = apply::rewind(&work, from).await;
        work.end(done).await
    }

    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = forget::forget(&work, external).await;
        work.end(done).await
    }

    async fn settle(&mut self, limit: usize, _now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = settle::alone(&work, limit).await;
        work.end(done).await
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = compare::compare(&work).await;
        work.end(done).await
    }

    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = compare::ask(&work, mass).await;
        work.end(done).await
    }

    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = compare::decide(&work, decision).await;
        work.end(done).await
    }

    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = compare::resolve(&work, decision, now_ms).await;
        work.end(done).await
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
        let work = self.begin(Sight::Latest).await?;
        let done = apply::tidy(&work, accepted, before_ms, now_ms).await;
        work.end(done).await
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = outbox::oldest_ms(&work).await;
        work.end(done).await
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = read::summary(&work).await;
        work.end(done).await
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = read::audit(&work).await;
        work.end(done).await
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        let work = self.begin(Sight::Snapshot).await?;
        let done = testimony::testimony(&work).await;
        work.end(done).await
    }
}
