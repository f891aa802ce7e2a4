//! Row 3: several who write at once, and everything on one purse.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::Event;
use onepurse_ledger::{GroupCommit, Ledger};

use super::append::{Appending, people};
use crate::{
    edge::now,
    error::BenchError,
    goal::Goal,
    ledgers::{BATCH, on_postgres},
    line::{Line, Round, Spent, Unit, alternate},
    row::{Bench, Row, Scale},
};

const WRITERS: u32 = 4;
/// Slices of a round.
const SLICES: usize = 5;

/// Batches of a slice: each writer has as many.
fn share(scale: Scale) -> u32 {
    scale.pick(12, WRITERS)
}

/// Row 3.
pub(super) struct Writers;

#[async_trait(?Send)]
impl Row for Writers {
    fn number(&self) -> &'static str {
        "3"
    }

    fn what(&self) -> &'static str {
        "row 1 by four who write at once, in one program and in four, and with everything on one purse"
    }

    fn yardstick(&self) -> &'static str {
        "row 1 in the same ledger"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (rounds, batches) = (scale.rounds(), share(scale));
        format!("{rounds} rounds of {SLICES} times {batches} batches of {BATCH}, {} purses", people(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (database, scale) = (bench.postgres(), bench.scale);
        let mut one = Appending::new(on_postgres(&database).await?, scale).await?;
        let shared: Arc<dyn Ledger> = Arc::new(GroupCommit::new(Arc::clone(&one.ledger))?);
        let mut programs: Vec<Arc<dyn Ledger>> = Vec::new();
        for _ in 0..WRITERS {
            programs.push(on_postgres(&database).await?);
        }
        let in_one = vec![shared; programs.len()];
        let line = |name, goal, rounds| Line::new(name, Unit::PerSecond, Goal::AtLeast(goal), rounds);
        let in_one = beside(&mut one, async |one| together(&in_one, one, share(scale)).await, scale).await?;
        let programs =
            beside(&mut one, async |one| together(&programs, one, share(scale)).await, scale).await?;
        let hot = beside(&mut one, async |one| on_one_purse(one, share(scale)).await, scale).await?;
        Ok(vec![
            line("3 four writers", 0.9, in_one),
            line("3 four programs", 0.9, programs),
            line("3 hot purse", 0.7, hot),
        ])
    }
}

/// Measures `ours` and row 1 in turns, both with the same people.
async fn beside<L: Ledger>(
    one: &mut Appending<L>,
    ours: impl AsyncFn(&mut Appending<L>) -> Result<Spent, BenchError>,
    scale: Scale,
) -> Result<Vec<Round>, BenchError> {
    let one = tokio::sync::Mutex::new(one);
    alternate(
        scale.rounds(),
        SLICES,
        async || ours(&mut **one.lock().await).await,
        async || one.lock().await.append(share(scale)).await,
    )
    .await
}

/// All writers together.
async fn together<L: Ledger>(
    writers: &[Arc<dyn Ledger>],
    one: &mut Appending<L>,
    count: u32,
) -> Result<Spent, BenchError> {
    let mut work = one.batches(count)?;
    let share = work.len().div_ceil(writers.len());
    let begun = now();
    let tasks = writers.iter().map(|ledger| {
        let own = work.split_off(work.len().saturating_sub(share));
        tokio::spawn(append_all(Arc::clone(ledger), own))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(Spent { times: count * BATCH, took: begun.elapsed() })
}

async fn append_all(ledger: Arc<dyn Ledger>, batches: Vec<Vec<Event>>) -> Result<(), BenchError> {
    for batch in batches {
        ledger.append(batch).await?;
    }
    Ok(())
}

/// Only the one who plays most.
async fn on_one_purse<L: Ledger>(one: &mut Appending<L>, count: u32) -> Result<Spent, BenchError> {
    let batch = |one: &mut Appending<L>| (0..BATCH).map(|_| one.crowd.event(0)).collect();
    let work = (0..count).map(|_| batch(one)).collect::<Result<Vec<_>, _>>()?;
    let begun = now();
    for events in work {
        one.ledger.append(events).await?;
    }
    Ok(Spent { times: count * BATCH, took: begun.elapsed() })
}
