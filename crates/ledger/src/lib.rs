//! The unified database: purses, identities, balances, and one append-only log of entries.
//!
//! [`Ledger`] is what the engine needs of one, [`Records`] what people read of it, [`Intake`] what takes over another unified
//! database. All are implemented by [`SqliteLedger`], the embedded default, by [`PostgresLedger`], and by [`GroupCommit`],
//! which lets callers share commits. What a transaction writes is worked out by `plan`, which is pure: a ledger that is a database reads the facts
//! and stores the plan. To add another: implement the traits, add a fixture to the contract suite in `tests/`, and keep
//! its three promises: a key enters the log once, the log's order is its commit order, and what was answered is durable.

mod audit;
mod decision;
mod error;
mod forget;
mod group;
mod intake;
mod links;
mod order;
mod plan;
mod postgres;
mod rebuild;
mod records;
mod sqlite;

use async_trait::async_trait;
use onepurse_core::{
    Amount, Answer, Asset, AssetName, Balance, ChainHash, Cursor, Event, EventKey, Identity, LedgerId,
    Platform, Question, Rejection, ReplicaId,
};
use serde_json::{Value, json};
use tokio::sync::watch;

pub use decision::{Decided, Quarantine, Verdict};
pub use error::LedgerError;
pub use forget::Forgetting;
pub use group::GroupCommit;
pub use intake::{Came, Intake, Purses};
pub use links::{Links, Redeem, Unlink};
pub use order::{Orders, Receipt};
pub use postgres::{OUR_VIEW, PostgresLedger};
pub use rebuild::{Rebuilding, Remembered, Reversed};
pub use records::{
    Audit, AuditProgress, AuditScope, Bookmarks, EntryFilter, Past, Purse, Quarantined, Rank, Records,
};
pub use sqlite::SqliteLedger;

/// What to do where there is no ledger yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Make one.
    Create,
    /// Say so: [`LedgerError::Missing`].
    Existing,
}

/// What a ledger says of one event that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is a new entry of the log.
    Entered {
        /// The entry's number.
        seq: i64,
    },
    /// Its key was in the log already, with the same content; or it is an opening that was taken before, whatever its amount.
    Known {
        /// The entry's number.
        seq: i64,
    },
    /// The rules rejected it. It waits, with its key and this reason, for someone to decide.
    Quarantined(Rejection),
}

/// Which database is a platform's replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The platform.
    pub platform: Platform,
    /// Its replica.
    pub replica: ReplicaId,
    /// Where that is, as the configuration names it, without secrets.
    pub location: String,
    /// What its server knows it by, however it is reached: as the replica tells it. `None` for a file, and where nobody knows.
    pub fingerprint: Option<String>,
    /// The last entry that it had applied when it was detached; `None` while it is attached, or where nobody knows.
    pub left_at: Option<Cursor>,
    /// What its rows could not show then of what people had: their bot's own limits kept it. Empty while it is attached.
    pub held: Vec<Balance>,
    /// How often the platform's registration was changed, with this one.
    pub revision: i64,
}

impl Registration {
    /// What was held as it is stored, if anything was.
    pub(crate) fn held_text(&self) -> Option<String> {
        let row = |held: &Balance| json!([held.asset, held.external.as_str(), held.amount.units()]);
        let rows: Vec<_> = self.held.iter().map(row).collect();
        (!rows.is_empty()).then(|| Value::from(rows).to_string())
    }

    /// What was held, from what is stored; `None` where that is nothing that was ever stored.
    pub(crate) fn held_from(text: Option<&str>) -> Option<Vec<Balance>> {
        let rows: Vec<(AssetName, String, i64)> = serde_json::from_str(text.unwrap_or("[]")).ok()?;
        let balance = |(asset, external, units): (AssetName, String, i64)| {
            Some(Balance { asset, external: external.parse().ok()?, amount: Amount::new(units) })
        };
        rows.into_iter().map(balance).collect()
    }

    /// Where a database was left, from the number that is noted and the hash that the log has there.
    pub(crate) fn left(seq: Option<i64>, hash: Option<ChainHash>) -> Option<Cursor> {
        match seq? {
            0 => Some(Cursor::ZERO),
            seq => hash.map(|hash| Cursor { seq, hash }),
        }
    }
}

/// An administrator's word that two identities are one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Made anew for each request; the same request sent twice has the same key.
    pub key: EventKey,
    /// Its purse stays.
    pub stays: Identity,
    /// Everyone in its purse joins.
    pub joins: Identity,
    /// Who says so.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The unified database, as the engine uses it.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Which ledger this is.
    async fn id(&self) -> Result<LedgerId, LedgerError>;

    /// The last entry of the log.
    async fn head(&self) -> Result<Cursor, LedgerError>;

    /// Takes events in, in this order and in one durable transaction: known keys are skipped, what the rules reject
    /// goes to quarantine, the rest becomes entries. An identity that was never seen gets a purse of its own.
    /// The outcomes stand in the order of the events.
    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError>;

    /// Answers a replica, in one snapshot.
    async fn pull(&self, question: Question) -> Result<Answer, LedgerError>;

    /// Makes two purses one, in one transaction; returns the head after it. Sent twice with one key, it is done once.
    async fn link(&self, link: Link) -> Result<Cursor, LedgerError>;

    /// Counts these assets from now on. An asset that is counted already must keep its scale.
    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError>;

    /// What every identity of the platform had when the log ended `at` this entry, in its purse of that moment. Who had no
    /// entry of an asset by then is not named. [`LedgerError::NotInHistory`] where this log never ended there.
    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError>;

    /// Which database is the platform's replica, if one ever was.
    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError>;

    /// Makes this database the platform's replica, instead of any other; [`LedgerError::RegistrationChanged`] unless the
    /// one that is known is this one, or has the revision before its own (none is known: 0). So what was decided on an older
    /// one changes nothing, however late it arrives; the same said twice is done once. [`LedgerError::NotInHistory`] where
    /// the database was detached at an entry that this log does not have: what is noted is always in the log's own history.
    async fn register(&self, registration: Registration) -> Result<(), LedgerError>;

    /// Changes whenever the log may have grown. A hint, never truth: look at the head.
    fn hints(&self) -> watch::Receiver<u64>;
}
