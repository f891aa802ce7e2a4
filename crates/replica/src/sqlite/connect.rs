//! The connection to a bot's database: opened without creating anything, never waiting for a lock, opened again when
//! another file has taken the path.

use std::{
    cell::RefCell,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{OnConnect, read::SeenCapture};
use crate::ReplicaError;

/// What went wrong inside a transaction, before it is known where.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Replica(ReplicaError),
    Damaged(String),
    /// The bot's own trigger has taken the whole transaction back when this identity's row was written.
    RolledBack {
        mapping: i64,
        id: String,
    },
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<ReplicaError> for Fault {
    fn from(error: ReplicaError) -> Self {
        Self::Replica(error)
    }
}

impl Fault {
    pub(super) fn at(self, place: &str) -> ReplicaError {
        let place = place.to_owned();
        match self {
            Self::Replica(error) => error,
            Self::Damaged(what) => ReplicaError::Damaged { place, what },
            // The identity is left alone from now on: the same call goes on without it.
            Self::RolledBack { .. } => ReplicaError::Busy { place },
            Self::Sql(error) if is_busy(&error) => ReplicaError::Busy { place },
            Self::Sql(error) => ReplicaError::Unavailable { place, source: error.into() },
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// An open database, and which file it was.
pub(super) struct Opened {
    pub(super) db: Connection,
    pub(super) seen: RefCell<Option<SeenCapture>>,
    path: PathBuf,
    file: (u64, u64),
}

impl Opened {
    pub(super) fn open(
        path: &Path,
        place: &str,
        on_connect: Option<&OnConnect>,
    ) -> Result<Self, ReplicaError> {
        let file = file_at(path).ok_or_else(|| ReplicaError::Missing { place: place.to_owned() })?;
        let db = connect(path)
            .and_then(|mut db| on_connect.map_or(Ok(()), |hook| hook(&mut db)).map(|()| db))
            .map_err(|error| Fault::from(error).at(place))?;
        Ok(Self { db, seen: RefCell::default(), path: path.to_owned(), file })
    }

    /// The path still leads to the file that is open.
    pub(super) fn is_current(&self) -> bool {
        file_at(&self.path) == Some(self.file)
    }
}

impl Drop for Opened {
    /// The last connection to close removes the WAL by its name, which by now may be that of another database.
    fn drop(&mut self) {
        if !self.is_current() {
            let kept = self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            tracing::debug!(?kept, "closing a database that is not at its path any more");
        }
    }
}

/// Asked of the path alone: opening and closing the file beside SQLite would drop SQLite's own locks on it.
fn file_at(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // A waiting commit would hold PENDING and shut the bot's other connections out: give up at once, and try later.
    db.busy_timeout(Duration::ZERO)?;
    // The bot's own triggers run when its rows are written here: as they would in an ordinary SQLite.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, true)?;
    db.pragma_update(None, "foreign_keys", false)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}
