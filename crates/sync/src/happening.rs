use onepurse_core::{Amount, AssetName, EventKind, Identity, Platform, Rejection};
use onepurse_replica::{Comparison, Inward, Stale};

use crate::plan::Question;

/// Something that people may want to know, as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Capture is in the platform's database now.
    Attached,
    /// The platform is in step: for the first time, or again.
    InStep,
    /// A captured event became an entry.
    Entered {
        /// Whose.
        identity: Identity,
        /// Of what.
        asset: AssetName,
        /// By how much.
        delta: Amount,
        /// Why.
        kind: EventKind,
        /// The entry's number.
        seq: i64,
    },
    /// Many rows changed in one statement of the bot.
    Bulk {
        /// How many, of those sent at once.
        rows: usize,
    },
    /// The rules rejected an event; it waits in quarantine.
    Quarantined {
        /// Whose.
        identity: Identity,
        /// Why.
        rejection: Rejection,
    },
    /// A bot's row was given a value.
    Inward(Inward),
    /// A write of the bot put back the value from just before an inbound change.
    Stale(Stale),
    /// The database was put back from an older copy; its rows follow the ledger.
    ReplicaRestored,
    /// The ledger's history is not the one that the replica has applied: it was put back from a backup.
    LedgerRestored,
    /// Tables had lost their triggers, which are back.
    CaptureRestored(Vec<String>),
    /// Every row was compared; what differs gets what the ledger has, or is counted.
    Compared(Comparison),
    /// The platform waits for the operator.
    Paused(Question),
    /// The operator has answered.
    Resumed,
    /// The database was moved to another place.
    Moved,
    /// Something about the database can cost its bot errors: as [`onepurse_replica::Replica::warnings`] says.
    Warned(String),
}

/// Who is told what happens.
pub trait Observer: Send + Sync {
    /// It happened, on this platform.
    fn see(&self, platform: &Platform, happening: Happening);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn see(&self, _: &Platform, _: Happening) {}
}
