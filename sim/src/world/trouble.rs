//! What goes wrong with machines, and is mended again.

use super::{World, faults::Fault};

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// Something goes wrong with a machine; or, more often, something that went wrong is mended.
    pub(super) fn step_trouble(&mut self) {
        let platform = self.dice.below(self.platforms.len());
        let what = if self.dice.chance(650) {
            self.mend_something(platform)
        } else {
            self.break_something(platform)
        };
        self.tell(|| what);
    }

    fn mend_something(&mut self, platform: usize) -> String {
        if self.dice.chance(400) {
            self.mend_ledger();
            return "the ledger is well".to_owned();
        }
        self.mend_platform(platform);
        format!("{} is well", self.platforms[platform].name)
    }

    /// Everything about the ledger works again.
    pub(super) fn mend_ledger(&mut self) {
        self.ledger_down = false;
        self.ledger_machine.disk.set_full(false);
        self.ledger_machine.disk.disarm();
    }

    /// Everything about a platform works again.
    pub(super) fn mend_platform(&mut self, platform: usize) {
        let home = &mut self.platforms[platform];
        (home.cut_off, home.dead) = (false, false);
        if home.machine.disk.is_full() {
            home.machine.disk.set_full(false);
            home.bots.iter_mut().for_each(crate::bot::Bot::end);
        }
    }

    fn break_something(&mut self, platform: usize) -> String {
        let name = self.platforms[platform].name.clone();
        match self.dice.below(11) {
            0 => {
                self.platforms[platform].cut_off = true;
                self.faults.count(Fault::Partition);
                format!("{name} is cut off from the ledger")
            }
            1 => {
                self.platforms[platform].dead = true;
                self.faults.count(Fault::PlatformDead);
                format!("{name}'s disk does not answer")
            }
            2 => {
                self.ledger_down = true;
                self.faults.count(Fault::LedgerDown);
                "the ledger is down".to_owned()
            }
            3 => {
                self.ledger_machine.disk.set_full(true);
                // What is open fails once, and is opened again as the disk is now.
                self.ledger_machine.disk.arm(0);
                self.faults.count(Fault::LedgerDiskFull);
                "the ledger's disk is full".to_owned()
            }
            4 => {
                let home = &mut self.platforms[platform];
                home.machine.disk.set_full(true);
                home.bots.iter_mut().for_each(crate::bot::Bot::end);
                self.faults.count(Fault::BotDiskFull);
                format!("{name}'s disk is full")
            }
            5 | 6 => self.set_clock(platform),
            7 => {
                let by_ms = match self.dice.below(10) {
                    0 | 1 => self.dice.between(1, 45) * 24 * HOUR_MS,
                    2 | 3 => self.dice.between(1, 20) * HOUR_MS,
                    _ => self.dice.between(1, 90) * SECOND_MS,
                };
                self.time.pass(by_ms);
                self.faults.count(Fault::TimeJump);
                format!("{by_ms} ms go by")
            }
            8 | 9 => self.kill_something(),
            _ => {
                let second = &mut self.processes[1];
                second.wanted = !second.wanted;
                let wanted = second.wanted;
                if wanted {
                    self.faults.count(Fault::SecondEngine);
                } else {
                    self.crash(1);
                }
                format!("a second program: {wanted}")
            }
        }
    }

    fn kill_something(&mut self) -> String {
        let process = self.dice.below(self.processes.len());
        if self.processes[process].ledger.is_some() {
            self.faults.count(Fault::Crash);
            self.crash(process);
        }
        format!("program {} is killed", process + 1)
    }

    fn set_clock(&mut self, platform: usize) -> String {
        let off_ms = match self.dice.below(4) {
            0 => 0,
            1 => self.dice.between(-HOUR_MS, HOUR_MS),
            _ => self.dice.between(-2_000, 2_000),
        };
        self.faults.count(Fault::ClockSet);
        if self.dice.chance(500) {
            self.platforms[platform].clock.set_off(off_ms);
            format!("{}'s clock is {off_ms} ms off", self.platforms[platform].name)
        } else {
            let process = self.dice.below(self.processes.len());
            self.processes[process].clock.set_off(off_ms);
            format!("program {}'s clock is {off_ms} ms off", process + 1)
        }
    }
}
