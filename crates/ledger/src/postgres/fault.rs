use std::{sync::Arc, time::Duration};

use onepurse_core::{AssetName, Platform, Rejection, Scale};
use onepurse_postgres::Error;
use thiserror::Error;

use super::schema;
use crate::{LedgerError, plan::Flaw};

/// What can go wrong inside one call, before it is told where.
#[derive(Debug, Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Postgres(#[from] Error),
    #[error("not found")]
    Missing,
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
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error.into())
    }
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
    pub(super) const fn timed_out(after: Duration) -> Self {
        Self::Postgres(Error::TimedOut(after))
    }

    /// The error as callers see it, with the place where it happened.
    pub(super) fn at(self, place: &str) -> LedgerError {
        let place = place.to_owned();
        match self {
            Self::Postgres(error) => said(error, place),
            Self::Missing => LedgerError::Missing { place },
            Self::NotALedger => LedgerError::NotALedger { place },
            Self::NewerSchema(found) => LedgerError::NewerSchema { place, found, known: schema::KNOWN },
            Self::Damaged(what) => LedgerError::Damaged { place, what },
            Self::OtherScale { asset, kept, asked } => LedgerError::OtherScale { asset, kept, asked },
            Self::RegistrationChanged(platform) => LedgerError::RegistrationChanged { platform },
            Self::NotInHistory(seq) => LedgerError::NotInHistory { seq },
            Self::Rejected(rejection) => LedgerError::Rejected(rejection),
        }
    }

    /// True where the log has one of the keys that were to be entered.
    pub(super) fn is_known_key(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error.constraint() == Some("entry_key")
    }

    /// True where the same transaction may succeed at once.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Postgres(error) if error.is_conflict())
    }
}

/// The five characters by which PostgreSQL names what it says; the first two are the class.
fn said(error: Error, place: String) -> LedgerError {
    let state = error.state().map(|state| state.code().to_owned()).unwrap_or_default();
    match state.as_str() {
        // There is no such table, or no such schema.
        "42P01" | "3F000" => LedgerError::Missing { place },
        // The lock was held for too long.
        "55P03" => LedgerError::Locked { place },
        // A constraint says no to what cannot have been planned from a sound ledger.
        _ if state.starts_with("23") => LedgerError::Damaged { place, what: error.to_string() },
        _ => LedgerError::Unavailable { place, source: Arc::new(error) },
    }
}
