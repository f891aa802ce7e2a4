//! From commands to what happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use onepurse_core::{EventKey, LinkCode};
use onepurse_sync::{Progress, SyncError, operate};
use sim::scenario::command::{Command, Person, Place, Scenario};

use crate::house::House;

/// How often engines go on before they have to be in step.
const ROUNDS_MAX: usize = 300;
/// How long an engine lets a bot be that holds what it wants.
const REST: Duration = Duration::from_millis(5);

struct Stage {
    house: House,
    /// Platforms that cannot reach the ledger.
    cut_off: BTreeSet<usize>,
    /// Platforms that are known to wait for an answer.
    waiting: BTreeSet<usize>,
    /// The last code that each was given.
    codes: BTreeMap<String, LinkCode>,
    /// The first entry of each order that has a name.
    done: BTreeMap<String, i64>,
}

/// Performs it; where it ended otherwise, and what was seen.
pub(crate) async fn perform(scenario: &Scenario) -> Result<(), String> {
    let house = House::new(&scenario.platforms).await;
    let (cut_off, waiting) = (BTreeSet::new(), BTreeSet::new());
    let mut stage = Stage { house, cut_off, waiting, codes: BTreeMap::new(), done: BTreeMap::new() };
    for line in &scenario.lines {
        stage.take(&line.command).await.map_err(|what| format!("{}: {what}: {}", line.number, line.text))?;
    }
    stage.house.verify().await
}

impl Stage {
    async fn take(&mut self, command: &Command) -> Result<(), String> {
        let house = &mut self.house;
        match command {
            Command::Bot { platform, sql, is_refused } => {
                return as_expected(house.say(*platform, sql).await, *is_refused);
            }
            Command::Link { stays, joins, is_refused } => {
                return as_expected(house.link(&stays.identity, &joins.identity).await, *is_refused);
            }
            Command::Unlink { who, is_refused } => {
                return as_expected(house.unlink(&who.identity).await, *is_refused);
            }
            Command::Forget { who, is_refused } => {
                let done = self.forget(who).await;
                return as_expected(done, *is_refused);
            }
            Command::Code(who) => {
                let code = house.code(&who.identity).await;
                self.codes.insert(who.identity.clone(), code);
            }
            Command::Redeem { by, maker, is_refused } => {
                let code = self.codes.get(&maker.identity).ok_or("they were given no code")?;
                return as_expected(house.redeem(&by.identity, code).await, *is_refused);
            }
            Command::Order { deed, name, is_refused } => {
                let key = name.as_deref().map_or_else(|| house.new_key(), EventKey::of_order);
                let done = house.order(deed.order(key, &self.done)?).await;
                if let (Ok(seq), Some(name)) = (&done, name) {
                    self.done.insert(name.clone(), *seq);
                }
                return as_expected(done.map(drop), *is_refused);
            }
            Command::Rest => return self.rest().await,
            Command::UndoOverdrafts => house.undo_overdrafts().await,
            Command::CutOff(platform) => self.cut_off([*platform]),
            Command::Reconnect(platform) => self.reconnect([*platform]),
            Command::LedgerDown => self.cut_off(0..self.house.homes.len()),
            Command::LedgerUp => self.reconnect(0..self.house.homes.len()),
            Command::Kill => house.homes.iter_mut().for_each(|home| home.engine = None),
            Command::Start => self.start(),
            Command::BackUp(Place::Ledger) => house.ledger_place.back_up(),
            Command::BackUp(Place::Platform(platform)) => house.homes[*platform].place.back_up(),
            Command::PutBack(Place::Ledger) => house.ledger_place.put_back(),
            Command::PutBack(Place::Platform(platform)) => house.homes[*platform].place.put_back(),
            Command::Remake(platform) => {
                let create = house.homes[*platform].shape.create;
                return house.say(*platform, &format!("DROP TABLE users; {create}")).await;
            }
            Command::DropTriggers(platform) => return self.drop_triggers(*platform).await,
            Command::Detach(platform) => return self.detach(*platform).await,
            Command::Attach(platform, decision) => {
                house.homes[*platform].wanted = true;
                house.start(*platform, *decision);
            }
            Command::Resume(platform, decision) => {
                let engine = house.homes[*platform].engine.as_mut().ok_or("it does not run")?;
                let answered = operate::resume(engine, *decision).await.map_err(|error| error.to_string())?;
                self.waiting.remove(platform);
                answered.ok_or("it does not wait for an answer")?;
            }
            Command::Show(who, coins) => return self.show(who, Some(*coins)).await,
            Command::Absent(who) => return self.show(who, None).await,
            Command::Purse(who, coins) => {
                let has = house.purse(&who.identity).await;
                return seen("the purse", has, Some(*coins));
            }
            Command::Paused(platform) => {
                self.waiting.insert(*platform);
                return self.rest().await;
            }
            Command::RegisterAgain | Command::BeginDetach(_) | Command::Days(_) | Command::Step(_) => {
                return Err("only a simulated world can do this".to_owned());
            }
        }
        Ok(())
    }

    /// Every engine goes on until all are in step, or wait for an answer, twice in a row; whoever cannot reach the ledger
    /// does what can be done without it.
    async fn rest(&mut self) -> Result<(), String> {
        let mut quiet = 0;
        for _ in 0..ROUNDS_MAX {
            quiet = if self.round().await? { quiet + 1 } else { 0 };
            if quiet == 2 {
                return Ok(());
            }
        }
        Err("they do not come to be in step".to_owned())
    }

    async fn round(&mut self) -> Result<bool, String> {
        let mut is_quiet = true;
        for (at, home) in self.house.homes.iter_mut().enumerate() {
            let Some(engine) = &mut home.engine else { continue };
            let is_waiting = self.waiting.contains(&at);
            is_quiet &= match engine.cycle().await {
                Ok(Progress::InStep) if is_waiting => {
                    return Err(format!("{} does not wait for an answer", home.name));
                }
                Ok(Progress::InStep) => true,
                Ok(Progress::Paused(_)) if is_waiting => true,
                Ok(Progress::Paused(question)) => return Err(format!("{} waits: {question}", home.name)),
                Ok(Progress::Again) => false,
                Ok(Progress::Lingering) => {
                    tokio::time::sleep(REST).await;
                    false
                }
                Err(SyncError::Ledger(error)) if error.is_retryable() => self.cut_off.contains(&at),
                Err(error) if error.is_busy() || is_put_back(&error) => {
                    tokio::time::sleep(REST).await;
                    false
                }
                Err(error) => return Err(format!("{}: {error}", home.name)),
            };
        }
        Ok(is_quiet)
    }

    fn cut_off(&mut self, platforms: impl IntoIterator<Item = usize>) {
        for at in platforms {
            self.house.homes[at].way.refuse();
            self.cut_off.insert(at);
        }
    }

    fn reconnect(&mut self, platforms: impl IntoIterator<Item = usize>) {
        for at in platforms {
            self.house.homes[at].way.mend();
            self.cut_off.remove(&at);
        }
    }

    fn start(&mut self) {
        for at in 0..self.house.homes.len() {
            if self.house.homes[at].wanted {
                self.house.start(at, None);
            }
        }
    }

    async fn drop_triggers(&mut self, at: usize) -> Result<(), String> {
        let name = &self.house.homes[at].name;
        let drop = format!(
            "DROP TRIGGER onepurse_{name}_change_1 ON users; DROP TRIGGER onepurse_{name}_row_1 ON users"
        );
        self.house.say(at, &drop).await
    }

    /// As the verb does it: their platform hears first, where it is attached.
    async fn forget(&mut self, who: &Person) -> Result<(), String> {
        self.house.part(&who.identity).await?;
        if self.house.homes[who.platform].wanted {
            let external = who.id.clone().try_into().map_err(|_| "nobody can be called so")?;
            let engine = self.house.homes[who.platform].engine.as_mut().ok_or("it does not run")?;
            let progress = operate::settle_down(engine, async || tokio::time::sleep(REST).await).await;
            if !matches!(progress, Ok(Progress::InStep)) {
                return Err(format!("{progress:?}"));
            }
            onepurse_sync::forget(engine, &external).await.map_err(|error| error.to_string())?;
        }
        self.house.erase(&who.identity).await
    }

    /// As the verb does it: everything is sent first.
    async fn detach(&mut self, at: usize) -> Result<(), String> {
        let home = &mut self.house.homes[at];
        let mut engine = home.engine.take().ok_or("it does not run")?;
        for _ in 0..ROUNDS_MAX {
            let progress = operate::settle_down(&mut engine, async || tokio::time::sleep(REST).await).await;
            if !matches!(progress, Ok(Progress::InStep)) {
                return Err(format!("{progress:?}"));
            }
            if operate::detach(&mut engine, false).await.map_err(|error| error.to_string())? {
                home.wanted = false;
                return Ok(());
            }
        }
        Err("it is never detached".to_owned())
    }

    async fn show(&mut self, who: &Person, expected: Option<i64>) -> Result<(), String> {
        let shown = self.house.shown(who.platform, &who.id).await;
        seen("the row", shown, expected)
    }
}

/// Whoever is connected to a database that was put back has lost that connection.
fn is_put_back(error: &SyncError) -> bool {
    matches!(error, SyncError::Replica(onepurse_replica::ReplicaError::Unavailable { .. }))
}

fn seen(what: &str, seen: Option<i64>, expected: Option<i64>) -> Result<(), String> {
    if seen == expected { Ok(()) } else { Err(format!("{what} has {seen:?}, and {expected:?} is expected")) }
}

fn as_expected(done: Result<(), String>, is_refused: bool) -> Result<(), String> {
    match (done, is_refused) {
        (Ok(()), true) => Err("this is done, and is expected to fail".to_owned()),
        (Err(why), false) => Err(format!("this fails: {why}")),
        _ => Ok(()),
    }
}
