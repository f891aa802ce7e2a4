//! A replica in MariaDB, captured by triggers.
//!
//! # The walk of the data
//!
//! Our tables are in the bot's own database, and their names begin with `onepurse_<platform>_`: `replica` (one row: which
//! this is, and its cursor), `mapping`, `fact`, `identity` (what is known of each person), `outbox` and `kept` (events not
//! included, and included), `reversal` (what was undone, for the bot). Each mapping has three triggers on the bot's table.
//!
//! 1. A trigger only ever appends a `fact`, in the bot's transaction: `changed`, `came`, `went`, `lost` and `got` (a row
//!    becomes another identity's), `blind` (a row could not be read). Nothing in that table is unique but its growing
//!    number, so no bot ever waits for another there. A TRUNCATE and what a foreign key's cascade removes fire no trigger:
//!    a comparison finds them.
//! 2. Every call that goes by what was captured first locks the one row of `replica`, which makes it alone in all tables
//!    but `fact`, and digests the facts ([`digest`], over the rules of `crate::digest`): they become events in the outbox
//!    and changes of `identity`, and are deleted, in the same transaction.
//! 3. `outbox`, `compare`, `resolve`, `rewind`, `summary`, `audit` and `testimony` are one transaction that sees one snapshot
//!    (REPEATABLE READ): the rows that it reads and the facts that it digests are of one moment. No statement of theirs
//!    that writes looks at a row of the bot, since it would lock it.
//! 4. `apply` and `settle` are one transaction whose statements see what was committed before them (READ COMMITTED).
//!    `apply` compares the cursor, includes, stores, sets the cursor, and settles a small answer. To settle is: lock the
//!    bot's rows that nobody holds (`FOR UPDATE SKIP LOCKED`; the others wait for a fifth of a second), read what they
//!    show, digest the facts that came before the locks, write all rows in one statement ([`give`]). From the first lock
//!    on, nothing is waited for: a session of ours has a time-out of nothing for rows ([`connect`]).
//! 5. `renew`, `attach`, `mend` and `detach` are several transactions, since MariaDB commits at every change of a definition; what
//!    makes them safe stands in [`attach`].
//! 6. `view` is a read-only snapshot, before which waiting facts are digested.

mod address;
mod apply;
mod attach;
mod base;
mod capture;
mod compare;
mod connect;
mod detach;
mod digest;
mod fault;
mod fingerprint;
mod forget;
mod give;
mod include;
mod mend;
mod names;
mod openings;
mod outbox;
mod problems;
mod read;
mod refused;
mod renew;
mod reversal;
mod rights;
mod rows;
mod settle;
mod shape;
mod terms;
mod testimony;
mod trigger;
mod watch;
mod work;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use mysql_async::Conn;
use onepurse_core::{Changes, Cursor, ExternalId, Platform, Random};

use crate::{
    Applied, Attach, Audited, Batch, Comparison, Decision, Detached, Inward, Mapping, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
};
pub use address::{MariaDbAddress, MariaDbAddressError};
use connect::connect;
use fault::{Fault, code};
pub use watch::MariaDbWatch;
use work::{Ground, Sight, Work};

/// How often capture is tried to be put in or taken out, where another is in the way.
const TRIES: u8 = 3;

/// One platform's MariaDB database. Calls need a tokio runtime.
pub struct MariaDbReplica {
    platform: Platform,
    address: MariaDbAddress,
    place: String,
    prefix: String,
    mappings: Vec<Mapping>,
    random: Arc<dyn Random>,
    conn: Option<Conn>,
    /// As it was read over this connection.
    fingerprint: OnceLock<Option<String>>,
    /// A transaction was begun over the connection and has not ended.
    in_transaction: bool,
}

impl MariaDbReplica {
    /// The database at `address` as the replica of `platform`. Nothing is connected yet.
    #[must_use]
    pub fn new(
        platform: Platform,
        address: MariaDbAddress,
        mappings: Vec<Mapping>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (place, prefix) = (address.to_string(), prefix_of(&platform));
        Self {
            platform,
            address,
            place,
            prefix,
            mappings,
            random,
            conn: None,
            fingerprint: OnceLock::new(),
            in_transaction: false,
        }
    }

    async fn begin(&mut self, sight: Sight) -> Result<Work<'_>, ReplicaError> {
        let is_left = std::mem::take(&mut self.in_transaction);
        let conn = if let Some(conn) = self.conn.take().filter(|conn| !is_left && !conn.is_disconnected()) {
            conn
        } else {
            self.fingerprint.take();
            connect(&self.address).await.map_err(|fault| self.out_of_reach(fault))?
        };
        Work::begin(
            Ground {
                mappings: &self.mappings,
                platform: &self.platform,
                random: &*self.random,
                prefix: &self.prefix,
                database: self.address.database(),
                place: &self.place,
                conn: self.conn.insert(conn),
                in_transaction: &mut self.in_transaction,
            },
            sight,
        )
        .await
    }

    /// Why there is no connection; to whom the database is closed altogether, with all that has to be granted.
    fn out_of_reach(&self, fault: Fault) -> ReplicaError {
        if fault.code() != Some(code::NO_RIGHT) {
            return fault.at(&self.place);
        }
        let database = self.address.database();
        let problems = rights::lacking_all(&self.mappings, &self.prefix, database, &fault.said());
        Fault::refused(&self.place, problems).at(&self.place)
    }

    /// Facts that wait become events. That this is not possible now keeps nobody from looking.
    async fn digest(&mut self) -> Result<(), ReplicaError> {
        let mut work = self.begin(Sight::Snapshot).await?;
        let done = digest::alone(&mut work).await;
        work.end(done).await
    }

    async fn look(&mut self) -> Result<(View, bool), ReplicaError> {
        let mut work = self.begin(Sight::Snapshot).await?;
        let done = read::view(&mut work).await;
        work.end(done).await
    }

    /// A moment, of another length each time.
    async fn pause(&self) {
        let mut byte = [0];
        self.random.fill(&mut byte);
        tokio::time::sleep(Duration::from_millis(100 + u64::from(byte[0]))).await;
    }

    async fn try_attach(&mut self, attach: &Attach) -> Result<(), ReplicaError> {
        let mut work = self.begin(Sight::Latest).await?;
        let done = attach::attach(&mut work, attach).await;
        work.end(done).await
    }

    async fn try_mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        let mut work = self.begin(Sight::Latest).await?;
        let done = mend::mend(&mut work, now_ms).await;
        work.end(done).await
    }

    async fn try_detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        let mut work = self.begin(Sight::Latest).await?;
        let done = detach::detach(&mut work, at, pending_max).await;
        work.end(done).await
    }
}

/// What the names of everything of a platform's replica begin with.
fn prefix_of(platform: &Platform) -> String {
    format!("onepurse_{platform}")
}

/// Tries again while another is in the way.
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

/// One transaction around a call.
macro_rules! within {
    ($self:ident, $sight:expr, |$work:ident| $call:expr) => {{
        let mut work = $self.begin($sight).await?;
        let $work = &mut work;
        let done = $call.await;
        work.end(done).await
    }};
}

#[async_trait]
impl Replica for MariaDbReplica {
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
        let found = within!(self, Sight::Snapshot, |work| fingerprint::read(work))?;
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
        within!(self, Sight::Snapshot, |work| problems::problems(work))
    }

    /// A transaction at REPEATABLE READ fails under `innodb_snapshot_isolation` where any other has written its row.
    async fn warnings(&mut self) -> Result<Vec<String>, ReplicaError> {
        within!(self, Sight::Snapshot, |work| problems::isolations(work))
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        within!(self, Sight::Latest, |work| renew::renew(work))
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
        within!(self, Sight::Snapshot, |work| outbox::batch(work, after, limit))
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        within!(self, Sight::Latest, |work| apply::apply(work, changes, now_ms))
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        within!(self, Sight::Snapshot, |work| apply::rewind(work, from))
    }

    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError> {
        within!(self, Sight::Snapshot, |work| forget::forget(work, external))
    }

    async fn settle(&mut self, limit: usize, _now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        within!(self, Sight::Latest, |work| settle::alone(work, limit))
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        within!(self, Sight::Snapshot, |work| compare::compare(work))
    }

    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError> {
        within!(self, Sight::Latest, |work| compare::ask(work, mass))
    }

    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError> {
        within!(self, Sight::Latest, |work| compare::decide(work, decision))
    }

    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError> {
        within!(self, Sight::Snapshot, |work| compare::resolve(work, decision, now_ms))
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
        within!(self, Sight::Latest, |work| apply::tidy(work, accepted, before_ms, now_ms))
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        within!(self, Sight::Snapshot, |work| outbox::oldest_ms(work))
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        within!(self, Sight::Snapshot, |work| read::summary(work))
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        within!(self, Sight::Snapshot, |work| read::audit(work))
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        within!(self, Sight::Snapshot, |work| testimony::testimony(work))
    }
}
