use std::{io, sync::Arc};

use onepurse_core::{AssetName, Platform, Rejection, Scale};
use rusqlite::{ErrorCode, ffi::SQLITE_CONSTRAINT_UNIQUE};
use thiserror::Error;

use super::schema;
use crate::{LedgerError, plan::Flaw};

/// What can go wrong inside one call, before it is told where.
#[derive(Debug, Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("not found")]
    Missing,
    #[error("busy")]
    Busy,
    #[error("no ledger")]
    NotALedger,
    #[error("schema {0}")]
    NewerSchema(i64),
    #[error("{0}")]
    Damaged(String),
    #[error("another scale of {asset}")]
    OtherScale { asset: AssetName, kept: Scale, asked: Scale },
    #[error("the registration of {0} changed")]
    RegistrationChanged(Platform),
    #[error("entry {0} is not in the history")]
    NotInHistory(i64),
    #[error("the log has a key of these: {0}")]
    KnownKey(rusqlite::Error),
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Rejected(rejection) => Self::Rejected(rejection),
            Flaw::Damaged(what) => Self::Damaged(what),
        }
    }
}

impl Fault {
    /// The error as callers see it, with the place where it happened.
    pub(super) fn at(self, place: &str) -> LedgerError {
        let place = place.to_owned();
        match self {
            Self::Sqlite(error) | Self::KnownKey(error) => sqlite(error, place),
            Self::Io(error) => LedgerError::Unavailable { place, source: Arc::new(error) },
            Self::Missing => LedgerError::Missing { place },
            Self::Busy => LedgerError::Locked { place },
            Self::NotALedger => LedgerError::NotALedger { place },
            Self::NewerSchema(found) => LedgerError::NewerSchema { place, found, known: schema::KNOWN },
            Self::Damaged(what) => LedgerError::Damaged { place, what },
            Self::OtherScale { asset, kept, asked } => LedgerError::OtherScale { asset, kept, asked },
            Self::RegistrationChanged(platform) => LedgerError::RegistrationChanged { platform },
            Self::NotInHistory(seq) => LedgerError::NotInHistory { seq },
            Self::Rejected(rejection) => LedgerError::Rejected(rejection),
        }
    }

    /// What storing an entry came to.
    pub(super) fn of_entry(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if code == Some(SQLITE_CONSTRAINT_UNIQUE) { Self::KnownKey(error) } else { Self::Sqlite(error) }
    }

    /// True where the connection may no longer be right about the file: the next call opens it again.
    pub(super) fn spoils_connection(&self) -> bool {
        match self {
            Self::Sqlite(error) => !is_locked(error),
            Self::Io(_) | Self::Missing | Self::NotALedger | Self::NewerSchema(_) | Self::Damaged(_) => true,
            Self::Busy
            | Self::OtherScale { .. }
            | Self::RegistrationChanged(_)
            | Self::NotInHistory(_)
            | Self::KnownKey(_)
            | Self::Rejected(_) => false,
        }
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn sqlite(error: rusqlite::Error, place: String) -> LedgerError {
    let lacks_schema = |error: &rusqlite::Error| {
        let said = error.to_string();
        said.contains("no such table") || said.contains("no such column")
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Locked { place },
        Some(ErrorCode::NotADatabase) => LedgerError::NotALedger { place },
        Some(ErrorCode::Unknown) if lacks_schema(&error) => LedgerError::NotALedger { place },
        Some(ErrorCode::ConstraintViolation) | None => {
            LedgerError::Damaged { place, what: error.to_string() }
        }
        Some(_) => LedgerError::Unavailable { place, source: Arc::new(error) },
    }
}
