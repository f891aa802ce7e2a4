//! From commands to a world in which they happen.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::EventKey;

use super::command::{Command, Line, Person, Place, Platform, Scenario};
use crate::{
    auditor::Violation,
    bugs::Bug,
    world::{Options, World},
};

/// Where a performance ended badly.
pub(super) struct Ended {
    pub(super) line: usize,
    pub(super) what: String,
    pub(super) story: Vec<String>,
}

/// Why it did: a broken invariant in words, or what was seen and what is expected.
struct Unlike(String);

impl From<Violation> for Unlike {
    fn from(violation: Violation) -> Self {
        Self(violation.to_string())
    }
}

/// A world, and what is known of it.
struct Stage<'a> {
    scenario: &'a Scenario,
    world: World,
    /// What `step` with a range stands for this time.
    calls: u32,
    /// Platforms that are known to wait for an answer.
    waiting: BTreeSet<Platform>,
    /// The first entry of each order that has a name.
    done: BTreeMap<String, i64>,
}

/// Performs it in a world of its own, where `step` with a range stands for `calls`.
pub(super) fn perform(scenario: &Scenario, calls: u32, bug: Option<Bug>) -> Result<(), Ended> {
    let options = Options { seed: u64::from(calls), steps: 0, is_told: true, bug };
    let world = World::of_platforms(options, scenario.platforms.clone()).map_err(|violation| Ended {
        line: 1,
        what: violation.to_string(),
        story: vec![],
    })?;
    let mut stage = Stage { scenario, world, calls, waiting: BTreeSet::new(), done: BTreeMap::new() };
    for line in &scenario.lines {
        if let Err(Unlike(what)) = stage.take(line) {
            return Err(Ended { line: line.number, what, story: stage.world.into_story() });
        }
    }
    Ok(())
}

impl Stage<'_> {
    fn take(&mut self, line: &Line) -> Result<(), Unlike> {
        self.world.hear(&line.text);
        self.perform(&line.command)?;
        Ok(self.world.look_around()?)
    }

    fn perform(&mut self, command: &Command) -> Result<(), Unlike> {
        match command {
            Command::Bot { platform, sql, is_refused } => {
                return as_expected(self.world.say(*platform, sql)?, *is_refused);
            }
            Command::Rest => return self.rest(),
            Command::Link { stays, joins, is_refused } => {
                return as_expected(self.world.link_people(&stays.identity, &joins.identity)?, *is_refused);
            }
            Command::Unlink { who, is_refused } => {
                return as_expected(self.world.unlink_person(&who.identity)?, *is_refused);
            }
            Command::Forget { who, is_refused } => {
                return as_expected(self.world.forget_person(who.platform, &who.identity)?, *is_refused);
            }
            Command::Code(who) => self.world.give_code(&who.identity)?,
            Command::Redeem { by, maker, is_refused } => {
                let refused = self.world.type_code(&by.identity, &maker.identity)?;
                return as_expected(refused, *is_refused);
            }
            Command::Order { deed, name, is_refused } => {
                let key = name.as_deref().map_or_else(|| self.world.new_key(), EventKey::of_order);
                let order = deed.order(key, &self.done).map_err(Unlike)?;
                let refused = match self.world.fill(&order)? {
                    Ok(seq) => {
                        self.done.extend(name.clone().map(|name| (name, seq)));
                        None
                    }
                    Err(why) => Some(why),
                };
                return as_expected(refused, *is_refused);
            }
            Command::UndoOverdrafts => self.world.undo_overdrafts()?,
            Command::CutOff(platform) => self.world.set_cut_off(*platform, true),
            Command::Reconnect(platform) => self.world.set_cut_off(*platform, false),
            Command::LedgerDown => self.world.set_ledger_down(true),
            Command::LedgerUp => self.world.set_ledger_down(false),
            Command::RegisterAgain => self.world.register_again()?,
            Command::Kill => self.world.kill(),
            Command::Start => self.world.start_again(),
            Command::BackUp(Place::Ledger) => self.world.back_up_ledger()?,
            Command::BackUp(Place::Platform(platform)) => self.world.back_up_replica(*platform)?,
            Command::PutBack(Place::Ledger) => self.world.put_back_last_ledger()?,
            Command::PutBack(Place::Platform(platform)) => self.world.put_back_last_replica(*platform)?,
            Command::Remake(platform) => self.world.remake(*platform)?,
            Command::DropTriggers(platform) => self.world.lose_triggers(*platform)?,
            Command::BeginDetach(platform) => self.world.begin_to_detach(*platform)?,
            Command::Days(days) => self.world.let_days_pass(*days),
            Command::Detach(platform) => self.world.detach_wholly(*platform)?,
            Command::Attach(platform, decision) => self.world.attach_again(*platform, *decision)?,
            Command::Resume(platform, decision) => {
                self.waiting.remove(platform);
                self.world.resume_wholly(*platform, *decision)?;
            }
            Command::Step(range) => {
                let calls = if range.start() == range.end() { *range.start() } else { self.calls };
                self.world.step_engines(calls)?;
            }
            Command::Show(who, coins) => return self.show(who, Some(*coins)),
            Command::Absent(who) => return self.show(who, None),
            Command::Purse(who, coins) => return self.purse(who, *coins),
            Command::Paused(platform) => {
                self.waiting.insert(*platform);
                return self.rest();
            }
        }
        Ok(())
    }

    /// Those who are known to wait for an answer do, and nobody else does.
    fn rest(&mut self) -> Result<(), Unlike> {
        let waiting = self.world.come_to_rest()?;
        let named = |platform: &Platform| &self.scenario.platforms[*platform].0;
        if let Some(platform) = waiting.difference(&self.waiting).next() {
            return Err(Unlike(format!("{} waits for an answer", named(platform))));
        }
        match self.waiting.difference(&waiting).next() {
            Some(platform) => {
                Err(Unlike(format!("{} does not wait for an answer, and is expected to", named(platform))))
            }
            None => Ok(()),
        }
    }

    fn show(&self, who: &Person, expected: Option<i64>) -> Result<(), Unlike> {
        let shown = self.world.shown(who.platform, &who.id)?;
        let words = |coins: Option<i64>| coins.map_or_else(|| "no row".to_owned(), |coins| coins.to_string());
        if shown == expected {
            return Ok(());
        }
        Err(Unlike(format!("{who} shows {}, and {} is expected", words(shown), words(expected))))
    }

    fn purse(&self, who: &Person, expected: i64) -> Result<(), Unlike> {
        match self.world.purse(&who.identity)? {
            Some(coins) if coins == expected => Ok(()),
            Some(coins) => Err(Unlike(format!("the purse of {who} has {coins}, and {expected} is expected"))),
            None => Err(Unlike(format!("{who} has no purse, and {expected} is expected"))),
        }
    }
}

/// Whether something was refused, and was expected to be.
fn as_expected(refused: Option<String>, is_refused: bool) -> Result<(), Unlike> {
    match (refused, is_refused) {
        (None, true) => Err(Unlike("this is done, and is expected to fail".to_owned())),
        (Some(why), false) => Err(Unlike(format!("this fails: {why}"))),
        _ => Ok(()),
    }
}
