//! Where a database is.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A database that this version can keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
}

impl Database {
    /// Its file.
    pub(crate) fn file(&self) -> &Path {
        let Self::Sqlite(path) = self;
        path
    }

    /// Whether both are the same database, as far as that can be told without opening them.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (Self::Sqlite(one), Self::Sqlite(other)) = (self, other);
        real(one) == real(other)
    }
}

/// The same file under one name, as far as it is there.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.components().collect())
}
