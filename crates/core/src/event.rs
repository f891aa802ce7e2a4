use serde::{Deserialize, Serialize};

use crate::{Amount, AssetName, EventKey, Identity};

/// Why a replica says that a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// What an identity had when it was first seen. One for each identity and asset, ever.
    Opening,
    /// What the bot, or anyone else who writes to its database, did.
    Change,
    /// Coins given back that a stale write of the bot overwrote.
    Repair,
}

impl EventKind {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Change => "change",
            Self::Repair => "repair",
        }
    }
}

/// A change of one balance that a replica captured. Its key is made at capture and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What the ledger knows it by.
    pub key: EventKey,
    /// Whose balance.
    pub identity: Identity,
    /// Of what.
    pub asset: AssetName,
    /// By how much; zero only in an opening.
    pub delta: Amount,
    /// Why.
    pub kind: EventKind,
    /// When, by the clock of the bot's machine: milliseconds since 1970.
    pub captured_ms: i64,
    /// In words, where something more is known.
    pub reason: Option<String>,
}
