//! Row 4b: many who want each event answered by itself.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::Event;
use onepurse_ledger::{GroupCommit, Ledger};
use tokio::sync::Mutex;

use super::append::people;
use crate::{
    bare::{PostgresCaller, SqliteCaller},
    crowd::Crowd,
    edge::now,
    error::BenchError,
    goal::Goal,
    ledgers::{meet, on_postgres, on_sqlite},
    line::{Line, Spent, Unit, alternate},
    row::{Bench, Row, Scale},
};

const CALLERS: u32 = 32;

/// Slices of a round.
const SLICES: usize = 5;

/// Events of each caller in a slice, one after the other.
fn events(scale: Scale) -> u32 {
    scale.pick(25, 4)
}

/// Row 4b.
pub(super) struct OneByOne;

#[async_trait(?Send)]
impl Row for OneByOne {
    fn number(&self) -> &'static str {
        "4b"
    }

    fn what(&self) -> &'static str {
        "events of 32 callers at once, each answered when it is durable, sharing commits"
    }

    fn yardstick(&self) -> &'static str {
        "in PostgreSQL one statement and commit an event on 32 connections; in SQLite a commit an event"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (rounds, events) = (scale.rounds(), events(scale));
        format!("{rounds} rounds of {SLICES} times {events} events a caller, {} purses", people(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        Ok(vec![on_a_server(bench).await?, in_a_file(bench).await?])
    }
}

async fn on_a_server(bench: &Bench) -> Result<Line, BenchError> {
    let (database, scale) = (bench.postgres(), bench.scale);
    let mut crowd = Crowd::new("telegram", people(scale), 5);
    let ledger = on_postgres(&database).await?;
    meet(&*ledger, &mut crowd).await?;
    let (ledger, crowd) = (Arc::new(GroupCommit::new(ledger)?), Mutex::new(crowd));
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        callers.push(Arc::new(PostgresCaller::connect(&database).await?));
    }
    let rounds = alternate(
        scale.rounds(),
        SLICES,
        async || sharing(&ledger, all_of(&mut *crowd.lock().await, scale)?).await,
        async || each_alone(&callers, all_of(&mut *crowd.lock().await, scale)?).await,
    );
    Ok(Line::new("4b postgres", Unit::PerSecond, Goal::AtLeast(1.5), rounds.await?))
}

async fn in_a_file(bench: &Bench) -> Result<Line, BenchError> {
    let (folder, scale) = (bench.new_folder()?, bench.scale);
    let mut crowd = Crowd::new("telegram", people(scale), 5);
    let ledger = on_sqlite(folder.path())?;
    meet(&*ledger, &mut crowd).await?;
    let (ledger, crowd) = (Arc::new(GroupCommit::new(ledger)?), Mutex::new(crowd));
    let mut caller = SqliteCaller::new(folder.path())?;
    let rounds = alternate(
        scale.rounds(),
        SLICES,
        async || sharing(&ledger, all_of(&mut *crowd.lock().await, scale)?).await,
        async || {
            let times = CALLERS * events(scale) / 4;
            let events = crowd.lock().await.events(times)?;
            let begun = now();
            events.iter().try_for_each(|event| caller.store(event))?;
            Ok(Spent { times, took: begun.elapsed() })
        },
    );
    Ok(Line::new("4b sqlite", Unit::PerSecond, Goal::AtLeast(5.0), rounds.await?))
}

/// What each caller does in a round.
fn all_of(crowd: &mut Crowd, scale: Scale) -> Result<Vec<Vec<Event>>, BenchError> {
    (0..CALLERS).map(|_| crowd.events(events(scale))).collect()
}

/// Callers who share commits.
async fn sharing<L>(ledger: &Arc<GroupCommit<L>>, work: Vec<Vec<Event>>) -> Result<Spent, BenchError>
where
    L: Ledger + 'static,
{
    let times = count(&work);
    let begun = now();
    let tasks = work.into_iter().map(|events| {
        let ledger = Arc::clone(ledger);
        tokio::spawn(async move {
            for event in events {
                ledger.append(vec![event]).await?;
            }
            Ok::<_, BenchError>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(Spent { times, took: begun.elapsed() })
}

/// Callers who have a connection each.
async fn each_alone(callers: &[Arc<PostgresCaller>], work: Vec<Vec<Event>>) -> Result<Spent, BenchError> {
    let times = count(&work);
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
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(Spent { times, took: begun.elapsed() })
}

fn count(work: &[Vec<Event>]) -> u32 {
    work.iter().map(|events| u32::try_from(events.len()).unwrap_or(u32::MAX)).sum()
}
