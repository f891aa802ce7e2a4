//! A bot's local database as onepurse sees it: capture, outbox, apply.
//!
//! [`Replica`] is what the engine needs of one. [`SqliteReplica`] does it for SQLite, [`PostgresReplica`] for
//! PostgreSQL and [`MariaDbReplica`] for MariaDB, by triggers. To add another: implement the trait, and add a fixture to the contract suite in `tests/`.
//! Its three promises: a durable write of the bot has its event in the outbox, the cursor is compared and set in the
//! transaction that applies, and no statement of the bot fails or waits for long because of us.

mod alone;
mod digest;
mod error;
mod goal;
mod mapping;
mod mariadb;
mod model;
mod moved;
mod named;
mod pace;
mod postgres;
mod presence;
mod sqlite;
mod testimony;
mod watch;
pub mod wrap;

use async_trait::async_trait;
use onepurse_core::{Balance, Changes, Cursor, ExternalId, LedgerId, Platform, ReplicaId};

pub use error::{Problem, ReplicaError};
pub use mapping::{Mapping, Reinsert, Writes};
pub use mariadb::{MariaDbAddress, MariaDbAddressError, MariaDbReplica, MariaDbWatch};
pub use model::{
    Applied, Attachment, Audited, AuditedIdentity, Batch, Capture, Comparison, Decision, Detached,
    Difference, Inward, Mass, OutboxRow, PausedIdentity, Stale, Summary, View,
};
pub use postgres::{PostgresReplica, PostgresWatch};
pub use presence::{Presence, PresenceError};
pub use sqlite::SqliteReplica;
pub use testimony::{Known, Testimony};
use watch::is_there;
pub use watch::{FileWatch, WatchError};
pub use wrap::wrap;

/// How a database becomes a platform's replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attach {
    /// The replica's id: a new one, or the one that this database had before.
    pub replica: ReplicaId,
    /// The ledger that it belongs to from now on.
    pub ledger: LedgerId,
    /// What an operator decided beforehand about differences between the bot's rows and the ledger.
    pub decision: Option<Decision>,
    /// The balances that this database had applied when it was detached, where that is known: [`Decision::Count`] then
    /// counts what its rows have moved from these, and nothing of what others did meanwhile. Empty where it is not.
    pub base: Vec<Balance>,
}

/// One platform's local database.
///
/// Every function is one short transaction, or a few; none waits while it holds a lock. [`ReplicaError::Busy`] means
/// that the bot holds the database right now: nothing was changed, try again a little later.
#[async_trait]
pub trait Replica: Send {
    /// The platform that this is the replica of.
    fn platform(&self) -> &Platform;

    /// Where it is, without secrets.
    fn location(&self) -> String;

    /// What its server knows it by: the same by whatever name, port or user it is reached, and another for another database.
    /// `None` for a file, and where the server does not tell.
    async fn fingerprint(&mut self) -> Result<Option<String>, ReplicaError>;

    /// Whether this database is still at another location, as [`Replica::location`] told it: true unless it can be
    /// shown that it is not. It was moved from there if it is gone, and copied if it is not.
    async fn is_still_at(&mut self, location: &str) -> bool {
        is_there(location)
    }

    /// What is there now; read in one snapshot, nothing is written.
    async fn view(&mut self) -> Result<View, ReplicaError>;

    /// Why the mappings cannot work; empty where they can.
    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError>;

    /// What does not keep the mappings from working, and can cost the bot errors all the same: whose transactions run at an
    /// isolation at which they fail where any other has written their row, as far as the database tells, like `role bot:
    /// serializable`.
    async fn warnings(&mut self) -> Result<Vec<String>, ReplicaError> {
        Ok(Vec::new())
    }

    /// Brings our own tables up to this program's schema, where an older program has made them. Nothing in them is lost; what
    /// the older one was not told is asked for from zero. Until then only [`Replica::apply`] and [`Replica::tidy`] cannot
    /// work. In one transaction, or in steps that can be done again.
    async fn renew(&mut self) -> Result<(), ReplicaError>;

    /// Takes openings and puts capture in, also for mappings that are new in an attached database. In one transaction, or
    /// where a database cannot do that, or its bot would wait for too long, in steps between which it may be stopped:
    /// whoever calls again finishes.
    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError>;

    /// Puts capture back where it is missing, in the same way, and asks for a comparison.
    async fn mend(&mut self, now_ms: i64) -> Result<(), ReplicaError>;

    /// Removes every trace of capture, if the cursor is still `at` and no more than `pending_max` events are not included.
    /// Where nothing is attached, what an earlier call has left behind that was interrupted.
    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError>;

    /// Rows of the outbox that are not included yet, in the order of capture: up to `limit` of those after `after`.
    async fn outbox(&mut self, after: i64, limit: usize) -> Result<Batch, ReplicaError>;

    /// Applies an answer: the cursor compared, own keys included, balances stored, reversals noted for the bot, the cursor
    /// set; in one transaction.
    /// Small answers reach the bot's rows in the same one, the rest by [`Replica::settle`].
    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError>;

    /// Begins anew after a history mismatch: everything kept is sent again, and the next question is from zero.
    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError>;

    /// Removes all that is kept of somebody whose row the bot has no more: what was stored, events that are included. Not
    /// where the bot has a row, whatever it shows, nor while events of theirs are not included yet: then nothing is done, and
    /// false is returned.
    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError>;

    /// Gives up to `limit` bot rows what is stored for them.
    async fn settle(&mut self, limit: usize, now_ms: i64) -> Result<Vec<Inward>, ReplicaError>;

    /// Compares every bot row with what it should show; nothing is written.
    async fn compare(&mut self) -> Result<Comparison, ReplicaError>;

    /// Pauses with a question about a mass change.
    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError>;

    /// Notes the operator's answer, for whichever engine sees it first.
    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError>;

    /// Carries a decision out and goes on: what differs is given to the ledger as events, or left to be overwritten.
    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError>;

    /// Removes rows that were included, and reversals that were noted, before `before_ms`, if the cursor is still the one that the ledger has `accepted`;
    /// and takes deletions of more than ten minutes ago for granted.
    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError>;

    /// The time of the oldest row kept, included or not.
    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError>;

    /// Counts for people: what is pending, held, paused.
    async fn summary(&mut self) -> Result<Summary, ReplicaError>;

    /// Every identity with what its row shows and what it should, at one moment: for checking invariant 4.
    async fn audit(&mut self) -> Result<Audited, ReplicaError>;

    /// All that is known here of what the ledger held, at one moment: for rebuilding one that was lost.
    async fn testimony(&mut self) -> Result<Testimony, ReplicaError>;
}
