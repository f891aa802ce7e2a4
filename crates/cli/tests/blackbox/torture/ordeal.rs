//! Who is tortured: the program between two bots, each database on a small disk of its own.

use std::collections::BTreeSet;

use rand::rngs::StdRng;

use super::{tally::Tally, writer::Writer};
use crate::harness::{
    ECONOMY, FOUNDING, SmallDisk, Stopwatch, World,
    answers::exit,
    config::url,
    database,
    process::{Process, Said},
};

/// People who are there from the beginning, on both platforms.
pub(super) const REGULARS: std::ops::RangeInclusive<u32> = 1..=12;
/// People who register later on.
pub(super) const NEWCOMERS: std::ops::RangeInclusive<u32> = 101..=120;

/// The places of the two bots.
pub(super) const TELEGRAM: usize = 0;
pub(super) const DISCORD: usize = 1;

/// MiB of a bot's disk.
const BOTS_DISK: u64 = 8;
/// MiB of the ledger's disk: for a short run, and what an hour's entries take.
const LEDGERS_DISK: u64 = 8;
const LEDGERS_DISK_AN_HOUR: u64 = 72;

/// Dropped in this order: processes, then disks, then the folder.
pub(super) struct Ordeal {
    pub(super) tally: Tally,
    pub(super) dice: StdRng,
    pub(super) watch: Stopwatch,
    /// The program at work, but for moments.
    run: Option<Process>,
    pub(super) bots: [Writer; 2],
    pub(super) ledgers_disk: SmallDisk,
    /// Who was linked for certain.
    pub(super) linked: BTreeSet<u32>,
    pub(super) world: World,
}

impl Ordeal {
    /// Everyone registered, half of them linked; the bots at work, and the program.
    pub(super) fn begin(mut dice: StdRng, seconds: u64) -> Self {
        let mut world = World::new();
        let disk = |name: &str, mib| SmallDisk::mount(world.path(name), mib);
        let ledgers_disk = disk("ledger", LEDGERS_DISK + LEDGERS_DISK_AN_HOUR * seconds / 3_600);
        let bots_disk = BOTS_DISK + BOTS_DISK * seconds / 600;
        let bots = [
            Writer::start("telegram", ECONOMY, "delete", disk("telegram", bots_disk), &mut dice),
            Writer::start("discord", FOUNDING, "wal", disk("discord", bots_disk), &mut dice),
        ];
        world.configure(|config| config.ledger = url(&ledgers_disk.path("ledger.db")));
        for bot in &bots {
            world.add_platform(bot.name, &bot.path(), &bot.shape.mapping());
        }
        world.sync();
        let linked: BTreeSet<u32> = REGULARS.step_by(2).collect();
        for user in &linked {
            world.link(&format!("telegram:{user}"), &format!("discord:{user}"));
        }
        let (tally, watch) = (Tally::new(), Stopwatch::start());
        let mut ordeal = Self { tally, dice, watch, run: None, bots, ledgers_disk, linked, world };
        ordeal.bots.iter_mut().for_each(Writer::go);
        ordeal.start_run();
        ordeal
    }

    pub(super) fn tell(&mut self, what: &str) {
        self.tally.tell(format!("{:>9} ms  {what}", self.watch.elapsed_ms()));
    }

    pub(super) fn start_run(&mut self) {
        assert!(self.run.is_none());
        self.run = Some(self.world.start(&["run"]));
    }

    pub(super) fn run(&mut self) -> &mut Process {
        self.run.as_mut().expect("the program is at work between two steps")
    }

    /// kill -9, of one that would have gone on.
    pub(super) fn kill_run(&mut self) {
        let mut run = self.run.take().unwrap();
        assert!(run.is_running(), "the program has ended by itself");
        run.kill();
    }

    /// Asks it to end.
    pub(super) fn end_run(&mut self) {
        ends_well(self.run.take().unwrap());
    }

    /// Nobody ended who was not asked to, and no bot saw an error that is not for want of its own space.
    pub(super) fn look(&mut self) {
        assert!(self.run().is_running(), "the program has ended by itself");
        self.bots.iter_mut().for_each(Writer::look);
    }

    /// There is space again everywhere.
    pub(super) fn free(&mut self) {
        self.ledgers_disk.free();
        self.bots.iter_mut().for_each(Writer::free);
    }

    pub(super) fn any_disk_is_full(&self) -> bool {
        self.ledgers_disk.is_full() || self.bots.iter().any(|bot| bot.disk.is_full())
    }

    /// What a verb beside the program has said fits: one of these codes, or where a disk is full that something cannot
    /// be used now.
    pub(super) fn fits(&self, what: &str, said: &Said, codes: &[i32]) {
        let code = said.code.unwrap_or_else(|| panic!("{what} was killed: {}", said.all()));
        let is_excused = code == exit::UNREACHABLE && self.any_disk_is_full();
        assert!(codes.contains(&code) || is_excused, "{what} ended with {code}: {}", said.all());
    }

    pub(super) fn is_over(&self, seconds: u64) -> bool {
        self.watch.elapsed_ms() > u128::from(seconds) * 1_000
    }

    /// Tells what was done, in one line, and fails where something never was.
    pub(super) fn end_well(mut self) {
        self.end_run();
        for (bot, writes) in self.bots.iter().zip(["writes of telegram's bot", "writes of discord's bot"]) {
            self.tally.add(writes, bot.writes());
            self.tally.add("writes refused for want of space", bot.cramped);
        }
        let entries = self.last_of_all().try_into().unwrap();
        self.tally.add("entries", entries);
        println!("torture: {} s, {}", self.watch.elapsed_ms() / 1_000, self.tally);
        self.tally.is_complete();
    }

    /// The last entry in the ledger that came from this platform.
    pub(super) fn last_entry(&self, platform: &str) -> i64 {
        let sql = "SELECT seq FROM entry JOIN identity ON identity.id = entry.identity WHERE platform = ?1
            ORDER BY seq DESC LIMIT 1";
        let found = database::look_up(&self.ledgers_disk.path("ledger.db"), sql, platform);
        found.unwrap().parse().unwrap()
    }

    pub(super) fn last_of_all(&self) -> i64 {
        let last = database::rows(&self.ledgers_disk.path("ledger.db"), "SELECT max(seq) FROM entry");
        last[0][0].parse().unwrap()
    }
}

/// Asks a program to end, which it does, and well.
pub(super) fn ends_well(program: Process) {
    program.signal("TERM");
    let said = program.finish();
    // The very first moment is before it listens for signals.
    let had_begun = !said.all().is_empty();
    assert!(said.code == Some(exit::DONE) || !had_begun, "it ended with {:?}: {}", said.code, said.all());
}
