//! Each failure's name for programs, its exit code, and what to do about it.

use onepurse_core::Rejection;
use onepurse_ledger::LedgerError;
use onepurse_replica::{PresenceError, ReplicaError};
use onepurse_sync::plan::Refusal;

use super::{Exit, Failure, server};
use crate::{config::EXAMPLE, nearest::listed, verbs::import::ImportError, worker::FindError};

impl Failure {
    /// The name of the error for programs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Config(error) => error.name(),
            Self::Ledger(error) => ledger_name(error),
            Self::Replica(error) => replica_name(error),
            Self::Refused(refusal) => refusal_name(refusal),
            Self::Import(error) => error.name(),
            Self::Presence(PresenceError::Taken { .. }) => "Taken",
            Self::Presence(PresenceError::LockFile { .. }) => "LockFile",
            Self::Pending { .. } => "Pending",
            Self::Paused(_) => "Paused",
            Self::OutOfReach { .. } => "OutOfReach",
            Self::IsDetached { .. } => "Detached",
            Self::LedgerThere { .. } => "LedgerThere",
            Self::NoWitness { .. } => "NoWitness",
            Self::Beyond(_) => "WouldOverflow",
            Self::LedgersDiffer { .. } => "LedgersDiffer",
            Self::Restless => "Restless",
            Self::Sidecar(FindError::OtherPlatform { .. }) => "OtherPlatform",
            Self::Sidecar(_) | Self::NoSidecar => "NoSidecar",
            Self::NoLedger => "NoLedger",
            Self::NoPlatform => "NoPlatform",
            Self::Listen { .. } => "CannotListen",
            Self::InsufficientFunds { .. } => "InsufficientFunds",
            Self::NoSuchKey { .. } => "NotInQuarantine",
            Self::SeveralKeys { .. } => "SeveralKeys",
            Self::NoPurseThen { .. } => "NoPurseThen",
            Self::File { .. } => "FileUnreadable",
            Self::Csv { .. } => "NotATable",
            Self::Amount(_) => "NotAnAmount",
            Self::NotAboveZero { .. } => "NotAboveZero",
            Self::Usage(_) => "WrongUsage",
            Self::DemoDatabase(_) => "DemoDatabase",
            Self::DemoOutOfStep { .. } => "DemoOutOfStep",
            Self::System { .. } => "SystemError",
        }
    }

    /// How the program ends with it.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Config(_)
            | Self::Usage(_)
            | Self::Amount(_)
            | Self::File { .. }
            | Self::Csv { .. }
            | Self::SeveralKeys { .. }
            | Self::NotAboveZero { .. }
            | Self::NoPlatform
            | Self::NoSidecar
            | Self::NoLedger
            | Self::Sidecar(FindError::Place(..) | FindError::OtherPlatform { .. })
            | Self::OutOfReach { .. }
            | Self::IsDetached { .. }
            | Self::LedgerThere { .. }
            | Self::LedgersDiffer { .. }
            | Self::Ledger(LedgerError::OtherScale { .. })
            | Self::Import(
                ImportError::NoTable { .. }
                | ImportError::NoColumn { .. }
                | ImportError::InLedgerFile { .. }
                | ImportError::InMariaDb { .. }
                | ImportError::File { .. }
                | ImportError::Form { .. },
            )
            | Self::Replica(ReplicaError::Refused { .. }) => Exit::Usage,
            Self::Refused(_) | Self::Paused(_) => Exit::Waiting,
            Self::Pending { exit, .. } => *exit,
            Self::DemoOutOfStep { .. } | Self::Restless => Exit::No,
            Self::Ledger(LedgerError::Rejected(_))
            | Self::InsufficientFunds { .. }
            | Self::NoPurseThen { .. }
            | Self::Beyond(_)
            | Self::NoSuchKey { .. } => Exit::Rejected,
            Self::Ledger(_)
            | Self::Replica(_)
            | Self::Import(_)
            | Self::Presence(_)
            | Self::Sidecar(_)
            | Self::NoWitness { .. }
            | Self::Listen { .. }
            | Self::DemoDatabase(_)
            | Self::System { .. } => Exit::Unavailable,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Ledger(error) => of_ledger(error),
            Self::Replica(error) => of_replica(error),
            Self::Refused(refusal) => Some(refusal_hint(refusal).to_owned()),
            Self::Import(error) => Some(of_import(error)),
            Self::Presence(PresenceError::Taken { .. }) => Some(
                "stop that process first; `onepurse run` and `onepurse sync` can work beside it with --shared"
                    .to_owned(),
            ),
            Self::Presence(PresenceError::LockFile { .. }) => {
                Some("check the permissions of the database's folder".to_owned())
            }
            Self::Pending { exit: Exit::Waiting, platform, .. } => Some(format!(
                "answer its question first with `onepurse resume {platform}`; --force takes capture out, and what is pending \
                 is lost to the ledger"
            )),
            Self::Pending { .. } => Some(
                "make the ledger usable and try again, or lose these events to the ledger with --force"
                    .to_owned(),
            ),
            Self::IsDetached { platform } => Some(format!(
                "`onepurse attach {platform}` first; or delete their row in its bot's database and say --detached, else what it \
                 shows counts once more when it is attached again"
            )),
            Self::LedgerThere { .. } => Some(
                "a rebuilt ledger takes the place of one that is lost: move this one away first, or put a backup back"
                    .to_owned(),
            ),
            Self::NoWitness { platform, .. } => Some(format!(
                "make its database reachable; or leave it out with `--without {platform}`: who is known only there is then not \
                 in the ledger"
            )),
            Self::Beyond(beyond) => Some(format!(
                "leave that platform out with `--without {}`, or correct the balance in its bot's database first",
                beyond.identity.platform
            )),
            Self::LedgersDiffer { other, .. } => Some(format!("leave one of them out, like `--without {other}`")),
            Self::OutOfReach { platform } => Some(format!(
                "its bot would go on showing what nobody has: name its database in [[platform]], or detach it with \
                 `onepurse detach {platform}`"
            )),
            Self::Sidecar(FindError::OtherPlatform { .. }) => {
                Some("leave the platform out, or name the sidecar of the one that is meant".to_owned())
            }
            Self::Sidecar(FindError::Place(..)) => {
                Some("name a file, or postgres://user:password@host:5432/name".to_owned())
            }
            Self::NoLedger => Some("set DATABASE_URL, or say --ledger postgres://user:password@host/name".to_owned()),
            Self::NoPlatform => Some(format!("add one:\n\n{EXAMPLE}")),
            Self::Listen { .. } => Some(
                "choose another address with [website] listen; with port 0 the system picks a free one"
                    .to_owned(),
            ),
            Self::Usage(_) => Some("see `onepurse --help`".to_owned()),
            Self::DemoOutOfStep { .. } => Some("run it again with --log-level debug to see why".to_owned()),
            Self::NotAboveZero { .. } => {
                Some("to take coins away use `onepurse spend`, or `onepurse adjust` for a correction".to_owned())
            }
            Self::NoSuchKey { .. } | Self::SeveralKeys { .. } => {
                Some("`onepurse quarantine` shows the keys".to_owned())
            }
            Self::NoPurseThen { .. } => Some("`onepurse history` shows since when it has one".to_owned()),
            Self::Csv { .. } => Some(
                "the first line names the columns: identity and amount, and asset and reason if need be".to_owned(),
            ),
            Self::NoSidecar | Self::Sidecar(_) | Self::InsufficientFunds { .. } | Self::File { .. } | Self::Amount(_) | Self::Paused(_) | Self::Restless | Self::DemoDatabase(_) | Self::System { .. } => None,
        }
    }
}

/// What to do about a bot's database.
pub(crate) fn of_replica(error: &ReplicaError) -> Option<String> {
    match error {
        ReplicaError::Unavailable { place, source } => server::hint(&**source, place),
        ReplicaError::Missing { place } if server::is_server(place) => Some(
            "check the database's name at the end of the URL; a database is not made by onepurse".to_owned(),
        ),
        _ => None,
    }
    .or_else(|| replica_hint(error).map(ToOwned::to_owned))
}

/// What to do about a table that was to be imported.
fn of_import(error: &ImportError) -> String {
    match error {
        ImportError::NoFile { .. } => "check the file's name in --from".to_owned(),
        ImportError::NoTable { .. } => "name another with --table, or say with --from where it is".to_owned(),
        ImportError::NoColumn { known, .. } => format!(
            "it has {}; make a view that has telegram_id, discord_id, website_email, coins and xp, and name it with --table",
            listed(known)
        ),
        ImportError::InLedgerFile { .. } => {
            "say with --from where the table is, like sqlite:///srv/unified.db".to_owned()
        }
        ImportError::InMariaDb { .. } => {
            "copy the table to PostgreSQL or a file of SQLite, and say with --from where that is".to_owned()
        }
        ImportError::File { .. } => "check the file's name, and that it may be read".to_owned(),
        ImportError::Form { form, .. } => (*form).to_owned(),
        ImportError::Unreadable { place, source } => server::hint(&**source, place).unwrap_or_else(|| {
            "check that the file is a database of SQLite, that it may be read, and that nobody holds it"
                .to_owned()
        }),
    }
}

/// What to do about the ledger.
pub(crate) fn of_ledger(error: &LedgerError) -> Option<String> {
    match error {
        LedgerError::Unavailable { place, source } => server::hint(&**source, place),
        _ => None,
    }
    .or_else(|| ledger_hint(error).map(ToOwned::to_owned))
}

const fn replica_name(error: &ReplicaError) -> &'static str {
    match error {
        ReplicaError::Busy { .. } => "DatabaseBusy",
        ReplicaError::Missing { .. } => "DatabaseMissing",
        ReplicaError::Unavailable { .. } => "DatabaseUnavailable",
        ReplicaError::Refused { .. } => "MappingRefused",
        ReplicaError::NewerSchema { .. } => "CaptureNewer",
        ReplicaError::Damaged { .. } => "CaptureDamaged",
    }
}

const fn replica_hint(error: &ReplicaError) -> Option<&'static str> {
    Some(match error {
        ReplicaError::Busy { .. } => "try again in a moment",
        ReplicaError::Missing { .. } => "check `database` of the platform: the bot makes its own file",
        ReplicaError::Unavailable { .. } => {
            "check the disk's free space and the permissions of the file and its folder"
        }
        ReplicaError::NewerSchema { .. } => "use the newer onepurse that has attached it",
        ReplicaError::Damaged { .. } => {
            "detach the platform with --force and attach it again: the ledger has its balances"
        }
        ReplicaError::Refused { .. } => return None,
    })
}

const fn refusal_name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OtherLedger { .. } => "OtherLedger",
        Refusal::OtherPlatform { .. } => "OtherPlatform",
        Refusal::MappingChanged { .. } => "MappingChanged",
        Refusal::TableGone { .. } => "TableGone",
    }
}

/// What to do about a database that cannot be a platform's replica.
pub(crate) const fn refusal_hint(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OtherLedger { .. } => {
            "put the right ledger back in place, or detach the platform with --force and attach it to this one"
        }
        Refusal::OtherPlatform { .. } => "check `name` and `database` of the platform",
        Refusal::MappingChanged { .. } => {
            "detach the platform with the mapping that it was attached with, then attach it with the new one"
        }
        Refusal::TableGone { .. } => {
            "start the bot, if it makes the table itself; or correct the mapping, then detach with --force and attach"
        }
    }
}

const fn ledger_name(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Missing { .. } => "LedgerMissing",
        LedgerError::Locked { .. } => "LedgerLocked",
        LedgerError::Unavailable { .. } => "LedgerUnavailable",
        LedgerError::NotALedger { .. } => "NotALedger",
        LedgerError::Unfinished { .. } => "LedgerUnfinished",
        LedgerError::OtherLedger { .. } => "OtherLedger",
        LedgerError::NewerSchema { .. } => "LedgerNewer",
        LedgerError::OtherScale { .. } => "OtherScale",
        LedgerError::RegistrationChanged { .. } => "RegistrationChanged",
        LedgerError::NotInHistory { .. } => "NotInHistory",
        LedgerError::Damaged { .. } => "LedgerDamaged",
        LedgerError::Rejected(rejection) => rejection.name(),
    }
}

const fn ledger_hint(error: &LedgerError) -> Option<&'static str> {
    Some(match error {
        LedgerError::Missing { .. } => {
            "`onepurse run` makes it; if there was one, check [ledger] url (or DATABASE_URL) and where it is mounted; if it is lost, \
             put a backup back, or `onepurse rebuild`"
        }
        LedgerError::Locked { .. } => "find who holds it (`fuser FILE` tells) and try again",
        LedgerError::Unavailable { .. } => {
            "check the disk's free space and the permissions of the file and its folder"
        }
        LedgerError::NotALedger { .. } => {
            "check [ledger] url (or DATABASE_URL): it must not name a bot's database"
        }
        LedgerError::Unfinished { .. } => "call `onepurse rebuild` again: it goes on where it was ended",
        LedgerError::OtherLedger { .. } => {
            "put the right ledger back in place, or detach the platforms with --force and attach them to this one"
        }
        LedgerError::NewerSchema { .. } => "use the newer onepurse that has written it",
        LedgerError::OtherScale { .. } => "declare the asset with the scale that the ledger keeps",
        LedgerError::RegistrationChanged { .. } => {
            "another program attached or detached the platform at this moment: look at `onepurse status` and try again"
        }
        LedgerError::NotInHistory { .. } => {
            "the ledger was put back from a backup at this moment: look at `onepurse status` and try again"
        }
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
        Rejection::CodeUnknown | Rejection::CodeExpired | Rejection::CodeUsed => {
            Some("make a new one with the other account: `onepurse code PLATFORM:ID`")
        }
        Rejection::ActorMissing => Some("say who you are with --actor"),
        Rejection::ReasonMissing => Some("say why with --reason"),
        Rejection::IdentityForgotten(_) => {
            Some("nobody has those coins: use `onepurse adjust` for a correction")
        }
        Rejection::SameKeyDifferentContent => {
            Some("another order was done under this key; choose a new one for a new order")
        }
        Rejection::NotReversible { .. } => Some("use `onepurse adjust` for a correction"),
        Rejection::NoSuchEntry(_) => Some("`onepurse history` shows the numbers of entries"),
        Rejection::NotParted(_) => {
            Some("their bot goes on with them: let it delete their row first, and try again")
        }
        Rejection::InQuarantine(_) => Some("decide about them first: `onepurse quarantine` lists them"),
        Rejection::PlatformTaken { .. } => Some("a purse has at most one identity a platform"),
        _ => None,
    }
}
