//! All that a replica knows of what its ledger once held.

use onepurse_core::{Amount, AssetName, ExternalId, PurseId, Undone};

use crate::OutboxRow;

/// What one platform's database can say of its ledger, read at one moment: who had what, who was whom, and which of its
/// own events were in the log. Where a ledger is lost without a backup, it is rebuilt from those of all platforms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Testimony {
    /// Every identity that it knows, of each asset.
    pub people: Vec<Known>,
    /// Events that are included and still kept, in the order in which they were included.
    pub kept: Vec<OutboxRow>,
    /// Events that are not included, in the order of capture.
    pub pending: Vec<OutboxRow>,
    /// What the ledger has undone of what people did here, as far as that is still kept.
    pub reversals: Vec<Undone>,
}

/// What a replica knows of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What its purse had at the last entry applied. After a history mismatch, less what is sent again.
    pub stored: Amount,
    /// Its purse, as the ledger last said; `None` where it has not. Whoever has the same on another platform is the same
    /// person there.
    pub purse: Option<PurseId>,
    /// Its opening is in the ledger, or on its way there.
    pub opened: bool,
}
