//! What is done to the program, to its disks and to the bots.

use rand::RngExt;

use super::ordeal::Ordeal;
use crate::harness::{answers::READY, let_run_ms, wait_until};

/// How many writes show that a bot goes on.
const GOES_ON: u64 = 8;

/// Words of which a status uses one while the ledger's disk is full.
const NO_SPACE: [&str; 3] = ["full", "no space", "disk i/o error"];

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    KillAtWork,
    KillAtStart,
    End,
    Stop,
    KillStopped,
    KillBot(usize),
    FillLedgersDisk,
    FillBotsDisk(usize),
    KillSecond,
    EndSecond,
    Sync,
    Status,
    Verify,
    Show,
    Link,
    KillLink,
    Reattach(usize),
    Check,
}

impl Ordeal {
    /// Does it, and looks at who is left.
    pub(super) fn step(&mut self, step: Step) {
        self.tell(&format!("{step:?}"));
        // A disk stays full over some steps.
        if self.any_disk_is_full() && self.dice.random_bool(0.4) {
            self.tell("disks are freed");
            self.free();
        }
        match step {
            Step::KillAtWork => self.kill_at_work(),
            Step::KillAtStart => self.kill_at_start(),
            Step::End => self.end(),
            Step::Stop => self.stop(false),
            Step::KillStopped => self.stop(true),
            Step::KillBot(place) => self.kill_bot(place),
            Step::FillLedgersDisk => self.fill_ledgers_disk(),
            Step::FillBotsDisk(place) => self.fill_bots_disk(place),
            Step::KillSecond => self.second_program(true),
            Step::EndSecond => self.second_program(false),
            Step::Sync => self.sync_beside(),
            Step::Status => self.status_beside(),
            Step::Verify => self.verify_beside(),
            Step::Show => self.show_beside(),
            Step::Link => self.link_someone(),
            Step::KillLink => self.kill_link(),
            Step::Reattach(place) => self.reattach(place),
            Step::Check => self.check(),
        }
        self.look();
    }

    pub(super) fn let_run_up_to_ms(&mut self, ms: u64) {
        let_run_ms(self.dice.random_range(0..=ms));
    }

    fn kill_at_work(&mut self) {
        // Where a disk is full it may never be ready.
        if !self.any_disk_is_full() {
            self.run().wait_for_line(READY);
        }
        self.let_run_up_to_ms(300);
        self.kill_run();
        self.tally.count("kills at work");
        self.let_run_up_to_ms(100);
        self.start_run();
    }

    fn kill_at_start(&mut self) {
        self.kill_run();
        self.start_run();
        self.let_run_up_to_ms(120);
        self.kill_run();
        self.tally.count("kills at start");
        self.start_run();
    }

    fn end(&mut self) {
        self.let_run_up_to_ms(200);
        self.end_run();
        self.tally.count("ends asked for");
        self.let_run_up_to_ms(200);
        self.start_run();
    }

    /// Stopped for a while, at any moment, maybe with a database's lock in its hand; others go on, and then it wakes up
    /// late, or never. Short enough for the patience of a bot that waits for the lock.
    fn stop(&mut self, is_killed: bool) {
        self.let_run_up_to_ms(100);
        self.run().signal("STOP");
        self.tally.count("stops");
        let args = ["sync", "--until-idle", "--shared", "--timeout", "2s"];
        let beside = self.dice.random_bool(0.5).then(|| self.world.start(&args));
        self.let_run_up_to_ms(1_200);
        if is_killed {
            self.kill_run();
            self.tally.count("kills while stopped");
            self.start_run();
        } else {
            self.run().signal("CONT");
        }
        if let Some(beside) = beside {
            self.sync_has_said(&beside.finish());
        }
    }

    fn kill_bot(&mut self, place: usize) {
        self.let_run_up_to_ms(100);
        let Self { bots, dice, tally, .. } = self;
        bots[place].kill(dice);
        tally.count(["kills of telegram's bot", "kills of discord's bot"][place]);
    }

    /// The bots go on, and the reason is told.
    fn fill_ledgers_disk(&mut self) {
        self.ledgers_disk.fill();
        self.tally.count("fills of the ledger's disk");
        let with_space: Vec<_> = self.bots.iter().filter(|bot| !bot.disk.is_full()).collect();
        for bot in &with_space {
            bot.goes_on(GOES_ON);
        }
        if !with_space.is_empty() {
            let told = |reasons: &str| NO_SPACE.iter().any(|words| reasons.contains(words));
            wait_until("status says why nothing comes through", || told(&self.world.status().reasons()));
        }
    }

    /// The other platform goes on, and what its bot writes reaches the ledger.
    fn fill_bots_disk(&mut self, place: usize) {
        let other = 1 - place;
        self.bots[place].fill();
        self.tally.count(["fills of telegram's disk", "fills of discord's disk"][place]);
        if self.bots[other].disk.is_full() {
            return;
        }
        self.bots[other].goes_on(GOES_ON);
        if !self.ledgers_disk.is_full() {
            let (name, before) = (self.bots[other].name, self.last_of_all());
            wait_until(&format!("{name}'s writes come into the ledger"), || self.last_entry(name) > before);
        }
    }
}
