//! The disk under a database, and SQLite's own clock and randomness, put into every connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use onepurse_core::{Clock, Random};
use rusqlite::{Connection, functions::FunctionFlags};

/// Steps of SQLite's virtual machine between two looks at the fuse.
const OPS: i32 = 10;
/// The Julian day of 1970-01-01, as `julianday` counts.
const JULIAN_1970: f64 = 2_440_587.5;
const DAY_MS: f64 = 86_400_000.0;

/// What can be wrong with a disk. Every connection to a database on it shares one.
#[derive(Default)]
pub struct Disk {
    full: AtomicBool,
    /// After so many looks the running transaction is cut off; below zero: it is not.
    fuse: AtomicI64,
    blown: AtomicBool,
}

impl Disk {
    /// A good one.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let disk = Self::default();
        disk.fuse.store(-1, Ordering::Relaxed);
        Arc::new(disk)
    }

    /// Nothing more fits on it, or it does again. Connections that are open notice at their next failure.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    /// Whether nothing more fits on it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// The next transaction is cut off after about so many looks.
    pub fn arm(&self, looks: i64) {
        self.fuse.store(looks, Ordering::Relaxed);
    }

    /// Whatever was armed is over; true if it went off.
    pub fn disarm(&self) -> bool {
        self.fuse.store(-1, Ordering::Relaxed);
        self.blown.swap(false, Ordering::Relaxed)
    }

    fn burn(&self) -> bool {
        match self.fuse.load(Ordering::Relaxed) {
            0 => self.blown.store(true, Ordering::Relaxed),
            left if left > 0 => {
                self.fuse.store(left - 1, Ordering::Relaxed);
                return false;
            }
            _ => return false,
        }
        true
    }
}

/// What SQLite takes from the machine: its clock, its randomness, its disk.
#[derive(Clone)]
pub struct Machine {
    /// What time it is there.
    pub clock: Arc<dyn Clock>,
    /// Where its random bytes come from.
    pub bytes: Arc<dyn Random>,
    /// The disk.
    pub disk: Arc<Disk>,
}

impl Machine {
    /// Puts all of it into a connection.
    pub fn connect(&self, db: &mut Connection) -> rusqlite::Result<()> {
        db.busy_timeout(std::time::Duration::ZERO)?;
        db.set_prepared_statement_cache_capacity(128);
        self.replace_functions(db)?;
        let disk = self.disk.clone();
        db.progress_handler(OPS, Some(move || disk.burn()))?;
        if self.disk.is_full() {
            // SQLite makes it as many pages as the database has now.
            db.query_row("PRAGMA max_page_count = 1", [], |_| Ok(()))?;
        }
        Ok(())
    }

    fn replace_functions(&self, db: &Connection) -> rusqlite::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        let clock = self.clock.clone();
        db.create_scalar_function("julianday", 1, flags, move |_| {
            #[expect(clippy::cast_precision_loss, reason = "SQLite's own julianday is a double as well")]
            Ok(clock.now_ms() as f64 / DAY_MS + JULIAN_1970)
        })?;
        let bytes = self.bytes.clone();
        db.create_scalar_function("randomblob", 1, flags, move |context| {
            let mut blob = vec![0; context.get::<usize>(0)?];
            bytes.fill(&mut blob);
            Ok(blob)
        })
    }
}
