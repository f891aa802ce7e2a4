//! The figures that are computed with, on this machine.

mod shared;
mod size;
mod standby;

use std::sync::Arc;

use clap::ValueEnum;
use onepurse_ledger::{Ledger as _, PostgresLedger};
use onepurse_servers::{Cluster, Database, Postgres, Settings};

use crate::{
    crowd::Crowd,
    edge::now,
    error::BenchError,
    ledgers::{meet, on_postgres},
    line::Spent,
    machine::Machine,
    row::{Bench, Scale},
};

/// People that each ledger has seen.
const PEOPLE: u32 = 10_000;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// Many ledgers on one server.
    Shared,
    /// A standby that every commit waits for.
    Standby,
    /// What a ledger takes on the disk, and what it takes to tell of an entry.
    Size,
}

/// Measures what is asked for, or everything, and prints tables.
pub(crate) async fn measure(only: &[Figure]) -> Result<(), BenchError> {
    let bench = Bench::new(Scale::Full)?;
    let mut machine = Machine::before(bench.folder())?;
    for figure in Figure::value_variants() {
        if !only.is_empty() && !only.contains(figure) {
            continue;
        }
        match figure {
            Figure::Shared => shared::print(&bench).await?,
            Figure::Standby => standby::print().await?,
            Figure::Size => size::print(&bench).await?,
        }
        println!();
    }
    machine.end()?;
    println!("{}", machine.told());
    Ok(())
}

/// A server as durable as one is by default.
fn durable() -> Cluster {
    Postgres::start(Settings { max_connections: 100, durable: true, ..Settings::default() })
}

/// One who appends to a ledger.
struct Writer {
    ledger: Arc<PostgresLedger>,
    crowd: Crowd,
}

impl Writer {
    async fn on(database: &Database) -> Result<Self, BenchError> {
        let (ledger, mut crowd) = (on_postgres(database).await?, Crowd::new("telegram", PEOPLE, 1));
        meet(&*ledger, &mut crowd).await?;
        Ok(Self { ledger, crowd })
    }

    /// So many commits of so many events, one after the other.
    async fn write(&mut self, commits: u32, batch: u32) -> Result<Spent, BenchError> {
        let work = (0..commits).map(|_| self.crowd.events(batch)).collect::<Result<Vec<_>, _>>()?;
        let begun = now();
        for events in work {
            self.ledger.append(events).await?;
        }
        Ok(Spent { times: commits * batch, took: begun.elapsed() })
    }
}
