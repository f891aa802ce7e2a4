//! What went wrong, as the user is told: a message, a hint what to do, and an exit code.

mod hint;
mod server;

use std::{fmt, io, net::SocketAddr, path::PathBuf, process::ExitCode};

use onepurse_core::{AssetName, Identity, Platform, Rejection, ScaleError};
use onepurse_ledger::LedgerError;
use onepurse_replica::{PresenceError, ReplicaError};
use onepurse_sync::{
    SyncError,
    plan::{Question, Refusal},
    rebuild::Beyond,
    verify::VerifyError,
};
use serde_json::json;
use thiserror::Error;

use crate::{config::ConfigError, shown::Shown, verbs::import::ImportError, worker::FindError};
pub(crate) use hint::{of_ledger, of_replica, refusal_hint};

/// How the program ends, as `onepurse --help` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; in step; everything holds.
    Done = 0,
    /// The answer is no, or not all of it was done.
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
    /// A bot's database.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// A bot's database cannot be a platform's replica on this ledger.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A table that was to be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Another process works on it.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// A platform was to be detached, and what is pending there cannot be brought to the ledger.
    #[error("{platform} keeps its capture: {pending} of its events are not in the ledger yet, and {reason}")]
    Pending {
        /// Which platform.
        platform: Platform,
        /// How many events.
        pending: u64,
        /// Why they cannot be sent.
        reason: String,
        /// How the program ends.
        exit: Exit,
    },
    /// A platform waits for the operator.
    #[error("it is paused: {0}")]
    Paused(Question),
    /// A platform's database is detached.
    #[error("{platform} is detached: its bot would not hear of it")]
    IsDetached {
        /// Which platform.
        platform: Platform,
    },
    /// A ledger is where one was to be rebuilt.
    #[error("a ledger with {entries} entries is at {place} already")]
    LedgerThere {
        /// Where.
        place: String,
        /// How many entries it has.
        entries: i64,
    },
    /// What somebody had is no amount.
    #[error("cannot be rebuilt: {0}")]
    Beyond(#[from] Beyond),
    /// A platform's database does not say what it knows.
    #[error("{platform} cannot be asked: {why}")]
    NoWitness {
        /// Which platform.
        platform: Platform,
        /// What is in the way.
        why: String,
    },
    /// Databases were attached to several ledgers.
    #[error("{one} and {other} belong to different ledgers")]
    LedgersDiffer {
        /// One platform.
        one: Platform,
        /// Another.
        other: Platform,
    },
    /// A platform's database is attached, and this configuration does not name it.
    #[error("{platform} is attached to this ledger, and the configuration does not say where")]
    OutOfReach {
        /// Which platform.
        platform: Platform,
    },
    /// A platform's database keeps changing.
    #[error("its database does not come to rest")]
    Restless,
    /// A sidecar.
    #[error(transparent)]
    Sidecar(#[from] FindError),
    /// There is nothing for a worker to do.
    #[error("there is no sidecar here: nothing to keep in step")]
    NoSidecar,
    /// Nobody has said where the ledger is.
    #[error("nobody has said where the ledger is")]
    NoLedger,
    /// The configuration names no platform.
    #[error("the configuration names no platform: there is nothing to keep in step")]
    NoPlatform,
    /// The website cannot listen.
    #[error("the website cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
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
    /// Less is there than what was to be spent or handed over.
    #[error("InsufficientFunds: {identity} has {balance} {asset}, which is less than {needed}")]
    InsufficientFunds {
        /// Whose.
        identity: Identity,
        /// Of what.
        asset: AssetName,
        /// What there is.
        balance: Shown,
        /// What was asked for.
        needed: Shown,
    },
    /// No event in quarantine has such a key.
    #[error("nothing waits under a key that begins with `{begins}`")]
    NoSuchKey {
        /// As it came.
        begins: String,
    },
    /// More than one event in quarantine has.
    #[error("several events wait under keys that begin with `{begins}`")]
    SeveralKeys {
        /// As it came.
        begins: String,
    },
    /// Nobody had shown the identity by then.
    #[error("{identity} had no purse then")]
    NoPurseThen {
        /// Whose.
        identity: Identity,
    },
    /// A file that was to be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no table of such columns.
    #[error("{}: {message}", path.display())]
    Csv {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// An amount does not read as one of its asset.
    #[error(transparent)]
    Amount(#[from] ScaleError),
    /// What is earned, spent or handed over is above zero.
    #[error("`{text}` is not above zero")]
    NotAboveZero {
        /// As it came.
        text: String,
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

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Ledger(rejection.into())
    }
}

impl Failure {
    /// An identity that was never seen.
    pub(crate) fn unknown(identity: Identity) -> Self {
        Self::Ledger(LedgerError::Rejected(Rejection::IdentityUnknown(identity)))
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

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Ledger(error) => error.into(),
            SyncError::Replica(error) => error.into(),
            SyncError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Ledger(error) => error.into(),
            VerifyError::Replica(error) => error.into(),
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
