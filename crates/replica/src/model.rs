//! What the engine and a replica say to each other.

mod survey;

use onepurse_core::{
    Amount, AssetName, Cursor, Event, EventKey, EventKind, ExternalId, Identity, LedgerId, Platform,
    ReplicaId,
};
use serde::{Deserialize, Serialize};

pub use survey::{Audited, AuditedIdentity, Comparison, Difference, PausedIdentity, Summary};

/// What the operator may answer when a platform's own rows and the ledger differ by a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The ledger's balances win: the bot's rows get them.
    Ledger,
    /// The bot's rows win: every difference becomes an event.
    Count,
}

impl Decision {
    /// The word stored and typed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Count => "count",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Ledger, Self::Count].into_iter().find(|decision| decision.as_str() == word)
    }
}

/// More changed outside the bot's own ways than a bot does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mass {
    /// Rows that show something else than they should.
    pub changed: u64,
    /// Rows that are gone.
    pub gone: u64,
    /// Of so many identities.
    pub of: u64,
}

/// Whether capture is where it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// Every mapping is captured.
    Whole,
    /// These tables, or columns of them that the mapping names, are gone: the bot may make them again.
    Gone(Vec<String>),
    /// These tables have lost their triggers: they were dropped and made again, or someone removed them.
    Lost(Vec<String>),
    /// These mappings are in the configuration and not yet in the database.
    New(Vec<AssetName>),
    /// These mappings are in the database with another definition than in the configuration, or are not in that any more.
    Changed(Vec<AssetName>),
}

impl Capture {
    /// Of everything that was found, what has to be mended before the rest.
    pub(crate) fn of(
        changed: Vec<AssetName>,
        gone: Vec<String>,
        lost: Vec<String>,
        new: Vec<AssetName>,
    ) -> Self {
        if !changed.is_empty() {
            Self::Changed(changed)
        } else if !gone.is_empty() {
            Self::Gone(gone)
        } else if !lost.is_empty() {
            Self::Lost(lost)
        } else if !new.is_empty() {
            Self::New(new)
        } else {
            Self::Whole
        }
    }
}

/// A database that is attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Which replica it is.
    pub replica: ReplicaId,
    /// The ledger that it belongs to.
    pub ledger: LedgerId,
    /// The platform that it was attached as.
    pub platform: Platform,
    /// Our tables are those of an older program: they are brought up to date before anything else.
    pub older: bool,
    /// The last entry that it has applied.
    pub cursor: Cursor,
    /// It must begin from zero, even if the ledger is empty: it was attached just now, or the ledger was put back.
    pub resync: bool,
    /// A comparison is due: capture was missing for a while.
    pub compare: bool,
    /// It is paused with this question.
    pub question: Option<Mass>,
    /// The operator's answer, given already.
    pub decision: Option<Decision>,
    /// Whether capture is where it should be.
    pub capture: Capture,
    /// Events wait in the outbox.
    pub pending: bool,
    /// Bot rows wait for what is stored for them.
    pub unsettled: bool,
    /// Other rows do, too, and the bot has locked them: they are tried again in a moment.
    pub locked: bool,
    /// Rows deleted, or deleted and inserted again, since that was last taken for granted; of so many identities.
    pub lately: Mass,
}

/// What is in the database now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// Nothing of ours.
    Detached,
    /// Capture is in.
    Attached(Box<Attachment>),
}

/// An event in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place in the outbox.
    pub n: i64,
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// Why.
    pub kind: EventKind,
    /// By how much.
    pub delta: Amount,
    /// When it was captured, by the bot's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// The random part of its key.
    pub nonce: [u8; 8],
    /// In words, where something more is known.
    pub reason: Option<String>,
}

impl OutboxRow {
    /// The event as the ledger takes it.
    #[must_use]
    pub fn into_event(self, platform: &Platform, ledger: LedgerId) -> Event {
        let identity = Identity::new(platform.clone(), self.external);
        let key = match self.kind {
            EventKind::Opening => EventKey::opening(ledger, &identity, &self.asset),
            EventKind::Change | EventKind::Repair => EventKey::captured(self.at_ms, self.nonce),
        };
        Event {
            key,
            identity,
            asset: self.asset,
            delta: self.delta,
            kind: self.kind,
            captured_ms: self.at_ms,
            reason: self.reason,
        }
    }
}

/// A part of the outbox, and the ledger that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The ledger that this replica belongs to.
    pub ledger: LedgerId,
    /// The rows, in the order of capture.
    pub rows: Vec<OutboxRow>,
}

/// A bot's row that was given a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inward {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What the row showed.
    pub before: Amount,
    /// What it shows now.
    pub after: Amount,
    /// What the bot's own constraint refused, or the column does not keep.
    pub held: Amount,
    /// Where the row could not be written at all, why, and what to do; it is tried again from time to time.
    pub refused: Option<String>,
}

/// A bot's write that looks stale: it came after an inbound change that the bot cannot have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What it overwrote.
    pub lost: Amount,
    /// An event gives it back.
    pub repaired: bool,
}

/// What came of the wish to detach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detached {
    /// Nothing of ours is in the database.
    Done,
    /// More events wait there than may be left behind: nothing was done.
    Pending,
    /// The cursor has moved meanwhile: nothing was done.
    Moved,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// The replica had moved on meanwhile; the answer was thrown away.
    Outdated,
    /// It is applied.
    Done {
        /// Bot rows that were given a value in the same transaction.
        inward: Vec<Inward>,
        /// Writes of the bot that put back exactly the value from just before an inbound change.
        stale: Vec<Stale>,
        /// Own events of the answer that this database does not remember: it was put back from an older copy.
        forgotten: usize,
    },
}
