//! What goes wrong inside a transaction.

use std::{io, time::Duration};

use mysql_async::{DriverError, Error, FromValueError, IoError};

use crate::{Problem, ReplicaError};

/// What went wrong, before it is known where.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(Error),
    /// No answer came.
    TimedOut(Duration),
    Replica(ReplicaError),
    /// Another has taken what we need for a moment.
    Busy,
    Damaged(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<ReplicaError> for Fault {
    fn from(error: ReplicaError) -> Self {
        Self::Replica(error)
    }
}

impl From<FromValueError> for Fault {
    fn from(error: FromValueError) -> Self {
        Self::damaged(error)
    }
}

impl Fault {
    /// Something in our own tables cannot be.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(super) fn damaged(error: impl ToString) -> Self {
        Self::Damaged(error.to_string())
    }

    /// The mappings cannot work.
    pub(super) fn refused(place: &str, problems: Vec<Problem>) -> Self {
        ReplicaError::Refused { place: place.to_owned(), problems }.into()
    }

    /// The number that the server gives the error, where it is the server's.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Sql(Error::Server(error)) => Some(error.code),
            _ => None,
        }
    }

    /// This user may not do that.
    pub(super) fn is_denied(&self) -> bool {
        self.code().is_some_and(|found| code::DENIED.contains(&found))
    }

    /// The connection is of no more use, or nobody knows what has become of it.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Sql(Error::Server(error)) => code::GONE.contains(&error.code),
            Self::Sql(_) | Self::TimedOut(_) => true,
            Self::Replica(_) | Self::Busy | Self::Damaged(_) => false,
        }
    }

    /// Another transaction stood in the way: nothing was waited for that it holds, or it was first. A server that ends
    /// our transaction, because we or it were too slow, may be there again; if not, the next call tells.
    pub(super) fn is_busy(&self) -> bool {
        match self {
            Self::Sql(Error::Server(error)) => {
                code::BUSY.contains(&error.code) || code::GONE.contains(&error.code)
            }
            Self::Sql(Error::Driver(DriverError::ConnectionClosed)) | Self::Busy => true,
            Self::Sql(Error::Io(IoError::Io(error))) => matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
            ),
            _ => false,
        }
    }

    pub(super) fn at(self, place: &str) -> ReplicaError {
        let place = place.to_owned();
        match self {
            Self::Replica(error) => error,
            Self::Damaged(what) => ReplicaError::Damaged { place, what },
            fault if fault.is_busy() => {
                tracing::debug!(place, ?fault, "in the way of the bot, or of another");
                ReplicaError::Busy { place }
            }
            fault if fault.code() == Some(code::NO_DATABASE) => ReplicaError::Missing { place },
            Self::Sql(error) => ReplicaError::Unavailable { place, source: error.into() },
            Self::TimedOut(limit) => {
                let source = format!("no answer within {} s", limit.as_secs()).into();
                ReplicaError::Unavailable { place, source }
            }
            Self::Busy => ReplicaError::Busy { place },
        }
    }

    /// In the server's words, where it said something; without what belongs to us.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Sql(Error::Server(error)) => error.message.clone(),
            Self::Sql(error) => error.to_string(),
            fault => format!("{fault:?}"),
        }
    }
}

/// The server's numbers.
pub(super) mod code {
    /// A lock was not to be had, a deadlock, a row changed since it was read, a statement interrupted.
    pub(in crate::mariadb) const BUSY: [u16; 6] = [1205, 1213, 1020, 1317, 1969, 3572];
    /// The connection was ended by the server: it shuts down, or our transaction was left alone for too long; or its
    /// database was dropped under it.
    pub(in crate::mariadb) const GONE: [u16; 5] = [1046, 1053, 1927, 4031, 1077];
    /// There is no such database.
    pub(in crate::mariadb) const NO_DATABASE: u16 = 1049;
    /// There is no such table.
    pub(in crate::mariadb) const NO_TABLE: u16 = 1146;
    /// This user has no right on the database.
    pub(in crate::mariadb) const NO_RIGHT: u16 = 1044;
    /// This user may not do that.
    pub(in crate::mariadb) const DENIED: [u16; 6] = [NO_RIGHT, 1142, 1143, 1227, 1370, 1419];
}
