//! A world: a ledger, platforms with their bots, programs that keep them in step, and time.

mod build;
mod direct;
mod faults;
mod files;
mod forget;
mod late;
mod link;
mod operator;
mod people;
mod quiet;
mod rejected;
mod said;
mod step;
mod task;
mod trouble;

use std::{path::PathBuf, sync::Arc};

use onepurse_core::{LedgerId, Scale};
use onepurse_ledger::{Link, SqliteLedger};
use onepurse_replica::Decision;
use onepurse_sync::Limits;

use crate::{
    auditor::{Auditor, Checked, Memory, Mirror},
    bot::Bot,
    bugs::{Bug, Plant},
    dice::Dice,
    disk::Machine,
    gated_ledger::{Copies, Post},
    shape::Shape,
    time::{MachineClock, Time},
    trace::Trace,
};
pub use faults::{Fault, Faults};
use people::People;
use rejected::Counting;
use task::Task;

/// How a world is made, and for how long it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Everything follows from it.
    pub seed: u64,
    /// How many steps are taken.
    pub steps: u64,
    /// Every step is told, and kept.
    pub is_told: bool,
    /// A rule of the protocol that is taken away.
    pub bug: Option<Bug>,
}

/// One platform: a bot's database on a machine.
struct Platform {
    name: String,
    path: PathBuf,
    shape: Shape,
    machine: Machine,
    clock: MachineClock,
    bots: Vec<Bot>,
    /// It is to be kept in step; and what the operator said beforehand.
    wanted: bool,
    decision: Option<Decision>,
    /// Neither side can be reached from its engine.
    cut_off: bool,
    dead: bool,
    backups: Vec<(PathBuf, Memory)>,
}

/// One program that keeps platforms in step.
struct Process {
    clock: MachineClock,
    machine: Machine,
    /// `None` while it is down.
    ledger: Option<Arc<SqliteLedger>>,
    tasks: Vec<Task>,
    wanted: bool,
}

/// A copy of the ledger's file.
#[derive(Clone)]
struct LedgerBackup {
    path: PathBuf,
    mirror: Mirror,
    taken_ms: i64,
}

/// The world.
pub struct World {
    options: Options,
    folder: tempfile::TempDir,
    dice: Dice,
    time: Time,
    scale: Scale,
    ledger_id: LedgerId,
    /// How much the programs do at once.
    limits: Limits,
    platforms: Vec<Platform>,
    processes: Vec<Process>,
    /// What people and late messages come in by.
    post: Arc<dyn Post>,
    plant: Arc<Plant>,
    copies: Arc<Copies>,
    links: Vec<Link>,
    people: People,
    counting: Counting,
    ledger_machine: Machine,
    ledger_down: bool,
    ledger_backups: Vec<LedgerBackup>,
    files: usize,
    auditor: Auditor,
    faults: Faults,
    step: u64,
    /// What was done, step by step.
    pub trace: Trace,
}

/// What a world came to.
#[derive(Debug)]
pub struct End {
    /// Steps taken.
    pub steps: u64,
    /// Entries in the ledger at the end.
    pub entries: i64,
    /// Events that bots made.
    pub events: u64,
    /// What went wrong, and how often.
    pub faults: Faults,
    /// A fingerprint of the whole trace.
    pub digest: u64,
    /// What must never be.
    pub broken: Option<Broken>,
    /// The last lines of the trace, if it was told.
    pub told: Vec<String>,
}

/// A world in which an invariant broke.
#[derive(Debug)]
pub struct Broken {
    /// At which step.
    pub step: u64,
    /// What was seen.
    pub violation: crate::auditor::Violation,
    /// Who thought what at that moment.
    pub portrait: Vec<String>,
}

/// Runs a world to its end.
#[must_use]
pub fn run(options: Options) -> End {
    match World::build(options) {
        Ok(mut world) => {
            let lived = world.live();
            world.end(lived.err())
        }
        Err(violation) => End {
            steps: 0,
            entries: 0,
            events: 0,
            faults: Faults::default(),
            digest: 0,
            broken: Some(Broken { step: 0, violation, portrait: vec![] }),
            told: vec![],
        },
    }
}

impl World {
    fn live(&mut self) -> Checked {
        while self.step < self.options.steps {
            self.step += 1;
            self.take_step()?;
        }
        self.quiet()
    }

    fn end(mut self, violation: Option<crate::auditor::Violation>) -> End {
        self.faults.count_times(Fault::Overdrawn, self.auditor.books.overdrawn);
        let broken = violation.map(|violation| Broken {
            step: self.step,
            violation,
            portrait: self.auditor.portrait(),
        });
        let mut end = End {
            steps: self.step,
            entries: self.auditor.books.head(),
            events: self.auditor.written.len() as u64,
            faults: self.faults,
            digest: self.trace.digest(),
            broken,
            told: vec![],
        };
        end.told = self.trace.into_lines();
        end
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        self.trace.line(self.step, self.time.elapsed_ms(), what);
    }

    /// A file of its own for a backup.
    fn new_file(&mut self) -> PathBuf {
        self.files += 1;
        self.folder.path().join(format!("backup-{}", self.files))
    }
}
