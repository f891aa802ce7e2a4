//! A world that does as it is told, instead of what dice say.

use std::collections::BTreeSet;

use onepurse_core::{Asset, AssetName, ExternalId, OverdraftPolicy};
use onepurse_ledger::{Open, Records};
use onepurse_replica::Decision;

use super::{
    Options, World,
    build::open_ledger,
    people::People,
    quiet::ROUNDS_MAX,
    rejected::Counting,
    said,
    task::{self, Kind, Last, Task},
};
use crate::{
    auditor::{Checked, Violation},
    dice::Dice,
    gate::{Point, Verdict},
    shape::Shape,
};

/// The program that is told what to do.
const PROGRAM: usize = 0;
const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

impl World {
    /// A world of these platforms, with the program running.
    pub(crate) fn of_platforms(options: Options, platforms: Vec<(String, Shape)>) -> Checked<Self> {
        let (dice, people) = (Dice::new(options.seed, 0), People::new(options.seed));
        let counting = |all: &[Asset]| Counting::of(all, 0);
        let mut world = Self::of_shapes(options, dice, platforms, people, Default::default(), counting)?;
        world.step_start();
        Ok(world)
    }

    /// From now on what a bot spends below zero is undone.
    pub(crate) fn undo_overdrafts(&mut self) -> Checked {
        let coins = Asset::new(AssetName::default(), self.scale);
        let assets = vec![Asset { overdraft: OverdraftPolicy::Reverse, ..coins }];
        self.auditor.declared(&assets);
        task::now(self.post.declare(assets)).map_err(|error| Violation::new(0, error.to_string()))
    }

    /// A line of the scenario begins.
    pub(crate) fn hear(&mut self, line: &str) {
        self.step += 1;
        self.time.pass(1);
        self.tell(|| format!("> {line}"));
    }

    /// Everything that must always hold, holds.
    pub(crate) fn look_around(&mut self) -> Checked {
        self.auditor.ledger_moved()?;
        (0..self.platforms.len()).try_for_each(|platform| self.auditor.committed(platform, &[]))
    }

    /// What happened so far, and who thinks what now.
    pub(crate) fn into_story(self) -> Vec<String> {
        let portrait = self.auditor.portrait();
        self.trace.into_lines().into_iter().chain(portrait).collect()
    }

    /// A bot executes a statement; returns why its database refused it.
    pub(crate) fn say(&mut self, platform: usize, sql: &str) -> Checked<Option<String>> {
        let said = self.platforms[platform].bots[0].say(sql)?;
        if !said.committed.is_empty() {
            self.auditor.committed(platform, &said.committed)?;
        }
        Ok(said.refused)
    }

    /// What a bot's row shows.
    pub(crate) fn shown(&self, platform: usize, id: &str) -> Checked<Option<i64>> {
        let rows = self.auditor.platforms[platform].eye.rows()?;
        Ok(rows.get(&("coins".to_owned(), id.to_owned())).and_then(|row| row.units))
    }

    /// What the ledger answers whoever asks it for someone's purse.
    pub(crate) fn purse(&self, identity: &str) -> Checked<Option<i64>> {
        let odd = |error: &dyn std::fmt::Display| Violation::new(0, format!("{identity}: {error}"));
        let ledger =
            open_ledger(&self.folder.path().join("ledger.db"), Open::Existing, &self.ledger_machine)?;
        let who = said::identity(identity)?;
        let purse = task::now(ledger.purse_of(who)).map_err(|error| odd(&error))?;
        Ok(purse.map(|purse| purse.balances.get(&AssetName::default()).map_or(0, |coins| coins.units())))
    }

    /// A platform's engine can reach the ledger, or cannot.
    pub(crate) fn set_cut_off(&mut self, platform: usize, cut_off: bool) {
        self.platforms[platform].cut_off = cut_off;
    }

    /// Anyone can reach the ledger, or no one can.
    pub(crate) fn set_ledger_down(&mut self, down: bool) {
        self.ledger_down = down;
    }

    /// The program dies where it is.
    pub(crate) fn kill(&mut self) {
        self.processes[PROGRAM].wanted = false;
        self.crash(PROGRAM);
    }

    /// The program runs, with all its engines.
    pub(crate) fn start_again(&mut self) {
        self.processes[PROGRAM].wanted = true;
        self.step_start();
    }

    /// The last backup of a platform's database takes its place.
    pub(crate) fn put_back_last_replica(&mut self, platform: usize) -> Checked {
        let backup = self.platforms[platform].backups.last().cloned();
        let (from, memory) = backup.ok_or_else(|| Violation::new(0, "there is no backup of it"))?;
        self.put_back_replica(platform, &from, memory)
    }

    /// The last backup of the ledger takes its place, under the programs that run.
    pub(crate) fn put_back_last_ledger(&mut self) -> Checked {
        let backup = self.ledger_backups.last().cloned();
        self.put_back_ledger(backup.ok_or_else(|| Violation::new(0, "there is no backup of it"))?)
    }

    /// A bot drops its table and makes it again.
    pub(crate) fn remake(&mut self, platform: usize) -> Checked {
        self.needs_told_apart(platform)?;
        self.remake_table(platform)
    }

    /// Somebody drops the triggers of a platform.
    pub(crate) fn lose_triggers(&mut self, platform: usize) -> Checked {
        self.needs_told_apart(platform)?;
        self.drop_triggers(platform)
    }

    fn needs_told_apart(&self, platform: usize) -> Checked {
        let may = self.may_lose_capture(platform);
        if may { Ok(()) } else { Err(Violation::new(0, "nobody could say afterwards what its bot did")) }
    }

    /// An operator has a platform kept in step again, and says beforehand what becomes of differences.
    pub(crate) fn attach_again(&mut self, platform: usize, decision: Option<Decision>) -> Checked {
        if self.platforms[platform].wanted {
            return Err(Violation::new(0, "it is attached"));
        }
        self.attach_deciding(platform, decision);
        self.step_start();
        Ok(())
    }

    /// Time goes by, and nothing happens.
    pub(crate) fn let_days_pass(&mut self, days: u32) {
        self.time.pass(i64::from(days) * DAY_MS);
    }

    /// `detach` begins.
    pub(crate) fn begin_to_detach(&mut self, platform: usize) -> Checked {
        self.detach(platform);
        let begun = self.processes[PROGRAM].tasks.last().is_some_and(|task| task.kind == Kind::Detach);
        if begun { Ok(()) } else { Err(Violation::new(0, "the program does not run")) }
    }

    /// `detach`, to its end; what was begun before goes on.
    pub(crate) fn detach_wholly(&mut self, platform: usize) -> Checked {
        let is_its = |task: &Task| task.kind == Kind::Detach && task.platform == platform;
        if self.platforms[platform].wanted && !self.processes[PROGRAM].tasks.iter().any(is_its) {
            self.detach(platform);
        }
        if self.platforms[platform].wanted {
            self.finish(&Kind::Detach)?;
        }
        if self.platforms[platform].wanted {
            return Err(Violation::new(0, "it could not be detached"));
        }
        Ok(())
    }

    /// A platform's database hears of who has left their purse, and lets go of them; false where it cannot.
    pub(super) fn forget_below(&mut self, platform: usize, external: &ExternalId) -> Checked<bool> {
        if !self.begin_to_forget(platform, external) {
            return Ok(false);
        }
        self.finish(&Kind::Forget(external.clone()))
    }

    /// `resume`, to its end.
    pub(crate) fn resume_wholly(&mut self, platform: usize, decision: Decision) -> Checked {
        if !self.resume(platform, decision) {
            return Err(Violation::new(0, "it does not wait for an answer"));
        }
        self.finish(&Kind::Resume(decision)).map(drop)
    }

    /// Lets the verb that was begun last go on until it is through; whether it did what it was for.
    fn finish(&mut self, kind: &Kind) -> Checked<bool> {
        let tasks = &self.processes[PROGRAM].tasks;
        let begun = tasks.len().checked_sub(1).filter(|&last| tasks[last].kind == *kind);
        let task = begun.ok_or_else(|| Violation::new(0, "the program does not run"))?;
        for _ in 0..ROUNDS_MAX {
            self.time.pass(SECOND_MS);
            if let Some(last) = self.one_cycle(PROGRAM, task)? {
                return Ok(last == Last::Ended(true));
            }
        }
        Err(Violation::new(0, "it never ends"))
    }

    /// Each engine makes so many calls.
    pub(crate) fn step_engines(&mut self, calls: u32) -> Checked {
        for _ in 0..calls {
            let mut task = 0;
            while task < self.processes[PROGRAM].tasks.len() {
                let count = self.processes[PROGRAM].tasks.len();
                let verdict = self.plainly(PROGRAM, task);
                self.let_go(PROGRAM, task, verdict)?;
                // The place of a verb that has ended is taken by another.
                task += usize::from(self.processes[PROGRAM].tasks.len() == count);
            }
        }
        Ok(())
    }

    /// What becomes of a call where nothing is left to chance.
    pub(super) fn plainly(&self, process: usize, task: usize) -> Verdict {
        let task = &self.processes[process].tasks[task];
        match task.gate.waiting() {
            Some(Point::Request(_)) if !self.can_reach(task.platform) => Verdict::Lose,
            _ => Verdict::Go,
        }
    }

    fn can_reach(&self, platform: usize) -> bool {
        !self.ledger_down && !self.platforms[platform].cut_off
    }

    /// Everyone who can reach the ledger comes to be in step, or waits for an answer; returns those who wait.
    pub(crate) fn come_to_rest(&mut self) -> Checked<BTreeSet<usize>> {
        if !self.processes[PROGRAM].wanted {
            return Err(Violation::new(0, "the program does not run"));
        }
        let mut calm = 0;
        for _ in 0..ROUNDS_MAX {
            self.time.pass(SECOND_MS);
            let seen = self.auditor.books.head();
            let at_rest = self.everyone_goes_on()?;
            calm = if at_rest && self.auditor.books.head() == seen { calm + 1 } else { 0 };
            if calm == 2 {
                return self.audit_rest();
            }
        }
        let lasts: Vec<_> =
            self.processes[PROGRAM].tasks.iter().map(|task| (task.platform, task.last())).collect();
        Err(Violation::new(5, format!("they never come to rest: {lasts:?}")))
    }

    fn everyone_goes_on(&mut self) -> Checked<bool> {
        self.step_start();
        let mut at_rest = true;
        for task in 0..self.processes[PROGRAM].tasks.len() {
            self.one_cycle(PROGRAM, task)?;
            let task = &self.processes[PROGRAM].tasks[task];
            at_rest &= !self.can_reach(task.platform) || matches!(task.last(), Last::InStep | Last::Paused);
        }
        Ok(at_rest)
    }

    /// Those who are in step agree, and nothing is missing.
    fn audit_rest(&self) -> Checked<BTreeSet<usize>> {
        let with = |last: &Last| -> BTreeSet<usize> {
            let tasks = self.processes[PROGRAM].tasks.iter();
            tasks.filter(|task| task.last() == *last).map(|task| task.platform).collect()
        };
        let in_step = with(&Last::InStep);
        let audited: Vec<usize> = in_step.into_iter().filter(|&platform| self.can_reach(platform)).collect();
        self.auditor.quiet(audited.iter().copied())?;
        self.auditor.pruned(audited.into_iter())?;
        self.auditor.books.check_whole()?;
        Ok(with(&Last::Paused))
    }
}
