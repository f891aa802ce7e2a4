//! What a transaction writes, worked out from what it has read: pure, and the same in every ledger that is a database.

mod append;
mod decide;
mod facts;
mod forget;
mod intake;
mod joining;
mod link;
mod memory;
mod order;
mod past;
mod people;
mod rebuild;
mod unlink;
mod writing;

use onepurse_core::{
    Amount, AssetName, Cursor, Entry, EntryKind, Event, EventKey, Identity, IdentityTag, PurseId, Rejection,
};
use thiserror::Error;

pub(crate) use append::append;
pub(crate) use decide::decide;
pub(crate) use facts::{Facts, Logged};
pub(crate) use forget::{erase, part};
pub(crate) use intake::{events, intake};
pub(crate) use link::{link, prove};
pub(crate) use memory::{Memory, Recalled};
pub(crate) use order::order;
pub(crate) use past::last_by;
pub(crate) use people::Tally;
pub(crate) use rebuild::{remember, undo};
pub(crate) use unlink::unlink;

use crate::Outcome;

/// An asset as rows refer to it.
pub(crate) type AssetId = i64;

/// An identity that the ledger has seen.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: i64,
    pub(crate) identity: Identity,
    pub(crate) purse: PurseId,
    pub(crate) tag: IdentityTag,
}

/// An identity that is seen for the first time.
pub(crate) struct Newcomer {
    pub(crate) known: Known,
    pub(crate) salt: [u8; 16],
}

/// An entry as a row: who and what are numbers there.
pub(crate) struct EntryRow {
    pub(crate) entry: Entry,
    pub(crate) identity: i64,
    pub(crate) asset: AssetId,
    /// The number of the entry before it of its purse and asset; 0 where it is the first.
    pub(crate) previous: i64,
}

/// An order that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    /// Of what was asked.
    pub(crate) digest: [u8; 32],
    /// The numbers of its first and its last entry.
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// An entry that somebody wants undone.
#[derive(Debug, Clone)]
pub(crate) struct Undoable {
    pub(crate) seq: i64,
    pub(crate) key: EventKey,
    pub(crate) kind: EntryKind,
    /// Whose, with the purse that the entry's coins are in now; `None` where they were forgotten, or nobody is in it.
    pub(crate) known: Option<Known>,
    pub(crate) asset: AssetName,
    pub(crate) delta: Amount,
    pub(crate) captured_ms: i64,
}

/// Everything that one transaction writes.
pub(crate) struct Plan {
    pub(crate) now_ms: i64,
    /// What becomes of each event, in their order.
    pub(crate) outcomes: Vec<Outcome>,
    /// Purses that are new; whose they were may be in others by the end of the transaction.
    pub(crate) purses: Vec<PurseId>,
    pub(crate) newcomers: Vec<Newcomer>,
    pub(crate) entries: Vec<EntryRow>,
    /// What the purses that moved have now.
    pub(crate) balances: Vec<(PurseId, AssetId, Tally)>,
    pub(crate) quarantined: Vec<(Event, Rejection)>,
    /// Events that wait in quarantine no more.
    pub(crate) decided: Vec<EventKey>,
    /// Orders that were done, with their keys.
    pub(crate) requests: Vec<(EventKey, Request)>,
    /// Everyone in the first purse comes into the second.
    pub(crate) joined: Option<(PurseId, PurseId)>,
    /// This identity alone comes into the purse.
    pub(crate) parted: Option<(i64, PurseId)>,
    /// The log's end after it.
    pub(crate) head: Cursor,
    /// What the ledger says after it, of everything that the transaction was about.
    pub(crate) after: Facts,
}

impl Plan {
    /// True where the transaction has nothing to write.
    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.quarantined.is_empty()
    }
}

/// Why nothing is written.
#[derive(Debug, Error)]
pub(crate) enum Flaw {
    /// The rules of money say no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// What was read cannot be.
    #[error("{0}")]
    Damaged(String),
}
