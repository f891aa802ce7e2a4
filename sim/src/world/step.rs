//! One step: who goes on, and what becomes of it.

use super::{
    World,
    faults::Fault,
    task::{Kind, Last, Task},
};
use crate::{
    auditor::Checked,
    gate::{Point, Verdict},
};

/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Next {
    Engine,
    Bot,
    Link,
    LateMessage,
    Start,
    Trouble,
    Operator,
    Quiet,
}

/// How often each is next, as long as it can be.
const NEXT: &[(u32, Next)] = &[
    (6_400, Next::Engine),
    (2_800, Next::Bot),
    (120, Next::Link),
    (60, Next::LateMessage),
    (400, Next::Start),
    (160, Next::Trouble),
    (90, Next::Operator),
    (6, Next::Quiet),
];

/// The calls that write to a replica.
const WRITING: [&str; 11] =
    ["attach", "mend", "detach", "apply", "rewind", "forget", "settle", "ask", "decide", "resolve", "tidy"];

impl World {
    pub(super) fn take_step(&mut self) -> Checked {
        let passed = self.dice.between(0, 30);
        self.time.pass(passed);
        self.take_next()?;
        self.step_people()?;
        self.step_rejected()
    }

    fn take_next(&mut self) -> Checked {
        match self.dice.weighted(NEXT).unwrap_or(Next::Engine) {
            Next::Engine => self.step_engine(),
            Next::Bot => self.step_bot(),
            Next::Link => self.step_link(),
            Next::LateMessage => self.step_late_message(),
            Next::Start => {
                self.step_start();
                Ok(())
            }
            Next::Trouble => {
                self.step_trouble();
                Ok(())
            }
            Next::Operator => self.step_operator(),
            Next::Quiet => self.quiet(),
        }
    }

    /// Some engine goes on from where it waits.
    fn step_engine(&mut self) -> Checked {
        let waiting: Vec<(u32, (usize, usize))> = self
            .processes
            .iter()
            .enumerate()
            .flat_map(|(p, process)| process.tasks.iter().enumerate().map(move |(t, task)| (p, t, task)))
            .map(|(p, t, task)| {
                (if task.is_resting() && task.last() == Last::InStep { 1 } else { 4 }, (p, t))
            })
            .collect();
        let Some((process, task)) = self.dice.weighted(&waiting) else { return Ok(()) };
        let Some(point) = self.processes[process].tasks[task].gate.waiting() else { return Ok(()) };
        let Task { platform, ref kind, .. } = self.processes[process].tasks[task];
        // The moment at which a ledger put back does most harm, and which no world comes to by chance.
        if (kind, point) == (&Kind::Detach, Point::Request("register")) && self.dice.chance(250) {
            return self.overtake_put_back();
        }
        let verdict = self.judge(point, platform);
        self.let_go(process, task, verdict).map(drop)
    }

    /// What becomes of the call that an engine is about to make.
    fn judge(&mut self, point: Point, platform: usize) -> Verdict {
        let home = &self.platforms[platform];
        let is_lost = match point {
            Point::Request(_) => home.cut_off || self.ledger_down,
            Point::Replica(_) => home.dead,
            Point::Answer(_) | Point::Rest => false,
        };
        if is_lost {
            return Verdict::Lose;
        }
        let looks = if self.dice.chance(600) { self.dice.between(0, 12) } else { self.dice.between(0, 150) };
        let is_writing = match point {
            Point::Replica(call) => WRITING.contains(&call),
            Point::Request(call) => matches!(call, "append" | "register"),
            Point::Answer(_) | Point::Rest => false,
        };
        let (cut, die) = if is_writing { (30, 25) } else { (2, 2) };
        match (point, self.dice.below(1_000)) {
            (Point::Request(_) | Point::Answer(_), 0..8) => Verdict::Lose,
            (Point::Request(_) | Point::Replica(_), at) if (8..8 + cut).contains(&at) => Verdict::Cut(looks),
            (Point::Request(_) | Point::Replica(_), at) if (8 + cut..8 + cut + die).contains(&at) => {
                Verdict::Die(looks)
            }
            _ => Verdict::Go,
        }
    }

    /// Lets a task go on with this verdict, and has the auditor look at what it did; returns how its last cycle ended.
    pub(super) fn let_go(&mut self, process: usize, task: usize, verdict: Verdict) -> Checked<Last> {
        let running = &mut self.processes[process].tasks[task];
        let (platform, kind) = (running.platform, running.kind.clone());
        let before = running.gate.waiting();
        running.gate.decide(verdict);
        let ended = running.poll();
        let (made, said, last) = (running.gate.take_made(), running.gate.take_said(), running.last());
        let (name, program) = (self.platforms[platform].name.clone(), process + 1);
        let has_rested = self.processes[process].tasks[task].is_resting() || ended;
        self.tell(|| {
            let point = before.map_or_else(|| "begins".to_owned(), |point| point.to_string());
            let after = if has_rested { format!("; its cycle ends: {last:?}") } else { String::new() };
            let said = said.map(|said| format!(": {said}")).unwrap_or_default();
            format!("program {program}, {kind:?} {name}: {point}{verdict}{said}{after}")
        });
        let cut = self.processes[process].tasks[task].gate.take_cut();
        self.count(made, verdict, cut, &last);
        match made {
            Some(Point::Replica(call)) if WRITING.contains(&call) => self.auditor.called(platform, call)?,
            Some(Point::Request("append" | "link")) => drop(self.auditor.ledger_moved()?),
            _ => {}
        }
        if matches!(verdict, Verdict::Die(_)) {
            self.faults.count(if cut { Fault::CrashInside } else { Fault::Crash });
            self.crash(process);
        } else if ended {
            let ended = self.processes[process].tasks.swap_remove(task);
            self.ended(&ended);
            return Ok(ended.last());
        }
        Ok(last)
    }

    fn count(&mut self, made: Option<Point>, verdict: Verdict, cut: bool, last: &Last) {
        match (made, verdict) {
            (Some(Point::Request(_)), Verdict::Lose) => self.faults.count(Fault::LostRequest),
            (Some(Point::Answer(_)), Verdict::Lose) => self.faults.count(Fault::LostAnswer),
            (_, Verdict::Cut(_)) if cut => self.faults.count(Fault::CutOff),
            _ => {}
        }
        if matches!(made, Some(Point::Replica(_)))
            && matches!(last, Last::Failed(said) if said.contains("is busy"))
        {
            self.faults.count(Fault::Busy);
        }
    }

    fn ended(&mut self, task: &Task) {
        if let (Kind::Detach, Last::Ended(done)) = (&task.kind, task.last()) {
            // Where it could not be done, the platform goes on as before.
            self.platforms[task.platform].wanted = !done;
        }
    }

    /// Some bot does something.
    fn step_bot(&mut self) -> Checked {
        let platform = self.dice.below(self.platforms.len());
        let which = usize::from(self.dice.chance(200));
        let home = &mut self.platforms[platform];
        if home.bots[which].is_open() && self.dice.chance(10) {
            self.faults.count(Fault::BotDied);
            home.bots[which].end();
            let name = home.name.clone();
            self.tell(|| format!("{name}'s bot {} dies", which + 1));
            return Ok(());
        }
        let is_contended = home.bots[1 - which].is_open();
        let deed = home.bots[which].choose(&mut self.dice);
        let done = home.bots[which].perform(deed, &mut self.dice, is_contended)?;
        let name = home.name.clone();
        self.tell(|| format!("{name}'s bot {}: {}", which + 1, done.story));
        if !done.committed.is_empty() {
            self.auditor.committed(platform, &done.committed)?;
        }
        Ok(())
    }
}
