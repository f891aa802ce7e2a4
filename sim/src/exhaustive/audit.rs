//! The auditor: what must hold after every step, and what must come to hold when bots rest and the network works.

use onepurse_core::{Amount, EntryKind};
use onepurse_sync::Progress;

use super::{
    config::Setting,
    database::{Capture, Comparing, minus, plus},
    engine::{Next, Working},
    log::{Key, Log},
    step::fails,
    told::Told,
    words::{EVERYONE, PEOPLE, Person},
    world::World,
};

/// Cycles that it may take until all are in step. After a ledger was put back it takes three.
const CYCLES_MAX: usize = 8;

/// What must hold at any moment.
pub(super) fn check(world: &World) -> Option<&'static str> {
    log(&world.ledger).or_else(|| (0..2).find_map(|platform| database(world, platform)))
}

fn log(log: &Log) -> Option<&'static str> {
    let (mut keys, mut sums) = (0_u32, [Amount::ZERO; EVERYONE]);
    for entry in &log.entries {
        if let Key::Event(event) = &entry.key {
            if keys & event.bit() != 0 {
                let is_opening = entry.kind == EntryKind::Opening;
                return Some(if is_opening {
                    "an identity is opened twice"
                } else {
                    "a key is in the log twice"
                });
            }
            keys |= event.bit();
        }
        let sum = &mut sums[entry.purse];
        *sum = plus(*sum, entry.delta);
        if *sum != entry.balance {
            return Some("a balance is not the sum of its entries");
        }
    }
    let captured = log.events().fold(Amount::ZERO, |sum, (_, event)| plus(sum, event.delta));
    let is_conserved = sums == log.balances && sums.into_iter().fold(Amount::ZERO, plus) == captured;
    (!is_conserved).then_some("coins came or went in the ledger")
}

fn database(world: &World, platform: usize) -> Option<&'static str> {
    let database = world.database(platform);
    let capture = database.capture.as_ref()?;
    let told = Told::by(capture.cursor);
    if capture.kept.iter().any(|kept| !told.has(&kept.event)) {
        return Some("a row is included, and its entry is not at or below the cursor");
    }
    if capture.outbox.iter().any(|event| told.has(event)) {
        return Some("a row is not included, and its entry is at or below the cursor");
    }
    (0..PEOPLE).find_map(|nth| {
        let known = capture.people[nth].unwrap_or_default();
        if !capture.resync && known.stored != told.balance(Person::of(platform, nth)) {
            return Some("what is stored is not the ledger's balance at the cursor");
        }
        let is_waived = known.todo || !known.opened || capture.compare != Comparing::No;
        let row = database.rows[nth].filter(|_| !is_waived)?;
        (row != capture.expected(nth, &known)).then_some(
            "a row shows other than the balance at the cursor, and own rows not included, less what is held",
        )
    })
}

/// How it ends when nothing more happens but engines' cycles.
pub(super) enum Rest {
    Converged,
    /// An operator has to say which of two databases is the platform's.
    Asks,
    Violated(String),
}

/// Lets the engines that ship work until a round of cycles changes nothing any more, and looks at what there is then.
pub(super) fn rest(world: &World, setting: &Setting) -> Rest {
    let mut world = world.clone();
    match work(&mut world, setting) {
        Err(violation) => Rest::Violated(violation),
        Ok(false) => Rest::Asks,
        Ok(true) => {
            let found = (0..setting.config.platforms).find_map(|platform| converged(&world, platform));
            found.map_or(Rest::Converged, |violation| Rest::Violated(violation.to_owned()))
        }
    }
}

/// Lets the engines work until a round of cycles changes nothing any more; false where an operator is asked.
pub(super) fn work(world: &mut World, setting: &Setting) -> Result<bool, String> {
    for _ in 0..CYCLES_MAX {
        let before = world.durable();
        for platform in 0..setting.config.platforms {
            if let Progress::Paused(_) = cycle(world, setting, platform)? {
                return Ok(false);
            }
        }
        if world.durable() == before {
            return Ok(true);
        }
    }
    Err("engines never come to rest".to_owned())
}

fn cycle(world: &mut World, setting: &Setting, platform: usize) -> Result<Progress, String> {
    let (mut engine, mut next) = Working::begin(setting, platform, false, world.now_ms());
    loop {
        match next {
            Next::Asks(call) => {
                let said = world.perform(setting, platform, &call);
                if let Some(violation) = check(world) {
                    return Err(violation.to_owned());
                }
                next = engine.hear(said, world.now_ms());
            }
            Next::Ends(progress) => return Ok(progress),
            Next::Fails(error) => return Err(fails(&error)),
        }
    }
}

/// Everything captured is in the ledger, everything in the ledger is in the rows, and nothing is forgotten.
fn converged(world: &World, platform: usize) -> Option<&'static str> {
    let database = world.database(platform);
    let Some(capture) = &database.capture else { return Some("quiet, and capture is not in") };
    if capture.remembered & !world.ledger.keys() != 0 {
        return Some("LOST: what a database remembers capturing is not in the ledger");
    }
    if !capture.outbox.is_empty() {
        return Some("quiet, and a row is not included");
    }
    if world.ledger.registered[platform] != Some(capture.replica) {
        return Some("quiet, and the replica is not registered");
    }
    (0..PEOPLE).find_map(|nth| shown(world, capture, platform, nth))
}

fn shown(world: &World, capture: &Capture, platform: usize, nth: usize) -> Option<&'static str> {
    let balance = world.ledger.balance(Person::of(platform, nth));
    let known = capture.people[nth].unwrap_or_default();
    if known.stored != balance {
        return Some("quiet, and what is stored is not the ledger's balance");
    }
    let row = world.database(platform).rows[nth]?;
    if row != minus(balance, known.held) {
        return Some("quiet, and a row does not show the ledger's balance");
    }
    let is_held_for_nothing = !known.held.is_zero() && balance >= Amount::ZERO;
    is_held_for_nothing.then_some("quiet, and a balance is held that could be shown")
}
