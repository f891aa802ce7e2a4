use onepurse_ledger::LedgerError;
use onepurse_replica::ReplicaError;
use thiserror::Error;

use crate::plan::Refusal;

/// Why an engine could not go on.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The ledger could not do its part.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The replica could not do its part.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// This database cannot be that platform's replica on that ledger.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl SyncError {
    /// True where the bot just holds its database: try again in a moment, it is no news.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Replica(ReplicaError::Busy { .. }))
    }
}
