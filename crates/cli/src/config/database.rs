//! Where a database is.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use onepurse_core::Platform;
use onepurse_postgres::Address;
use onepurse_replica::MariaDbAddress;

/// A database that this version can keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(Box<Address>),
    /// A database on a MariaDB server; no ledger is in one.
    MariaDb(Box<MariaDbAddress>),
}

impl Database {
    /// Its file, where it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) | Self::MariaDb(_) => None,
        }
    }

    /// Whether both are the same database, as far as that can be told without opening them.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => real(one) == real(other),
            (Self::Postgres(one), Self::Postgres(other)) => one.is_same_database(other),
            (Self::MariaDb(one), Self::MariaDb(other)) => one.is_same_database(other),
            (Self::Sqlite(_) | Self::Postgres(_) | Self::MariaDb(_), _) => false,
        }
    }

    /// Whether it keeps apart what belongs to a ledger and to several platforms: in PostgreSQL by schemas, in MariaDB by
    /// what names begin with.
    pub(super) fn can_be_shared(&self) -> bool {
        matches!(self, Self::Postgres(_) | Self::MariaDb(_))
    }

    /// The file beside which the lock file of whoever works on it stands. A server's database has it beside the
    /// configuration in `folder`, so that the place can be taken also while the server is down, and is free again when
    /// the process is gone, whatever stands between it and the server.
    pub(super) fn seat(&self, folder: &Path, platform: &Platform) -> PathBuf {
        match self {
            Self::Sqlite(path) => path.clone(),
            Self::Postgres(_) | Self::MariaDb(_) => folder.join(platform.as_str()),
        }
    }
}

/// Without secrets.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
            Self::MariaDb(address) => address.fmt(f),
        }
    }
}

/// The same file under one name, as far as it is there.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.components().collect())
}
