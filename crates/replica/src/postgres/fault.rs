//! What goes wrong inside a transaction.

use tokio_postgres::error::SqlState;

use crate::ReplicaError;

/// What went wrong, before it is known where.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(tokio_postgres::Error),
    /// There is no connection, or there was no answer.
    Away(onepurse_postgres::Error),
    Replica(ReplicaError),
    Damaged(String),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<ReplicaError> for Fault {
    fn from(error: ReplicaError) -> Self {
        Self::Replica(error)
    }
}

impl Fault {
    /// Something in our own tables cannot be.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(super) fn damaged(error: impl ToString) -> Self {
        Self::Damaged(error.to_string())
    }

    pub(super) fn at(self, place: &str) -> ReplicaError {
        let place = place.to_owned();
        match self {
            Self::Replica(error) => error,
            Self::Damaged(what) => ReplicaError::Damaged { place, what },
            Self::Away(error) => match error.state() {
                Some(&SqlState::INVALID_CATALOG_NAME) => ReplicaError::Missing { place },
                _ => ReplicaError::Unavailable { place, source: error.into() },
            },
            Self::Sql(error) if is_busy(&error) => {
                tracing::debug!(place, error = %onepurse_postgres::Error::from(error), "in the way of the bot, or of another");
                ReplicaError::Busy { place }
            }
            Self::Sql(error) => {
                ReplicaError::Unavailable { place, source: onepurse_postgres::Error::from(error).into() }
            }
        }
    }
}

/// Another transaction stood in the way: nothing was waited for that it holds, or it was first.
pub(super) fn is_busy(error: &tokio_postgres::Error) -> bool {
    let busy = [
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::QUERY_CANCELED,
    ];
    // A server that ends our transaction, because we or it were too slow, may be there again; if not, the next call tells.
    error.is_closed() || error.code().is_some_and(|code| busy.contains(code))
}
