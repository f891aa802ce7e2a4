use std::error::Error;

use onepurse_core::Platform;
use thiserror::Error;

/// Why a sidecar could not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum SidecarError {
    /// It cannot be read or written now: a full disk, no permission, a server that is away.
    #[error("the sidecar {place} cannot be used: {source}")]
    Unavailable {
        /// Where it is.
        place: String,
        /// What SQLite or PostgreSQL says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something else is there.
    #[error("{place} is no sidecar of this program")]
    NotASidecar {
        /// Where.
        place: String,
    },
    /// It was made by a later version.
    #[error("the sidecar {place} was made by a newer version of this program")]
    Newer {
        /// Where it is.
        place: String,
    },
    /// It is another bot's.
    #[error("the sidecar {place} is {is}'s, not {asked}'s")]
    OtherPlatform {
        /// Where it is.
        place: String,
        /// Whose it is.
        is: Platform,
        /// Who asks.
        asked: Platform,
    },
    /// A balance would leave the range of amounts.
    #[error("a balance in the sidecar {place} would leave the range of amounts")]
    WouldOverflow {
        /// Where it is.
        place: String,
    },
}

impl SidecarError {
    /// Whether it may go by itself.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
