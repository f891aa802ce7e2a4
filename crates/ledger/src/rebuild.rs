use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use onepurse_core::{Amount, AssetName, Event, EventKey, EventKind, Identity, LedgerId};

use crate::LedgerError;

/// A purse of a ledger that was lost, as the platforms' databases remember it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Who shared it; at least one, at most one a platform.
    pub identities: Vec<Identity>,
    /// What was in it before the events that the platforms still have; at least one asset.
    pub balances: BTreeMap<AssetName, Amount>,
    /// Whose openings, in which assets, the lost ledger had taken: they are not taken again.
    pub opened: BTreeSet<(Identity, AssetName)>,
}

/// Something that the lost ledger had undone, as the platform of who did it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversed {
    /// The key of the entry that undoes: what it follows from cannot be undone again.
    pub key: EventKey,
    /// Whose.
    pub identity: Identity,
    /// Of what.
    pub asset: AssetName,
    /// What the purse got back, or gave back where it is negative.
    pub delta: Amount,
    /// When what was undone was captured: milliseconds since 1970.
    pub captured_ms: i64,
    /// Who undid it, where that is no rule of the ledger's.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Reversed {
    /// Facts are read of it as of any event.
    pub(crate) fn event(&self) -> Event {
        Event {
            key: self.key,
            identity: self.identity.clone(),
            asset: self.asset.clone(),
            delta: self.delta,
            kind: EventKind::Change,
            captured_ms: self.captured_ms,
            reason: self.reason.clone(),
        }
    }
}

/// What makes a ledger anew from what the platforms remember of one that was lost. Until it has taken that one's place no
/// platform talks to it, so it can be ended in the middle and begun again.
#[async_trait]
pub trait Rebuilding: Send + Sync {
    /// Makes purses of these in one durable transaction. One of whom somebody is known already was made before, and is
    /// left as it is. Returns how many were made.
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError>;

    /// Makes entries of what had been undone, in one durable transaction; those that are known are left as they are. Returns
    /// how many the rules reject.
    async fn undo(&self, reversals: Vec<Reversed>) -> Result<u64, LedgerError>;

    /// From now on this is the ledger of that id, for everyone who belongs to it.
    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError>;
}
