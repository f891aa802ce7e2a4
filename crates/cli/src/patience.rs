//! A bot that writes holds its database for a moment: what can wait for it does.

use std::time::Duration;

use onepurse_replica::ReplicaError;
use onepurse_sync::{SyncError, verify::VerifyError};

/// How often a database is tried again, and how long is waited in between.
const TRIES: u32 = 400;
const TRY_EVERY: Duration = Duration::from_millis(25);

/// Waits a moment for a bot that holds its database.
pub(crate) async fn rest() {
    tokio::time::sleep(TRY_EVERY).await;
}

/// An error that may be the bot's holding its database for a moment.
pub(crate) trait MayBeBusy {
    /// True where it is that.
    fn is_busy(&self) -> bool;
}

impl MayBeBusy for ReplicaError {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

impl MayBeBusy for SyncError {
    fn is_busy(&self) -> bool {
        Self::is_busy(self)
    }
}

impl MayBeBusy for VerifyError {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Replica(error) if error.is_busy())
    }
}

/// Does `work` again while the bot holds its database, up to ten seconds.
pub(crate) async fn patient<T, E: MayBeBusy>(mut work: impl AsyncFnMut() -> Result<T, E>) -> Result<T, E> {
    for _ in 0..TRIES {
        match work().await {
            Err(error) if error.is_busy() => rest().await,
            done => return done,
        }
    }
    work().await
}
