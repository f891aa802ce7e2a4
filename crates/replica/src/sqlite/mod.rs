//! A replica in SQLite, captured by triggers.

mod apply;
mod attach;
mod base;
mod compare;
mod connect;
mod forget;
mod include;
mod names;
mod openings;
mod outbox;
mod pieces;
mod problems;
mod read;
mod renew;
mod reversal;
mod rows;
mod settle;
mod shape;
mod terms;
mod testimony;
mod touch;
mod trigger;
mod underway;
mod work;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt as _};
use onepurse_core::{Changes, Cursor, ExternalId, Platform, Random};
use rusqlite::{Connection, TransactionBehavior};

pub(crate) use names::quote;

use crate::{
    Applied, Attach, Audited, Batch, Comparison, Decision, Detached, Inward, Mapping, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
    pace::{OPENED_AT_ONCE_MAX, PAUSE},
};
use connect::{Fault, Opened};
use work::Work;

/// Done to every connection right after it was opened.
type OnConnect = dyn Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync;

/// Waits a moment.
type Pause = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// How often in a row a part of attaching may find the bot writing before it is left to be called again.
const TRIES_MAX: u32 = 200;

/// One platform's SQLite database. Calls work inline, and none waits for a lock, but for the pauses in which attaching to a
/// large table leaves it to the bot.
pub struct SqliteReplica {
    platform: Platform,
    path: PathBuf,
    mappings: Vec<Mapping>,
    random: Arc<dyn Random>,
    on_connect: Option<Arc<OnConnect>>,
    rows_max: usize,
    pause: Arc<Pause>,
    opened: Option<Opened>,
}

impl SqliteReplica {
    /// The database at `path` as the replica of `platform`. Nothing is opened yet.
    #[must_use]
    pub fn new(platform: Platform, path: &Path, mappings: Vec<Mapping>, random: Arc<dyn Random>) -> Self {
        Self {
            platform,
            path: path.to_owned(),
            mappings,
            random,
            on_connect: None,
            rows_max: OPENED_AT_ONCE_MAX,
            pause: Arc::new(|| tokio::time::sleep(PAUSE).boxed()),
            opened: None,
        }
    }

    /// Opens no more rows than that in one transaction, and waits like this between two of them, for the bot to come in.
    #[must_use]
    pub fn opening(
        mut self,
        rows_max: usize,
        pause: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        (self.rows_max, self.pause) = (rows_max, Arc::new(pause));
        self
    }

    /// Does this to every connection right after it was opened. SQLite has a clock and randomness of its own, which the
    /// statements that capture make use of: a simulated world puts its own in their place.
    #[must_use]
    pub fn on_connect(
        mut self,
        on_connect: impl Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_connect = Some(Arc::new(on_connect));
        self
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Runs `work` in one transaction of the given kind; on any error, nothing was done.
    fn transact<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Work<'_>) -> Result<T, Fault>,
    ) -> Result<T, ReplicaError> {
        let place = self.place();
        if self.opened.as_ref().is_some_and(|opened| !opened.is_current()) {
            self.opened = None;
        }
        if self.opened.is_none() {
            self.opened = Some(Opened::open(&self.path, &place, self.on_connect.as_deref())?);
        }
        let result = self.attempt(behavior, work).or_else(|fault| match fault {
            Fault::RolledBack { mapping, id } => {
                self.attempt(behavior, |work| settle::give_up(work, mapping, &id))?;
                Err(Fault::RolledBack { mapping, id })
            }
            other => Err(other),
        });
        result.map_err(|fault| {
            let error = fault.at(&place);
            if matches!(error, ReplicaError::Unavailable { .. }) {
                self.opened = None;
            }
            error
        })
    }

    fn attempt<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Work<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Some(opened) = &mut self.opened else {
            return Err(ReplicaError::Missing { place: self.place() }.into());
        };
        let transaction = opened.db.transaction_with_behavior(behavior)?;
        let done = work(&Work {
            db: &transaction,
            mappings: &self.mappings,
            platform: &self.platform,
            random: &*self.random,
            seen: &opened.seen,
        })?;
        transaction.commit()?;
        Ok(done)
    }

    fn read<T>(&mut self, work: impl FnOnce(&Work<'_>) -> Result<T, Fault>) -> Result<T, ReplicaError> {
        self.transact(TransactionBehavior::Deferred, work)
    }

    fn write<T>(&mut self, work: impl FnOnce(&Work<'_>) -> Result<T, Fault>) -> Result<T, ReplicaError> {
        self.transact(TransactionBehavior::Immediate, work)
    }

    /// Runs `work` in a transaction that may be lost with the power, as long as nothing durable comes after it. Only a
    /// WAL is as whole then as ever.
    fn write_lazily<T>(
        &mut self,
        work: impl FnOnce(&Work<'_>) -> Result<T, Fault>,
    ) -> Result<T, ReplicaError> {
        self.synchronous("NORMAL")?;
        let done = self.write(work);
        self.synchronous("FULL")?;
        done
    }

    fn synchronous(&mut self, how: &str) -> Result<(), ReplicaError> {
        let place = self.place();
        let Some(opened) = &self.opened else { return Ok(()) };
        let set = || {
            let journal: String = opened.db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            let how = if journal == "wal" { how } else { "FULL" };
            opened.db.pragma_update(None, "synchronous", how)
        };
        set().map_err(|error| Fault::from(error).at(&place))
    }
}

#[async_trait]
impl Replica for SqliteReplica {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    fn location(&self) -> String {
        format!("sqlite://{}", self.place())
    }

    async fn fingerprint(&mut self) -> Result<Option<String>, ReplicaError> {
        Ok(None)
    }

    async fn view(&mut self) -> Result<View, ReplicaError> {
        self.read(read::view)
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        self.read(problems::problems)
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        self.write(renew::renew)
    }

    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError> {
        let (place, rows_max) = (self.place(), self.rows_max);
        self.read(|work| attach::check(work, &place))?;
        let Some(mut pass) = self.write(|work| attach::attach(work, &attach, &place, rows_max))? else {
            return Ok(());
        };
        let mut tries = 0;
        loop {
            (self.pause)().await;
            // What was taken back was not done.
            let mut next = pass.clone();
            let go_on = |work: &Work<'_>| attach::go_on(work, &mut next, &attach, &place, rows_max);
            // Only the last word has to last: everything before it is durable with it.
            match if pass.is_whole { self.write(go_on) } else { self.write_lazily(go_on) } {
                Ok(true) => return Ok(()),
                Ok(false) => (pass, tries) = (next, 0),
                Err(ReplicaError::Busy { .. }) if tries < TRIES_MAX => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        let place = self.place();
        self.write(|work| attach::mend(work, now_ms, &place))
    }

    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        self.write(|work| attach::detach(work, at, pending_max))
    }

    async fn outbox(&mut self, after: i64, limit: usize) -> Result<Batch, ReplicaError> {
        self.read(|work| outbox::batch(work, after, limit))
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        self.write(|work| apply::apply(work, changes, now_ms))
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        self.write(|work| apply::rewind(work, from))
    }

    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError> {
        self.write(|work| forget::forget(work, external))
    }

    async fn settle(&mut self, limit: usize, now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        self.write(|work| settle::settle(work, limit, now_ms))
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        self.read(compare::compare)
    }

    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError> {
        self.write(|work| compare::ask(work, mass))
    }

    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError> {
        self.write(|work| compare::decide(work, decision))
    }

    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError> {
        self.write(|work| compare::resolve(work, decision, now_ms))
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
        if self.read(|work| apply::is_tidy(work, before_ms, now_ms))? {
            return Ok(());
        }
        self.write(|work| apply::tidy(work, accepted, before_ms, now_ms))
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        self.read(outbox::oldest_ms)
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        self.read(read::summary)
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        self.read(read::audit)
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        self.read(testimony::testimony)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: i64 = 2;

    struct Zero;

    impl Random for Zero {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    /// That a commit survives the loss of power is SQLite's promise, as long as this is what it was asked for: also
    /// where the bot itself asks for less.
    #[test]
    fn commits_are_durable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.db");
        let bot = Connection::open(&path).unwrap();
        bot.execute_batch(
            "PRAGMA synchronous = OFF; CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER)",
        )
        .unwrap();
        let platform = "telegram".parse().unwrap();
        let mut replica = SqliteReplica::new(platform, &path, vec![], Arc::new(Zero));
        let synchronous: i64 =
            replica.write(|work| Ok(work.db.query_row("PRAGMA synchronous", [], |row| row.get(0))?)).unwrap();
        assert_eq!(synchronous, FULL);
    }
}
