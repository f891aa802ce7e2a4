//! What is found where a replica is looked over: by a comparison, a summary or an audit.

use onepurse_core::{Amount, AssetName, Cursor, ExternalId};
use serde::Serialize;

/// A row that shows something else than it should, or is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What the row shows; `None` where there is none.
    pub local: Option<Amount>,
    /// What it should show.
    pub expected: Amount,
}

/// What a comparison of every row found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Rows that differ, then people who have no row; the first hundred.
    pub differences: Vec<Difference>,
    /// How many differ.
    pub changed: u64,
    /// How many known identities have lost their row lately.
    pub gone: u64,
    /// Of so many identities.
    pub of: u64,
}

/// An identity that is left alone until someone looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PausedIdentity {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// Why.
    pub reason: String,
}

/// Counts for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Events not included yet.
    pub pending: u64,
    /// When the oldest of them was captured, in milliseconds since 1970.
    pub oldest_pending_ms: Option<i64>,
    /// Identities known.
    pub identities: u64,
    /// Identities of which something is held.
    pub held: u64,
    /// Bot rows that wait for what is stored for them.
    pub unsettled: u64,
    /// Identities left alone; the first hundred.
    pub paused: Vec<PausedIdentity>,
    /// Writes that put back exactly the value from just before an inbound change.
    pub put_backs: u64,
    /// Writes so soon after an inbound change that the bot may not have seen it: an upper bound for stale ones.
    pub soon_overwrites: u64,
}

/// One identity as an audit sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedIdentity {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What is stored for it.
    pub stored: Amount,
    /// Own rows not included.
    pub own: Amount,
    /// Held back.
    pub held: Amount,
    /// What the bot's row shows; `None` where there is none.
    pub local: Option<Amount>,
    /// It is being worked on or left alone, or a comparison is due, so its row need not show the truth yet.
    pub waived: bool,
}

/// Everything that invariant 4 speaks of, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// The last entry applied at that moment.
    pub cursor: Cursor,
    /// The first pull from zero is still to come: what is stored says nothing yet.
    pub resync: bool,
    /// Every identity.
    pub identities: Vec<AuditedIdentity>,
}
