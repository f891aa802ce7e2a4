//! How a world begins.

use std::{path::Path, sync::Arc};

use onepurse_core::{Asset, Clock, MergePolicy, OverdraftPolicy, Random, Scale};
use onepurse_ledger::{Ledger as _, Open, SqliteLedger};
use onepurse_sync::Limits;
use rusqlite::Connection;

use super::{Options, Platform, Process, World, faults::Faults, people::People, rejected::Counting, task};
use crate::{
    auditor::{Auditor, Checked, Eye, Policies, Violation},
    bot::Bot,
    bugs::{BuggyLedger, Plant},
    dice::{Bytes, Dice},
    disk::{Disk, Machine},
    gated_ledger::{Copies, Post, Request},
    shape::Shape,
    time::{MachineClock, Time},
    trace::Trace,
};

/// The names of the platforms.
const PLATFORMS: [&str; 3] = ["telegram", "discord", "website"];
/// Programs that may run: the one that always does, and a second one.
const PROCESSES: usize = 2;

impl World {
    /// A new world; everything in it follows from the seed.
    pub(super) fn build(options: Options) -> Checked<Self> {
        let mut dice = Dice::new(options.seed, 0);
        let count = if dice.chance(600) { 2 } else { 3 };
        let mut shapes: Vec<Shape> = (0..count).map(|_| Shape::any(&mut dice)).collect();
        // Two bots whose triggers make coins of what comes in would feed each other for ever, with or without us.
        let makers = shapes.iter_mut().filter(|shape| !shape.triggers.is_empty());
        makers.skip(1).for_each(|shape| *shape = Shape::founding());
        let names = PLATFORMS.into_iter().map(str::to_owned);
        let limits = any_limits(&mut dice);
        let mut people = People::new(options.seed);
        let policies = people.any_policies(options.seed);
        let (platforms, seed) = (names.zip(shapes).collect(), options.seed);
        let counting = |all: &[Asset]| Counting::of(all, seed).perhaps_late();
        let mut world = Self::of_shapes(options, dice, platforms, people, policies, counting)?;
        world.limits = limits;
        world.tell(|| format!("{limits:?}"));
        Ok(world)
    }

    /// A world of these platforms, and the shapes of their bots' tables.
    pub(super) fn of_shapes(
        options: Options,
        dice: Dice,
        platforms: Vec<(String, Shape)>,
        people: People,
        policies: [(MergePolicy, OverdraftPolicy); 2],
        counting: impl FnOnce(&[Asset]) -> Counting,
    ) -> Checked<Self> {
        let folder = folder().map_err(|error| Violation::new(0, format!("no folder: {error}")))?;
        let time = Time::new();
        let decimals = if platforms.iter().any(|(_, shape)| shape.decimals) { 2 } else { 0 };
        let scale = Scale::new(decimals).unwrap_or_default();
        let trace = Trace::new(options.is_told, folder.path());
        let ledger_machine = machine(options.seed, 1, &MachineClock::new(&time));
        let post = open_ledger(&folder.path().join("ledger.db"), Open::Create, &ledger_machine)?;
        let [coins, gems] = policies;
        let assets = [("coins", scale, coins), ("gems", Scale::WHOLE, gems)];
        let assets = assets.map(|(name, scale, (merge, overdraft))| Asset {
            merge,
            overdraft,
            ..Asset::new(name.parse().unwrap_or_default(), scale)
        });
        let counting = counting(&assets);
        task::now(post.declare(counting.first().to_vec())).map_err(unready)?;
        let copies = Copies::default();
        copies.keep(Request::Declare(counting.first().to_vec()));
        let ledger_id = task::now(post.id()).map_err(unready)?;
        let plant = Plant::new(options.bug, folder.path().join("ledger.db"));
        let policies = Policies::of(&assets).counting_late(counting.late());
        let auditor = Auditor::new(&folder.path().join("ledger.db"), policies, time.clone(), task::KEEP_MS)?;
        let mut world = Self {
            options,
            folder,
            dice,
            scale,
            ledger_id,
            limits: Limits::default(),
            platforms: Vec::new(),
            processes: Vec::new(),
            post: planted(Arc::new(post), &plant, &ledger_machine),
            plant,
            copies: Arc::new(copies),
            links: Vec::new(),
            people,
            counting,
            ledger_machine,
            ledger_down: false,
            ledger_backups: Vec::new(),
            files: 0,
            auditor,
            faults: Faults::default(),
            step: 0,
            trace,
            time,
        };
        for (name, shape) in platforms {
            world.settle_in(&name, shape)?;
        }
        for n in 0..PROCESSES {
            let clock = MachineClock::new(&world.time);
            let machine = Machine {
                disk: world.ledger_machine.disk.clone(),
                ..machine(options.seed, 20 + n as u64, &clock)
            };
            world.processes.push(Process { clock, machine, ledger: None, tasks: vec![], wanted: n == 0 });
        }
        Ok(world)
    }

    /// A platform with its bot's database.
    fn settle_in(&mut self, name: &str, shape: Shape) -> Checked {
        let path = self.folder.path().join(format!("{name}.db"));
        let clock = MachineClock::new(&self.time);
        let machine = machine(self.options.seed, 10 + self.platforms.len() as u64, &clock);
        make_database(&path, &shape)?;
        let bot = || Bot::new(path.clone(), shape, self.scale, machine.clone());
        let bots = vec![bot(), bot()];
        self.auditor.watch(name, Eye::open(&path, name, self.ledger_id, shape, self.scale)?);
        self.tell(|| format!("{name} is a bot with {}", shape.name));
        self.platforms.push(Platform {
            name: name.to_owned(),
            path,
            shape,
            machine,
            clock,
            bots,
            wanted: true,
            decision: None,
            cut_off: false,
            dead: false,
            backups: Vec::new(),
        });
        Ok(())
    }
}

/// How much the programs do at once: as they are shipped, or so little that a small world comes to it.
fn any_limits(dice: &mut Dice) -> Limits {
    if dice.chance(300) {
        return Limits::default();
    }
    Limits { events: 1 + dice.below(6), rows: 1 + dice.below(3), idle_entries: dice.between(2, 60) }
}

/// The bot makes its table.
pub(super) fn make_database(path: &Path, shape: &Shape) -> Checked {
    let db = Connection::open(path)?;
    if shape.wal {
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    }
    db.execute_batch(shape.create)?;
    db.execute_batch(shape.triggers)?;
    Ok(())
}

/// A ledger whose connections are this machine's.
pub(super) fn open_ledger(path: &Path, open: Open, machine: &Machine) -> Checked<SqliteLedger> {
    let connections = machine.clone();
    let on_connect = move |db: &mut Connection| connections.connect(db);
    SqliteLedger::open_connecting(path, open, machine.clock.clone(), machine.bytes.clone(), on_connect)
        .map_err(unready)
}

/// The ledger, with the world's bug around it if it has one.
pub(super) fn planted(ledger: Arc<SqliteLedger>, plant: &Arc<Plant>, machine: &Machine) -> Arc<dyn Post> {
    if plant.bug.is_none() {
        return ledger;
    }
    Arc::new(BuggyLedger { ledger, plant: plant.clone(), random: machine.bytes.clone() })
}

fn machine(seed: u64, salt: u64, clock: &MachineClock) -> Machine {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let bytes: Arc<dyn Random> = Arc::new(Bytes::new(seed, salt));
    Machine { clock, bytes, disk: Disk::new() }
}

fn unready(error: impl std::fmt::Display) -> Violation {
    Violation::new(0, format!("the ledger cannot be made ready: {error}"))
}

/// In memory where the machine has a folder there.
fn folder() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}
