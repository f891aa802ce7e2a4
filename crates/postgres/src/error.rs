use std::{error, fmt, io, path::PathBuf, time::Duration};

use thiserror::Error;
use tokio_postgres::error::SqlState;

/// Why a server could not be reached, or what it said.
#[derive(Debug, Error)]
pub enum Error {
    /// The certificates that `sslrootcert` names cannot be read, or there are none.
    #[error("the certificates in {} cannot be used: {source}", path.display())]
    Roots {
        /// Where they should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// TLS cannot be set up as the address asks.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// No answer came.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The server, or the way to it.
    #[error("{}", Said(.0))]
    Postgres(#[from] tokio_postgres::Error),
}

impl Error {
    /// What the server calls it, where it is the server that said it.
    #[must_use]
    pub fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Roots { .. } | Self::Tls(_) | Self::TimedOut(_) => None,
        }
    }

    /// The constraint that said no, where one did.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Postgres(error) => error.as_db_error()?.constraint(),
            Self::Roots { .. } | Self::Tls(_) | Self::TimedOut(_) => None,
        }
    }

    /// True where the transaction was in the way of another and can be tried again as it was.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.state(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }

    /// True where another transaction held a lock for too long.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.state() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }
}

/// An error with everything below it in one line. The driver's own words stop at "db error".
struct Said<'a>(&'a tokio_postgres::Error);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(said) = self.0.as_db_error() {
            write!(f, "{}: {}", said.severity(), said.message())?;
            return said.detail().map_or(Ok(()), |detail| write!(f, " ({detail})"));
        }
        write!(f, "{}", self.0)?;
        let mut below = error::Error::source(self.0);
        while let Some(error) = below {
            write!(f, ": {error}")?;
            below = error.source();
        }
        Ok(())
    }
}
