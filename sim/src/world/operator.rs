//! What operators do: start, stop, attach, detach, answer. What is done to files, by chance here too, is in `files`.

use onepurse_replica::Decision;

use super::{
    World,
    build::open_ledger,
    faults::Fault,
    files::put_in_place,
    task::{Kind, Last},
};
use crate::auditor::{Checked, Violation};

impl World {
    /// A program dies: all that was not durable is gone.
    pub(super) fn crash(&mut self, process: usize) {
        self.processes[process].tasks.clear();
        self.processes[process].ledger = None;
        self.tell(|| format!("program {} is dead", process + 1));
        if let Some(before) = self.plant.undone_by_crash() {
            let path = self.folder.path().join("ledger.db");
            let mirror = self.auditor.books.mirror.clone();
            // What cannot be put back stays as it is: the bug has then no effect this time.
            let _ = put_in_place(&before, &path).and_then(|()| self.auditor.books.restored(&path, mirror));
        }
    }

    /// Starts what should run and does not.
    pub(super) fn step_start(&mut self) {
        for process in 0..self.processes.len() {
            if !self.processes[process].wanted {
                continue;
            }
            if self.processes[process].ledger.is_none() {
                let path = self.folder.path().join("ledger.db");
                let machine = self.processes[process].machine.clone();
                machine.disk.disarm();
                let opened = if self.ledger_down {
                    Err(Violation::new(0, "the ledger is down"))
                } else {
                    open_ledger(&path, onepurse_ledger::Open::Existing, &machine)
                };
                self.tell(|| match &opened {
                    Ok(_) => format!("program {} starts", process + 1),
                    Err(why) => format!("program {} cannot start: {}", process + 1, why.what),
                });
                self.processes[process].ledger = opened.ok().map(std::sync::Arc::new);
            }
            self.start_missing(process);
        }
    }

    fn start_missing(&mut self, process: usize) {
        for platform in 0..self.platforms.len() {
            let is_detaching =
                |task: &super::task::Task| task.platform == platform && task.kind == Kind::Detach;
            let anywhere = self.processes.iter().any(|process| process.tasks.iter().any(is_detaching));
            let runs = |task: &super::task::Task| task.platform == platform && task.kind == Kind::Run;
            if self.platforms[platform].wanted && !anywhere && !self.processes[process].tasks.iter().any(runs)
            {
                let task = self.start(&self.processes[process], platform, Kind::Run);
                self.processes[process].tasks.extend(task);
            }
        }
    }

    /// An operator, or whoever has a hand on the files.
    pub(super) fn step_operator(&mut self) -> Checked {
        let platform = self.dice.below(self.platforms.len());
        // Whoever detached a platform wants it back before long, and what its bot did meanwhile is looked at then.
        if !self.platforms[platform].wanted && self.dice.chance(700) {
            self.attach(platform);
            return Ok(());
        }
        match self.dice.below(17) {
            0..3 => self.back_up_replica(platform),
            3..5 => self.restore_replica(platform),
            5..7 => self.back_up_ledger(),
            7..10 => {
                self.detach(platform);
                Ok(())
            }
            10..13 => {
                self.answer(platform);
                Ok(())
            }
            13 => self.remake_table(platform),
            14 => self.drop_triggers(platform),
            15 => self.wipe(platform),
            _ => self.restore_ledger(),
        }
    }

    pub(super) fn detach(&mut self, platform: usize) {
        if !self.platforms[platform].wanted || self.processes[0].ledger.is_none() {
            return;
        }
        for process in &mut self.processes {
            process.tasks.retain(|task| task.platform != platform);
        }
        let task = self.start(&self.processes[0], platform, Kind::Detach);
        self.processes[0].tasks.extend(task);
        self.faults.count(Fault::Detached);
        let name = self.platforms[platform].name.clone();
        self.tell(|| format!("detach {name}"));
    }

    fn attach(&mut self, platform: usize) {
        let (ledger, count) = (Some(Decision::Ledger), Some(Decision::Count));
        let decision = self.dice.pick(&[None, ledger, count, count]).flatten();
        self.attach_deciding(platform, decision);
    }

    pub(super) fn attach_deciding(&mut self, platform: usize, decision: Option<Decision>) {
        let home = &mut self.platforms[platform];
        (home.wanted, home.decision) = (true, decision);
        let name = home.name.clone();
        self.tell(|| format!("attach {name}, {decision:?}"));
    }

    /// Answers the question that a platform is paused with.
    fn answer(&mut self, platform: usize) {
        let decision = if self.dice.chance(800) { Decision::Ledger } else { Decision::Count };
        self.resume(platform, decision);
    }

    /// Begins to answer; false where there is no question.
    pub(super) fn resume(&mut self, platform: usize, decision: Decision) -> bool {
        for process in 0..self.processes.len() {
            let paused = |task: &super::task::Task| task.platform == platform && task.last() == Last::Paused;
            if self.processes[process].tasks.iter().any(paused) {
                let task = self.start(&self.processes[process], platform, Kind::Resume(decision));
                self.processes[process].tasks.extend(task);
                let name = self.platforms[platform].name.clone();
                self.tell(|| format!("resume {name} --{}", decision.as_str()));
                return true;
            }
        }
        false
    }
}
