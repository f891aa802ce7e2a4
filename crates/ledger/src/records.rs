use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{Amount, Asset, AssetName, Cursor, Entry, Event, Identity, Platform, PurseId};

use crate::LedgerError;

/// A purse as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purse {
    /// Which.
    pub id: PurseId,
    /// Who shares it, sorted.
    pub identities: Vec<Identity>,
    /// What is in it.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// Which entries to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Only this purse's.
    pub purse: Option<PurseId>,
    /// Only those below this number: the last one of the page before.
    pub before_seq: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A purse's place on the leaderboard of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    /// 1 is the highest.
    pub place: u64,
    /// Whose.
    pub purse: PurseId,
    /// Who shares it, sorted.
    pub identities: Vec<Identity>,
    /// How much.
    pub amount: Amount,
}

/// What somebody had in the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The last entry of the log by then; 0 where it had none.
    pub seq: i64,
    /// Their purse of that moment, which may be another's today.
    pub purse: PurseId,
    /// What was in it.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// An event that the rules rejected and that waits for someone to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// As it came.
    pub event: Event,
    /// The name of the rejection.
    pub rejection: String,
    /// The rejection in a sentence.
    pub message: String,
    /// When it came: milliseconds since 1970.
    pub at_ms: i64,
}

/// Hears, now and then, how many entries an audit has read, and how many it has to read.
pub type AuditProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What to audit, and who hears how far that is.
#[derive(Clone)]
pub struct AuditScope {
    /// The first entry to read. What is before it is taken as it stands: the hash of the entry before, and what each
    /// purse had by then.
    pub from_seq: i64,
    /// A head that was kept elsewhere: is it in this log's history? Not one before the entry before `from_seq`, of which
    /// nothing is read.
    pub against: Option<Cursor>,
    /// Called on a thread of the ledger's.
    pub progress: AuditProgress,
}

impl Default for AuditScope {
    /// Everything, and nobody hears of it.
    fn default() -> Self {
        Self { from_seq: 1, against: None, progress: Arc::new(|_, _| {}) }
    }
}

impl fmt::Debug for AuditScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from_seq, against, progress: _ } = self;
        f.debug_struct("AuditScope")
            .field("from_seq", from_seq)
            .field("against", against)
            .finish_non_exhaustive()
    }
}

/// What an audit of a ledger found. Nothing found is good.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// The head that was audited.
    pub head: Cursor,
    /// Entries read.
    pub entries: u64,
    /// Purses added up: those of the entries read.
    pub purses: u64,
    /// Invariant 2: keys that are in the log more than once, and identities opened more than once.
    pub twice: Vec<String>,
    /// Invariant 3: balances that are not the sum of their entries.
    pub not_conserved: Vec<String>,
    /// Invariant 7: places where the numbering or the hash chain breaks.
    pub broken: Vec<String>,
    /// Invariant 7: that the head which was kept elsewhere is not in this log's history.
    pub rewritten: Option<String>,
}

/// How far somebody has read in the log, kept in the ledger itself.
#[async_trait]
pub trait Bookmarks: Send + Sync {
    /// The number of the last entry that the reader of this name has done with; `None` of one that never set it.
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError>;

    /// Sets it, durably.
    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError>;
}

/// What people and programs read of a ledger.
#[async_trait]
pub trait Records: Send + Sync {
    /// The purse of an identity, if the identity was ever seen.
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError>;

    /// A purse by its number.
    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError>;

    /// Entries, newest first.
    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError>;

    /// How many events of the platform were captured in the very same millisecond as this one, up to 10 and counting
    /// this one: one statement of a bot that changes many rows captures them all in one millisecond.
    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError>;

    /// The first entry after `seq`, if there is one: what a replica at `seq` waits for, and since when.
    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError>;

    /// The purses with the most of an asset; purses that nobody has are left out. It walks past `offset` of them: the first
    /// places cost the same however many purses there are, and a far one costs by how far it is.
    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError>;

    /// The purses that somebody has with less than nothing of an asset, the deepest first.
    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError>;

    /// The changes of the platform that were captured in the very same millisecond, oldest first: those after `after_seq`,
    /// up to `limit`.
    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError>;

    /// Entries after `after_seq`, oldest first, up to `limit`.
    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError>;

    /// What an identity had at `at_ms` (milliseconds since 1970, by the ledger's clock), if it had a purse by then.
    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError>;

    /// What is counted.
    async fn assets(&self) -> Result<Vec<Asset>, LedgerError>;

    /// The platforms that ever had a database here, by name; [`crate::Ledger::registration`] tells which.
    async fn platforms(&self) -> Result<Vec<Platform>, LedgerError>;

    /// What waits for a decision, oldest first; of one platform, if one is named.
    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError>;

    /// Checks invariants 2, 3 and 7, in one snapshot: over the whole log, or over what came since an entry.
    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError>;

    /// What each identity of the platform has at `at`, with the asset, for comparing with a replica whose cursor is `at`.
    /// Identities whose purse changed after `at` are left out: their replica is about to learn of it.
    /// `None` where `at` is not in this log's history.
    async fn balances_at(
        &self,
        platform: Platform,
        at: Cursor,
    ) -> Result<Option<Vec<onepurse_core::Balance>>, LedgerError>;
}
