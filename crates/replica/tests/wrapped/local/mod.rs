//! A bot's own store in Rust, wrapped: what its calls did is found by itself, and what came in arrives between them.

mod arrivals;
mod bank;
mod calls;
mod random;
mod schema;
mod threads;
mod trouble;

use std::{path::Path, time::Duration};

use onepurse_core::{Answer, AssetName, Question};
use onepurse_replica::{
    Decision, ReplicaError, View,
    wrap::{Place, Settings, Sidecar, Wrapped},
};

use super::{
    places::{Beside, Wrapped as _},
    telegram,
};
use crate::support::{coins, fixture::Fixture, wait, world::World};
use bank::Bank;

/// Longer than anything here takes.
const WITHIN: Duration = Duration::from_secs(30);
const AGAIN_AFTER: Duration = Duration::from_millis(5);

/// A sidecar that is attached, and of which nothing is known yet.
fn world() -> World<Beside> {
    let beside = Beside::new("");
    drop(beside.open());
    let mappings = Sidecar::mappings(&beside.place(), &telegram(), &[coins()]);
    World::with(beside, mappings)
}

fn settings(sidecar: &Path, answer: Option<Decision>) -> Settings {
    let sidecar = Place::File(sidecar.to_owned());
    Settings { platform: telegram(), sidecar, assets: vec![AssetName::default()], answer }
}

fn wrap(world: &World<Beside>, bank: &Bank) -> Wrapped<Bank> {
    onepurse_replica::wrap(bank.reopened(), settings(&world.bot.path(), None))
}

/// Waits until it is so.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let mut left = WITHIN;
    while !is() {
        left = left.checked_sub(AGAIN_AFTER).unwrap_or_else(|| panic!("never: {what}"));
        pause();
    }
}

#[allow(clippy::disallowed_methods, reason = "between two looks at a condition")]
fn pause() {
    std::thread::sleep(AGAIN_AFTER);
}

/// What an engine does beside a bot that is at work, until nothing is left to do.
fn sync(world: &mut World<Beside>) {
    until("in step", || match step(world) {
        Ok(is_at_rest) => is_at_rest,
        Err(ReplicaError::Busy { .. }) => false,
        Err(error) => panic!("{error:?}"),
    });
}

fn step(world: &mut World<Beside>) -> Result<bool, ReplicaError> {
    let platform = world.replica.platform().clone();
    for row in wait(world.replica.outbox(0, 10_000))?.rows {
        world.ledger.push(&row.into_event(&platform, world.ledger.id));
    }
    let View::Attached(view) = wait(world.replica.view())? else { panic!("detached") };
    let oldest_ms = wait(world.replica.oldest_ms())?.unwrap_or(world.now_ms);
    match world.ledger.answer(&Question { platform, from: view.cursor, oldest_ms }) {
        Answer::Changes(changes) if changes.to != changes.from || view.resync => {
            wait(world.replica.apply(&changes, world.now_ms))?;
        }
        Answer::Changes(_) => {}
        Answer::HistoryMismatch => panic!("another history"),
    }
    if view.compare {
        wait(world.replica.resolve(Decision::Ledger, world.now_ms))?;
    }
    wait(world.replica.settle(1_000, world.now_ms))?;
    let View::Attached(view) = wait(world.replica.view())? else { panic!("detached") };
    Ok(view.cursor == world.ledger.head() && !(view.pending || view.unsettled || view.resync || view.compare))
}

fn shows(bank: &Wrapped<Bank>, id: u64) -> Option<i64> {
    bank.read().live.coins.get(&id).copied()
}

/// Waits until the store shows it, with an engine at work.
fn arrives(world: &mut World<Beside>, bank: &Wrapped<Bank>, id: u64, coins: i64) {
    until(&format!("{id} has {coins}"), || {
        sync(world);
        shows(bank, id) == Some(coins)
    });
}

/// What the ledger has of people, in step.
fn ledger<const N: usize>(world: &mut World<Beside>, ids: [&str; N]) -> [i64; N] {
    sync(world);
    ids.map(|id| world.ledger.coins_of(id))
}
