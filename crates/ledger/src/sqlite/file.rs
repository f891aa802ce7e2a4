use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use super::{fault::Fault, schema};
use crate::LedgerError;

/// How long a writer waits for another program's transaction to end.
const WRITER_WAITS: Duration = Duration::from_secs(5);
/// How long a reader waits. Nothing but a recovery, or a program that wants the file for itself, makes it wait at all.
const READER_WAITS: Duration = Duration::from_secs(1);
/// Statements that are kept prepared on a connection: more than there are.
const STATEMENTS_KEPT: usize = 64;
/// Pages that a connection keeps in memory, as SQLite wants it said: a negative number of KiB. More made no difference, since
/// people are remembered and the log is written at its end.
const CACHE_KIB: i64 = -8 * 1024;
/// Pages that the write-ahead log holds (some 40 MB) before a commit moves them into the database: batches change the
/// same pages of the indexes again and again, which are then moved once.
const LOG_PAGES: u64 = 10_000;
/// The log takes up at most this part of what its disk has free: a disk that is full of the log has no room to move it.
const LOG_SHARE: u64 = 4;
/// Bytes of a page: what SQLite makes a database with.
const PAGE_BYTES: u64 = 4_096;

/// The ledger's file, with one connection that writes and one that reads. Every call looks first whether the path still
/// names what was opened: a ledger can be removed, replaced, or put back from a backup under a running program.
pub(super) struct LedgerFile {
    path: PathBuf,
    place: String,
    writer: Mutex<Option<Connection>>,
    reader: Mutex<Option<Connection>>,
    opened: Mutex<Option<Seen>>,
    on_connect: Box<OnConnect>,
}

/// Done to every connection right after it was opened.
type OnConnect = dyn Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync;

/// Which file is which: its device and its number there.
type FileId = (u64, u64);

/// What the path names. `SQLite` keeps its write-ahead log as long as a connection is open, so a log that is gone or
/// another says that somebody put other files in place, even where the database's own number stayed.
///
/// The files are only ever looked at by name: opening and closing the database beside `SQLite` would drop its locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    database: FileId,
    log: Option<FileId>,
}

impl LedgerFile {
    /// Opens what is there; `new` writes the schema into a file that is not there yet, or empty.
    pub(super) fn open(
        path: &Path,
        new: Option<&schema::New>,
        on_connect: Box<OnConnect>,
    ) -> Result<Self, LedgerError> {
        let file = Self {
            path: path.to_owned(),
            place: path.display().to_string(),
            writer: Mutex::new(None),
            reader: Mutex::new(None),
            opened: Mutex::new(None),
            on_connect,
        };
        file.connect_anew(new).map_err(|fault| file.tell(fault))?;
        Ok(file)
    }

    /// Does `work` in a transaction that nobody else can write beside, and commits it. Where nothing was changed the
    /// commit writes nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        self.on(&self.writer, TransactionBehavior::Immediate, |transaction| {
            transaction.pragma_update(None, "wal_autocheckpoint", self.log_pages()?)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    /// Moves the whole write-ahead log into the database and empties it, so that nothing is left there of what was erased.
    /// Where a reader keeps it from that, the log is written over in time.
    pub(super) fn empty_log(&self) {
        let Ok(slot) = self.in_step(&self.writer) else { return };
        let Some(connection) = slot.as_ref() else { return };
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::debug!(place = self.place, %error, "the ledger's log was not emptied");
        }
    }

    /// Does `work` in one snapshot.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        self.on(&self.reader, TransactionBehavior::Deferred, |transaction| work(&transaction))
    }

    fn on<T>(
        &self,
        side: &Mutex<Option<Connection>>,
        behavior: TransactionBehavior,
        work: impl FnOnce(Transaction) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        let mut slot = self.in_step(side).map_err(|fault| self.tell(fault))?;
        let result = match slot.as_mut() {
            Some(connection) => {
                connection.transaction_with_behavior(behavior).map_err(Fault::from).and_then(work)
            }
            None => Err(Fault::Missing),
        };
        if result.as_ref().is_err_and(Fault::spoils_connection) {
            *slot = None;
        }
        result.map_err(|fault| self.tell(fault))
    }

    /// The connection, when it is one to what the path names now.
    fn in_step<'a>(
        &self,
        side: &'a Mutex<Option<Connection>>,
    ) -> Result<MutexGuard<'a, Option<Connection>>, Fault> {
        loop {
            let slot = hold(side);
            let there = self.look()?;
            if slot.is_some() && *hold(&self.opened) == Some(there) {
                return Ok(slot);
            }
            drop(slot);
            self.connect_anew(None)?;
        }
    }

    /// Opens both connections again, unless another caller just did. Both: connections of one process to one file
    /// share what they know of its log.
    fn connect_anew(&self, new: Option<&schema::New>) -> Result<(), Fault> {
        let (mut writer, mut reader) = (hold(&self.writer), hold(&self.reader));
        if new.is_none() {
            let there = self.look()?;
            if writer.is_some() && reader.is_some() && *hold(&self.opened) == Some(there) {
                return Ok(());
            }
            self.let_go_of_moved(writer.as_ref().or(reader.as_ref()), there)?;
        }
        (*writer, *reader) = (None, None);
        *hold(&self.opened) = None;

        let mut writing = self.connect(WRITER_WAITS, new.is_some())?;
        schema::prepare(&mut writing, new)?;
        let reading = self.connect(READER_WAITS, false)?;
        reading.pragma_update(None, "query_only", true)?;
        schema::version(&reading)?;

        *hold(&self.opened) = Some(self.look()?);
        (*writer, *reader) = (Some(writing), Some(reading));
        Ok(())
    }

    /// When another file stands in the database's place, and the log beside it is still the old one's: the old
    /// database gets what its log has, wherever it is now, and the log goes. Else the new one would take it for its own.
    fn let_go_of_moved(&self, old: Option<&Connection>, there: Seen) -> Result<(), Fault> {
        let (Some(old), Some(opened)) = (old, *hold(&self.opened)) else { return Ok(()) };
        if opened.database == there.database || opened.log.is_none() || opened.log != there.log {
            return Ok(());
        }
        let busy: bool = old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy {
            return Err(Fault::Busy);
        }
        for suffix in ["-wal", "-shm"] {
            match fs::remove_file(self.beside(suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(Fault::Io(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn connect(&self, waits: Duration, create: bool) -> Result<Connection, Fault> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
        let mut connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(waits)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        // Else a statement that may read a partial index is prepared again for every value it is given.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A connection that is dropped because other files were put in place must not write its log into them.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        (self.on_connect)(&mut connection)?;
        Ok(connection)
    }

    /// How many pages the log may hold as the disk is now. A disk that somebody else fills has the log emptied in time;
    /// one that was full has it emptied by the first write that fits again.
    fn log_pages(&self) -> Result<u64, Fault> {
        let disk = rustix::fs::statvfs(&self.path).map_err(io::Error::from)?;
        let free_pages = disk.f_bavail.saturating_mul(disk.f_frsize) / PAGE_BYTES;
        Ok((free_pages / LOG_SHARE).clamp(1, LOG_PAGES))
    }

    fn look(&self) -> Result<Seen, Fault> {
        let id = |path: &Path| match fs::metadata(path) {
            Ok(found) => Ok(Some((found.dev(), found.ino()))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(Fault::Io(error)),
        };
        let database = id(&self.path)?.ok_or(Fault::Missing)?;
        Ok(Seen { database, log: id(&self.beside("-wal"))? })
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    fn tell(&self, fault: Fault) -> LedgerError {
        fault.at(&self.place)
    }
}

impl Drop for LedgerFile {
    /// A last connection that closes in step leaves one complete file behind and no log.
    fn drop(&mut self) {
        let in_step = self.look().is_ok_and(|there| *hold(&self.opened) == Some(there));
        for side in [&self.reader, &self.writer] {
            if let Some(connection) = hold(side).take().filter(|_| in_step) {
                let kept = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
                if let Err(error) = kept.and_then(|_| connection.close().map_err(|(_, error)| error)) {
                    tracing::debug!(place = self.place, %error, "the ledger's log stays beside it");
                }
            }
        }
    }
}

/// A panic while a transaction was open rolled it back, so what the lock guards is as good as before.
fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
