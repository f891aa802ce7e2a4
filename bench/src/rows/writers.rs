//! Row 3: several who write at once, and everything on one purse.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use onepurse_core::Event;
use onepurse_ledger::{GroupCommit, Ledger};

use super::append::{Appending, batches, sizes};
use crate::{
    edge::{now, per_second},
    error::BenchError,
    goal::Goal,
    ledgers::{BATCH, on_postgres},
    line::{Line, Unit, alternate},
    row::{Bench, Row, Scale},
};

const WRITERS: u32 = 4;

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
        sizes(scale)
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
        let in_one =
            beside(&mut one, async |one| together(&in_one, one, batches(scale)).await, scale).await?;
        let programs =
            beside(&mut one, async |one| together(&programs, one, batches(scale)).await, scale).await?;
        let hot = beside(&mut one, async |one| on_one_purse(one, batches(scale)).await, scale).await?;
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
    ours: impl AsyncFn(&mut Appending<L>) -> Result<f64, BenchError>,
    scale: Scale,
) -> Result<Vec<crate::line::Round>, BenchError> {
    let one = tokio::sync::Mutex::new(one);
    alternate(
        scale.rounds(),
        async || ours(&mut **one.lock().await).await,
        async || one.lock().await.rate(batches(scale)).await,
    )
    .await
}

/// Events a second of all writers together.
async fn together<L: Ledger>(
    writers: &[Arc<dyn Ledger>],
    one: &mut Appending<L>,
    count: u32,
) -> Result<f64, BenchError> {
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
    Ok(per_second(count, begun.elapsed()) * 1_000.0)
}

async fn append_all(ledger: Arc<dyn Ledger>, batches: Vec<Vec<Event>>) -> Result<(), BenchError> {
    for batch in batches {
        ledger.append(batch).await?;
    }
    Ok(())
}

/// Events a second of the one who plays most.
async fn on_one_purse<L: Ledger>(one: &mut Appending<L>, count: u32) -> Result<f64, BenchError> {
    let mut took = Duration::ZERO;
    for _ in 0..count {
        let events = (0..BATCH).map(|_| one.crowd.event(0)).collect::<Result<_, _>>()?;
        let begun = now();
        one.ledger.append(events).await?;
        took += begun.elapsed();
    }
    Ok(per_second(count, took) * 1_000.0)
}
