//! A bot that writes all the time in a process of its own, and keeps the truth in its own database.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rand::{RngExt, rngs::StdRng};

use crate::harness::{Shape, SmallDisk, database, process::Process, wait_until};

/// The longest pause between two writes.
const PAUSE_MS: &str = "60";

/// What a bot may be told by SQLite while there is no space left on its disk.
const NO_SPACE: [&str; 3] = ["database or disk is full", "disk I/O error", "unable to open database file"];

/// A bot, and the small disk that its database is on.
pub(super) struct Writer {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    process: Process,
    pub(super) disk: SmallDisk,
    journal_mode: &'static str,
    /// Where it writes down what its database refused; on another disk.
    errors: PathBuf,
    errors_seen: usize,
    /// How often there was no space.
    pub(super) cramped: u64,
    /// No write of it was seen since its disk was full.
    is_cramped: bool,
    orders: u64,
}

impl Writer {
    /// Starts at rest.
    pub(super) fn start(
        name: &'static str,
        shape: Shape,
        journal_mode: &'static str,
        disk: SmallDisk,
        dice: &mut StdRng,
    ) -> Self {
        let errors = disk.path("").with_extension("errors"); // Beside the disk, not on it.
        fs::write(&errors, "").unwrap();
        let process = spawn(name, shape, &database_on(&disk), journal_mode, &errors, dice);
        let mut writer = Self {
            name,
            shape,
            process,
            disk,
            journal_mode,
            errors,
            errors_seen: 0,
            cramped: 0,
            is_cramped: false,
            orders: 0,
        };
        writer.process.wait_for_line("rest 0");
        writer
    }

    pub(super) fn path(&self) -> PathBuf {
        database_on(&self.disk)
    }

    /// Lets it write.
    pub(super) fn go(&mut self) {
        self.orders += 1;
        self.process.tell(&format!("go {}", self.orders));
    }

    /// Returns when it has ended the write that it was in, and begins none.
    pub(super) fn rest(&mut self) {
        self.orders += 1;
        let order = format!("rest {}", self.orders);
        self.process.tell(&order);
        self.process.wait_for_line(&order);
    }

    /// kill -9, and the next one writes on.
    pub(super) fn kill(&mut self, dice: &mut StdRng) {
        self.process.kill();
        self.process = spawn(self.name, self.shape, &self.path(), self.journal_mode, &self.errors, dice);
        self.go();
    }

    /// The space on its disk is taken from here on.
    pub(super) fn fill(&mut self) {
        self.is_cramped = true;
        self.disk.fill();
    }

    /// There is space again, and the bot, which must be writing, goes on.
    pub(super) fn free(&mut self) {
        if self.disk.is_full() {
            self.disk.free();
            self.goes_on(1);
            self.look();
            self.is_cramped = false;
        }
    }

    /// Waits until it has written so many times more.
    pub(super) fn goes_on(&self, writes: u64) {
        let before = self.writes();
        wait_until(&format!("{} writes on", self.name), || self.writes() >= before + writes);
    }

    /// Fails where the process ended, or has seen an error of its database that is not for want of space.
    pub(super) fn look(&mut self) {
        assert!(self.process.is_running(), "{} has ended by itself", self.name);
        let errors = fs::read_to_string(&self.errors).unwrap();
        for error in errors.lines().skip(self.errors_seen) {
            let is_no_space = NO_SPACE.iter().any(|words| error.contains(words));
            assert!(is_no_space && self.is_cramped, "{} saw an error of its database: {error}", self.name);
            self.cramped += 1;
            self.errors_seen += 1;
        }
    }

    /// How many changes it has committed.
    pub(super) fn writes(&self) -> u64 {
        self.rows("SELECT 0, coalesce(max(serial), 0) FROM truth")[&0].try_into().unwrap()
    }

    /// What it brought everyone who was ever registered, by its own account.
    pub(super) fn truth(&self) -> BTreeMap<u32, i64> {
        self.rows("SELECT user, sum(delta) FROM truth GROUP BY user")
    }

    /// What its database shows now.
    pub(super) fn shown(&self) -> BTreeMap<u32, i64> {
        let Shape { table, id, column, .. } = self.shape;
        self.rows(&format!("SELECT {}, {column} FROM {table}", id[0]))
    }

    fn rows(&self, sql: &str) -> BTreeMap<u32, i64> {
        let rows = database::rows(&self.path(), sql);
        rows.iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect()
    }
}

fn database_on(disk: &SmallDisk) -> PathBuf {
    disk.path("bot.db")
}

fn spawn(
    name: &str,
    shape: Shape,
    path: &Path,
    journal_mode: &str,
    errors: &Path,
    dice: &mut StdRng,
) -> Process {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/blackbox/python/writer.py");
    let mut command = Command::new("python3");
    command.args(["-B", script, shape.bot]).arg(path).args([journal_mode, &dice.random::<u32>().to_string()]);
    Process::start_listening(name, command.arg(PAUSE_MS).arg(errors))
}
