//! What went wrong, as the user is told: a message, a hint what to do, and an exit code.

use std::{fmt, io, process::ExitCode};

use onepurse_core::{Identity, Rejection};
use onepurse_ledger::LedgerError;
use serde_json::json;
use thiserror::Error;

use crate::config::ConfigError;

/// How the program ends, as `onepurse --help` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; in step; everything holds.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// Wrong usage or a wrong configuration.
    Usage = 2,
    /// A rule said no, or an identity is unknown.
    Rejected = 3,
    /// A database cannot be reached or used now.
    Unavailable = 4,
    /// A platform waits for the operator.
    Waiting = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The ledger, or the rules in it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A database of the demo.
    #[error("the demo's database: {0}")]
    DemoDatabase(#[from] rusqlite::Error),
    /// One side of the demo does not see what it should.
    #[error("{who} shows {} where {expected} was expected", shown.as_deref().unwrap_or("nothing"))]
    DemoOutOfStep {
        /// Which side.
        who: String,
        /// What it should show.
        expected: i64,
        /// What it shows.
        shown: Option<String>,
    },
    /// The command line, as the parser of it says.
    #[error("{0}")]
    Usage(String),
    /// The system, around everything else.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Failure {
    /// An identity that was never seen.
    pub(crate) fn unknown(identity: Identity) -> Self {
        Self::Ledger(LedgerError::Rejected(Rejection::IdentityUnknown(identity)))
    }

    /// The name of the error for programs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Config(error) => error.name(),
            Self::Ledger(error) => ledger_name(error),
            Self::Usage(_) => "WrongUsage",
            Self::DemoDatabase(_) => "DemoDatabase",
            Self::DemoOutOfStep { .. } => "DemoOutOfStep",
            Self::System { .. } => "SystemError",
        }
    }

    /// How the program ends with it.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage(_) | Self::Ledger(LedgerError::OtherScale { .. }) => Exit::Usage,
            Self::DemoOutOfStep { .. } => Exit::No,
            Self::Ledger(LedgerError::Rejected(_)) => Exit::Rejected,
            Self::Ledger(_) | Self::DemoDatabase(_) | Self::System { .. } => Exit::Unavailable,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Ledger(error) => ledger_hint(error).map(ToOwned::to_owned),
            Self::Usage(_) => Some("see `onepurse --help`".to_owned()),
            Self::DemoOutOfStep { .. } => Some("run it again with --log-level debug to see why".to_owned()),
            Self::DemoDatabase(_) | Self::System { .. } => None,
        }
    }

    /// Tells the user on standard error: in words, or as one JSON object.
    pub(crate) fn tell(&self, json: bool) {
        if json {
            eprintln!(
                "{}",
                json!({ "error": self.name(), "message": self.to_string(), "hint": self.hint() })
            );
        } else {
            eprintln!("{}", Told(self));
        }
    }
}

/// A failure in words.
struct Told<'a>(&'a Failure);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.0)?;
        self.0.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

const fn ledger_name(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Missing { .. } => "LedgerMissing",
        LedgerError::Locked { .. } => "LedgerLocked",
        LedgerError::Unavailable { .. } => "LedgerUnavailable",
        LedgerError::NotALedger { .. } => "NotALedger",
        LedgerError::OtherLedger { .. } => "OtherLedger",
        LedgerError::NewerSchema { .. } => "LedgerNewer",
        LedgerError::OtherScale { .. } => "OtherScale",
        LedgerError::Damaged { .. } => "LedgerDamaged",
        LedgerError::Rejected(rejection) => rejection.name(),
    }
}

const fn ledger_hint(error: &LedgerError) -> Option<&'static str> {
    Some(match error {
        LedgerError::Missing { .. } => {
            "`onepurse run` makes it; if there was one, check [ledger] url (or DATABASE_URL) and where it is mounted"
        }
        LedgerError::Locked { .. } => "find who holds it (`fuser FILE` tells) and try again",
        LedgerError::Unavailable { .. } => {
            "check the disk's free space and the permissions of the file and its folder"
        }
        LedgerError::NotALedger { .. } => {
            "check [ledger] url (or DATABASE_URL): it must not name a bot's database"
        }
        LedgerError::OtherLedger { .. } => {
            "put the right ledger back in place, or detach the platforms with --force and attach them to this one"
        }
        LedgerError::NewerSchema { .. } => "use the newer onepurse that has written it",
        LedgerError::OtherScale { .. } => "declare the asset with the scale that the ledger keeps",
        LedgerError::Damaged { .. } => {
            "`onepurse verify` lists what is wrong; a backup of the ledger can be put back in place"
        }
        LedgerError::Rejected(rejection) => return rejection_hint(rejection),
    })
}

const fn rejection_hint(rejection: &Rejection) -> Option<&'static str> {
    match rejection {
        Rejection::IdentityUnknown(_) => Some(
            "it is known once its bot has a row for it and that was synced; check the spelling, and `onepurse status`",
        ),
        Rejection::UnknownAsset(_) => Some("declare it in the configuration with [[asset]]"),
        Rejection::PlatformTaken { .. } => Some("a purse has at most one identity a platform"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(error: LedgerError) -> Failure {
        Failure::Ledger(error)
    }

    #[test]
    fn every_failure_has_a_name_and_a_code() {
        let place = || "ledger.db".to_owned();
        let identity = || "telegram:456".parse::<Identity>().unwrap();
        for (failure, name, exit) in [
            (ledger(LedgerError::Missing { place: place() }), "LedgerMissing", Exit::Unavailable),
            (ledger(LedgerError::Locked { place: place() }), "LedgerLocked", Exit::Unavailable),
            (ledger(LedgerError::NotALedger { place: place() }), "NotALedger", Exit::Unavailable),
            (Failure::unknown(identity()), "IdentityUnknown", Exit::Rejected),
            (ledger(Rejection::SameIdentity(identity()).into()), "SameIdentity", Exit::Rejected),
            (Failure::Usage(String::new()), "WrongUsage", Exit::Usage),
            (ConfigError::Missing { path: "x".into() }.into(), "ConfigMissing", Exit::Usage),
        ] {
            assert_eq!((failure.name(), failure.exit()), (name, exit), "{failure}");
        }
    }

    #[test]
    fn a_failure_is_told_with_what_to_do() {
        let failure = Failure::unknown("telegram:456".parse().unwrap());
        assert_eq!(
            Told(&failure).to_string(),
            "error: IdentityUnknown: telegram:456 was never seen\n\
             hint: it is known once its bot has a row for it and that was synced; check the spelling, and `onepurse status`"
        );
        let overflow = Rejection::AlreadyLinked("a:1".parse().unwrap(), "b:1".parse().unwrap());
        assert_eq!(
            Told(&ledger(overflow.into())).to_string(),
            "error: AlreadyLinked: a:1 and b:1 are one purse already"
        );
    }

    #[test]
    fn a_missing_configuration_shows_one() {
        let failure = Failure::from(ConfigError::Missing { path: "onepurse.toml".into() });
        let told = Told(&failure).to_string();
        assert!(told.starts_with("error: there is no configuration at onepurse.toml\nhint: "), "{told}");
        assert!(told.contains("`onepurse demo`") && told.contains("[[platform.balance]]"), "{told}");
    }
}
