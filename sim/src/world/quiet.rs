//! The network works and the bots rest: everything must come to agree, first without one platform, then with it.

use onepurse_replica::Decision;

use super::{
    World,
    task::{Kind, Last},
};
use crate::auditor::{Checked, Violation};

/// Rounds in which everyone goes through a cycle before it is said that they never agree.
pub(super) const ROUNDS_MAX: usize = 200;
/// Steps within one cycle before it is said that it never ends.
const CYCLE_MAX: usize = 5_000;
/// So much later, every engine looks through what is kept once more.
const LATER_MS: i64 = 120_000;

impl World {
    /// Lets everything come to rest, and checks that it agrees.
    pub(super) fn quiet(&mut self) -> Checked {
        self.tell(|| "all faults end, and the bots rest".to_owned());
        self.mend()?;
        self.decide_everything()?;
        let left_out = self.dice.below(self.platforms.len());
        self.settle_down(Some(left_out))?;
        let attached: Vec<usize> = (0..self.platforms.len()).filter(|&n| self.platforms[n].wanted).collect();
        self.auditor.quiet(attached.iter().copied().filter(|&n| n != left_out))?;
        self.time.pass(LATER_MS);
        self.settle_down(None)?;
        self.auditor.quiet(attached.iter().copied())?;
        self.auditor.pruned(attached.into_iter())?;
        self.auditor.books.check_whole()
    }

    fn mend(&mut self) -> Checked {
        self.mend_ledger();
        for platform in 0..self.platforms.len() {
            self.mend_platform(platform);
            for bot in &mut self.platforms[platform].bots {
                bot.roll_back()?;
            }
            // Where capture has to be put in first, people with several rows or no number keep it out.
            let is_captured = self.auditor.platforms[platform].memory.capturing;
            if !is_captured {
                let done = self.platforms[platform].bots[0].tidy()?;
                self.auditor.committed(platform, &done.committed)?;
            }
        }
        self.processes[0].wanted = true;
        self.step_start();
        Ok(())
    }

    fn settle_down(&mut self, left_out: Option<usize>) -> Checked {
        let mut calm = 0;
        for _ in 0..ROUNDS_MAX {
            self.time.pass(1_000);
            let seen = self.auditor.books.head();
            let all_in_step = self.round(left_out)?;
            calm = if all_in_step && self.auditor.books.head() == seen { calm + 1 } else { 0 };
            if calm == 2 {
                return Ok(());
            }
        }
        let lasts: Vec<_> = self
            .processes
            .iter()
            .flat_map(|process| &process.tasks)
            .map(|task| (task.platform, task.last()))
            .collect();
        Err(Violation::new(5, format!("they never agree: {lasts:?}")))
    }

    /// Everyone goes through one cycle, or a verb to its end; true if everyone was in step.
    fn round(&mut self, left_out: Option<usize>) -> Checked<bool> {
        let mut all_in_step = true;
        self.step_start();
        for process in 0..self.processes.len() {
            let mut task = 0;
            while task < self.processes[process].tasks.len() {
                let platform = self.processes[process].tasks[task].platform;
                if Some(platform) == left_out {
                    task += 1;
                    continue;
                }
                if self.one_cycle(process, task)?.is_some() {
                    all_in_step = false;
                    continue;
                }
                let running = &self.processes[process].tasks[task];
                let (kind, last) = (running.kind.clone(), running.last());
                if last == Last::Paused && kind == Kind::Run {
                    let answer =
                        self.start(&self.processes[process], platform, Kind::Resume(Decision::Ledger));
                    self.processes[process].tasks.extend(answer);
                }
                all_in_step &= kind == Kind::Run && last == Last::InStep;
                task += 1;
            }
        }
        Ok(all_in_step)
    }

    /// Lets a task go on until it rests; how it ended, if it has.
    pub(super) fn one_cycle(&mut self, process: usize, task: usize) -> Checked<Option<Last>> {
        for _ in 0..CYCLE_MAX {
            let count = self.processes[process].tasks.len();
            let verdict = self.plainly(process, task);
            let last = self.let_go(process, task, verdict)?;
            if self.processes[process].tasks.len() < count {
                return Ok(Some(last));
            }
            if self.processes[process].tasks[task].is_resting() {
                return Ok(None);
            }
        }
        Err(Violation::new(5, "a cycle never ends"))
    }
}
