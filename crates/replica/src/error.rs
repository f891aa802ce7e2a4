use std::fmt;

use onepurse_core::AssetName;
use thiserror::Error;

/// One reason why a mapping cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The mapping's asset.
    pub asset: AssetName,
    /// What is wrong, and where.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.asset, self.what, self.remedy)
    }
}

/// Why a replica could not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum ReplicaError {
    /// The bot holds the database right now.
    #[error("the database {place} is busy: the bot is writing")]
    Busy {
        /// Where it is.
        place: String,
    },
    /// There is no database there.
    #[error("there is no database at {place}")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// It cannot be read or written now: a full disk, no permission, a broken file.
    #[error("the database {place} cannot be used: {source}")]
    Unavailable {
        /// Where it is.
        place: String,
        /// What the database says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The mappings cannot work.
    #[error("the mapping of {place} cannot work:{}", list(.problems))]
    Refused {
        /// Where it is.
        place: String,
        /// Every reason found.
        problems: Vec<Problem>,
    },
    /// A newer program has attached it.
    #[error("the capture in {place} has schema {found}; this program knows schemas up to {known}")]
    NewerSchema {
        /// Where it is.
        place: String,
        /// What it has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// Something in our own tables cannot be.
    #[error("the capture in {place} is damaged: {what}")]
    Damaged {
        /// Where it is.
        place: String,
        /// What cannot be.
        what: String,
    },
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  - {problem}")).collect()
}

impl ReplicaError {
    /// True where the same call may succeed later with nothing changed but the world around the database.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Missing { .. } | Self::Unavailable { .. } | Self::NewerSchema { .. }
        )
    }
}
