//! Row 4: against the founding way.

use std::sync::Arc;

use async_trait::async_trait;

use super::append::{Appending, people};
use crate::{
    bare::Founding,
    crowd::Crowd,
    edge::now,
    error::BenchError,
    goal::Goal,
    ledgers::on_postgres,
    line::{Line, Spent, Unit, alternate},
    row::{Bench, Row, Scale},
};

/// Slices of a round.
const SLICES: usize = 5;
/// Batches of a slice.
const BATCHES: u32 = 5;

/// Events that each connection of the founding way takes in a slice.
fn events(scale: Scale) -> u32 {
    scale.pick(60, 10)
}

/// Row 4.
pub(super) struct TheFoundingWay;

#[async_trait(?Send)]
impl Row for TheFoundingWay {
    fn number(&self) -> &'static str {
        "4"
    }

    fn what(&self) -> &'static str {
        "row 1 again"
    }

    fn yardstick(&self) -> &'static str {
        "the founding way, by one connection and by eight: for each event SELECT, UPDATE, INSERT, each with its own commit"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (rounds, events) = (scale.rounds(), events(scale));
        format!("{rounds} rounds of {SLICES} times {events} events a connection, {} people", people(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (database, scale) = (bench.postgres(), bench.scale);
        let mut one = Appending::new(on_postgres(&database).await?, scale).await?;
        Founding::fill(&database, people(scale)).await?;
        let mut lines = Vec::new();
        for (name, connections) in [("4 one connection", 1), ("4 eight connections", 8)] {
            let mut crowd = Crowd::new("telegram", people(scale), 4);
            let mut callers = Vec::new();
            for _ in 0..connections {
                callers.push(Arc::new(Founding::connect(&database).await?));
            }
            let rounds = alternate(
                scale.rounds(),
                SLICES,
                async || one.append(BATCHES).await,
                async || founding(&callers, &mut crowd, events(scale)).await,
            );
            lines.push(Line::new(name, Unit::PerSecond, Goal::AtLeast(30.0), rounds.await?));
        }
        Ok(lines)
    }
}

/// So many events on each connection, on all of them at once.
async fn founding(callers: &[Arc<Founding>], crowd: &mut Crowd, events: u32) -> Result<Spent, BenchError> {
    let work = callers.iter().map(|_| crowd.events(events)).collect::<Result<Vec<_>, _>>()?;
    let begun = now();
    let tasks = callers.iter().zip(work).map(|(caller, events)| {
        let caller = Arc::clone(caller);
        tokio::spawn(async move {
            for event in &events {
                caller.store(event).await?;
            }
            Ok::<_, BenchError>(())
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let times = events * u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    for task in tasks {
        task.await??;
    }
    Ok(Spent { times, took: begun.elapsed() })
}
