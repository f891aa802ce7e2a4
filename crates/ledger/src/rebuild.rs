use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use onepurse_core::{Amount, AssetName, Identity, LedgerId};

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

/// What makes a ledger anew from what the platforms remember of one that was lost. Until it has taken that one's place no
/// platform talks to it, so it can be ended in the middle and begun again.
#[async_trait]
pub trait Rebuilding: Send + Sync {
    /// Makes purses of these in one durable transaction. One of whom somebody is known already was made before, and is
    /// left as it is. Returns how many were made.
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError>;

    /// From now on this is the ledger of that id, for everyone who belongs to it.
    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError>;
}
