//! A step from one world to the next.

use std::sync::Arc;

use super::{
    act::Act,
    bot,
    config::Setting,
    engine::{Engines, Next},
    words::{Call, Person, Said},
    world::World,
};

/// What cannot be: the engine that ships fails, or makes of its answers what it should not.
pub(super) fn fails(error: &str) -> String {
    format!("an engine fails though nothing was lost: {error}")
}

/// The world after a step, or what is wrong.
pub(super) fn step(
    world: &World,
    act: Act,
    setting: &Setting,
    engines: &mut Engines,
) -> Result<World, String> {
    let mut next = world.clone();
    match act {
        Act::Call { platform, engine } => call(&mut next, platform, engine, setting, engines)?,
        Act::Lose { platform, engine, arrives } => {
            let Next::Asks(call) = &world.sides[platform].engines[engine].next else {
                return Err(fails("it waits for nothing"));
            };
            if arrives {
                next.perform(setting, platform, call);
            } else if let Call::Append(events) = call {
                next.remember_sent(platform, events);
            }
            tell(&mut next, platform, engine, Said::Lost, engines)?;
        }
        Act::Crash { platform, engine } => next.sides[platform].engines[engine] = engines.idle(platform),
        Act::Link(identities) => {
            next.left.links -= 1;
            next.links += 1;
            let (era, nth) = (next.era, next.links);
            let linked = Arc::make_mut(&mut next.ledger).link(setting, era, nth, identities);
            linked.map_err(|rejection| format!("a link that the rules allow is refused: {rejection}"))?;
        }
        Act::Repeat(at) => {
            next.left.repeats -= 1;
            let (platform, events) = next.sent[at].clone();
            next.append(setting, platform, &events);
            if next.left.repeats == 0 {
                next.sent.clear();
            }
        }
        Act::BackUp(platform) => next.sides[platform].backup = Some(next.sides[platform].database.clone()),
        Act::Restore(platform) => {
            next.left.replica_restores[platform] -= 1;
            if let Some(backup) = next.sides[platform].backup.take() {
                next.sides[platform].database = backup;
            }
        }
        Act::BackUpLedger => next.ledger_backup = Some(next.ledger.clone()),
        Act::RestoreLedger => {
            next.left.ledger_restores -= 1;
            next.era += 1;
            if let Some(backup) = next.ledger_backup.take() {
                next.ledger = backup;
            }
        }
        Act::Age => {
            next.left.ages -= 1;
            next.ages += 1;
            // It is too old now: nobody would put it back.
            next.ledger_backup = None;
        }
        Act::Write { .. } | Act::Insert { .. } | Act::Delete(_) => bot(&mut next, act, setting.config.clamps),
    }
    Ok(next)
}

fn call(
    world: &mut World,
    platform: usize,
    engine: usize,
    setting: &Setting,
    engines: &mut Engines,
) -> Result<(), String> {
    let transcript = world.sides[platform].engines[engine].clone();
    let Next::Asks(call) = &transcript.next else {
        return Err(fails("it waits for nothing"));
    };
    let said = world.perform(setting, platform, call);
    tell(world, platform, engine, said, engines)
}

/// The engine hears, and goes on. One that was told of a loss gives its cycle up.
fn tell(
    world: &mut World,
    platform: usize,
    engine: usize,
    said: Said,
    engines: &mut Engines,
) -> Result<(), String> {
    let was_lost = said == Said::Lost;
    let before = world.sides[platform].engines[engine].clone();
    let after = engines.told(platform, &before, world.heard(said));
    world.sides[platform].engines[engine] = match &after.next {
        Next::Fails(_) if was_lost => engines.idle(platform),
        Next::Fails(error) => return Err(fails(error)),
        _ => after,
    };
    Ok(())
}

fn bot(world: &mut World, act: Act, clamps: bool) {
    match act {
        Act::Write { person, is_plus, is_early } => {
            world.left.writes -= 1;
            world.left.early -= u8::from(is_early);
            let delta = if is_plus { Some(world.next_amount()) } else { taken(world, person, clamps) };
            let Some(delta) = delta else { return };
            let event = world.event(person, false, delta, is_early);
            world.database_mut(person.platform()).write(event);
        }
        Act::Insert { person, is_empty } => {
            world.left.inserts -= 1;
            let value = if is_empty { onepurse_core::Amount::ZERO } else { world.next_amount() };
            let event = world.event(person, true, value, false);
            world.database_mut(person.platform()).insert(person, event);
        }
        Act::Delete(person) => {
            world.left.deletes -= 1;
            world.database_mut(person.platform()).delete(person);
        }
        _ => {}
    }
}

/// What a bot takes away: an amount of its own, or all that there is.
fn taken(world: &World, person: Person, clamps: bool) -> Option<onepurse_core::Amount> {
    if clamps {
        world.database(person.platform()).rows[person.nth()].and_then(bot::all_of)
    } else {
        world.next_amount().checked_neg()
    }
}
