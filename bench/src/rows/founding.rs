//! Row 4: against the founding way.

use async_trait::async_trait;
use onepurse_servers::Database;
use tokio::sync::Mutex;

use super::append::{Appending, batches, people};
use crate::{
    bare::Founding,
    crowd::Crowd,
    edge::{now, per_second},
    error::BenchError,
    goal::Goal,
    ledgers::on_postgres,
    line::{Line, Unit, alternate},
    row::{Bench, Row, Scale},
};

/// Events that each connection of the founding way takes in a round.
fn events(scale: Scale) -> u32 {
    scale.pick(300, 30)
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
        format!("{rounds} rounds of {events} events a connection, {} people", people(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (database, scale) = (bench.postgres(), bench.scale);
        let one = Mutex::new(Appending::new(on_postgres(&database).await?, scale).await?);
        Founding::fill(&database, people(scale)).await?;
        let mut lines = Vec::new();
        for (name, connections) in [("4 one connection", 1), ("4 eight connections", 8)] {
            let crowd = Mutex::new(Crowd::new("telegram", people(scale), 4));
            let rounds = alternate(
                scale.rounds(),
                async || one.lock().await.rate(batches(scale) / 2).await,
                async || founding(&database, &mut *crowd.lock().await, connections, events(scale)).await,
            );
            lines.push(Line::new(name, Unit::PerSecond, Goal::AtLeast(30.0), rounds.await?));
        }
        Ok(lines)
    }
}

/// Events a second by so many connections.
async fn founding(
    database: &Database,
    crowd: &mut Crowd,
    connections: u32,
    events: u32,
) -> Result<f64, BenchError> {
    let mut callers = Vec::new();
    for _ in 0..connections {
        callers.push((Founding::connect(database).await?, crowd.events(events as usize)?));
    }
    let begun = now();
    let tasks = callers.into_iter().map(|(caller, events)| {
        tokio::spawn(async move {
            for event in &events {
                caller.store(event).await?;
            }
            Ok::<_, BenchError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(per_second(connections * events, begun.elapsed()))
}
