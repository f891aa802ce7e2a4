use std::sync::Arc;

use onepurse_core::{AssetName, LedgerId, Platform, Rejection, Scale};
use thiserror::Error;

/// Why a ledger could not do what was asked. Only [`LedgerError::Rejected`] is about what was asked.
/// It can be cloned: callers that shared a commit share its failure.
#[derive(Debug, Clone, Error)]
pub enum LedgerError {
    /// There is no ledger there, and none was to be made.
    #[error("there is no ledger at {place}")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// It is there, but another program holds it.
    #[error("the ledger {place} is locked by another program")]
    Locked {
        /// Where it is.
        place: String,
    },
    /// It cannot be read or written now: a full disk, no permission, a broken file.
    #[error("the ledger {place} cannot be used: {source}")]
    Unavailable {
        /// Where it is.
        place: String,
        /// What the database says.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The database there is not a ledger.
    #[error("{place} is a database, but no ledger of onepurse")]
    NotALedger {
        /// Where it is.
        place: String,
    },
    /// It is being rebuilt, and that was ended in the middle or goes on.
    #[error("the ledger {place} is being rebuilt, and is not whole yet")]
    Unfinished {
        /// Where it is.
        place: String,
    },
    /// It is not the ledger that was expected.
    #[error("{place} is the ledger {found}, not {expected}")]
    OtherLedger {
        /// Where it is.
        place: String,
        /// Whose replicas are these.
        expected: LedgerId,
        /// What is there.
        found: LedgerId,
    },
    /// A newer program has written it.
    #[error("the ledger {place} has schema {found}; this program knows schemas up to {known}")]
    NewerSchema {
        /// Where it is.
        place: String,
        /// What it has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The asset is counted with another scale already.
    #[error("the ledger keeps {} decimals of {asset}, the configuration asks for {}", kept.decimals(), asked.decimals())]
    OtherScale {
        /// Of what.
        asset: AssetName,
        /// As the ledger has it.
        kept: Scale,
        /// As it was declared.
        asked: Scale,
    },
    /// Somebody else registered a database for the platform since this was decided.
    #[error("the registration of {platform} has changed meanwhile")]
    RegistrationChanged {
        /// The platform.
        platform: Platform,
    },
    /// The log does not have this entry: it was put back from a backup since it was told.
    #[error("entry {seq} is not in the ledger's history: it was put back from a backup meanwhile")]
    NotInHistory {
        /// The entry's number.
        seq: i64,
    },
    /// Something in it cannot be: it was changed by other hands.
    #[error("the ledger {place} is damaged: {what}")]
    Damaged {
        /// Where it is.
        place: String,
        /// What cannot be.
        what: String,
    },
    /// The rules of money say no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl LedgerError {
    /// True where the same call may succeed later with nothing changed but the world around the ledger.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::Locked { .. }
                | Self::Unavailable { .. }
                | Self::NotALedger { .. }
                | Self::Unfinished { .. }
                | Self::OtherLedger { .. }
                | Self::NewerSchema { .. }
        )
    }
}
