use std::path::PathBuf;

use thiserror::Error;

/// Why a sidecar could not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum SidecarError {
    /// It cannot be read or written now: a full disk, no permission, another program's long transaction.
    #[error("the sidecar {} cannot be used: {source}", path.display())]
    Unavailable {
        /// Where it is.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Something else is there.
    #[error("{} is no sidecar of this program", path.display())]
    NotASidecar {
        /// Where.
        path: PathBuf,
    },
    /// A balance would leave the range of amounts.
    #[error("the balance of {id} would leave the range of amounts")]
    WouldOverflow {
        /// Whose.
        id: String,
    },
}
