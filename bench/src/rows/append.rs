//! Rows 1 and 2: what the ledger takes in.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::Event;
use onepurse_ledger::Ledger;

use crate::{
    bare::{Bare, BarePostgres, BareSqlite, Bookkeeper},
    crowd::Crowd,
    edge::now,
    error::BenchError,
    goal::Goal,
    ledgers::{BATCH, meet, on_postgres, on_sqlite},
    line::{Line, Round, Spent, Unit, alternate},
    row::{Bench, Row, Scale},
};

const SEED: u64 = 1;

/// People that the ledger has seen before anything is measured.
pub(super) fn people(scale: Scale) -> u32 {
    scale.pick(100_000, 5_000)
}

/// Batches of a round.
pub(super) fn batches(scale: Scale) -> u32 {
    scale.pick(60, 4)
}

/// How much rows 1 and 2, and those beside row 1, do.
pub(super) fn sizes(scale: Scale) -> String {
    let (rounds, batches) = (scale.rounds(), batches(scale));
    format!("{rounds} rounds of {batches} batches of {BATCH}, {} purses", people(scale))
}

/// A ledger that takes in batches, one after the other.
pub(super) struct Appending<L> {
    pub(super) ledger: Arc<L>,
    pub(super) crowd: Crowd,
}

impl<L: Ledger> Appending<L> {
    /// A ledger that has seen everybody.
    pub(super) async fn new(ledger: Arc<L>, scale: Scale) -> Result<Self, BenchError> {
        let mut crowd = Crowd::new("telegram", people(scale), SEED);
        meet(&*ledger, &mut crowd).await?;
        Ok(Self { ledger, crowd })
    }

    /// What happens in so many batches, made before anything is timed.
    pub(super) fn batches(&mut self, count: u32) -> Result<Vec<Vec<Event>>, BenchError> {
        (0..count).map(|_| self.crowd.events(BATCH)).collect()
    }

    /// Takes in so many batches.
    pub(super) async fn append(&mut self, batches: u32) -> Result<Spent, BenchError> {
        let work = self.batches(batches)?;
        let begun = now();
        for events in work {
            self.ledger.append(events).await?;
        }
        Ok(Spent { times: batches * BATCH, took: begun.elapsed() })
    }
}

/// The bare least, doing the same.
struct Storing<B> {
    bare: B,
    books: Bookkeeper,
    crowd: Crowd,
}

impl<B: Bare> Storing<B> {
    async fn new(mut bare: B, scale: Scale) -> Result<Self, BenchError> {
        let (mut books, mut crowd) = (Bookkeeper::default(), Crowd::new("telegram", people(scale), SEED));
        bare.meet(&mut books, &mut crowd).await?;
        Ok(Self { bare, books, crowd })
    }

    async fn store(&mut self) -> Result<Spent, BenchError> {
        let (rows, after) = self.books.book(&self.crowd.events(BATCH)?);
        let begun = now();
        self.bare.store(&rows, &after).await?;
        Ok(Spent { times: BATCH, took: begun.elapsed() })
    }
}

async fn beside<L: Ledger, B: Bare>(ledger: Arc<L>, bare: B, scale: Scale) -> Result<Vec<Round>, BenchError> {
    let mut ours = Appending::new(ledger, scale).await?;
    let mut bare = Storing::new(bare, scale).await?;
    alternate(
        scale.rounds(),
        batches(scale) as usize,
        async || ours.append(1).await,
        async || bare.store().await,
    )
    .await
}

/// Row 1.
pub(super) struct OnPostgres;

#[async_trait(?Send)]
impl Row for OnPostgres {
    fn number(&self) -> &'static str {
        "1"
    }

    fn what(&self) -> &'static str {
        "events that a ledger in PostgreSQL takes in, with unique keys, gapless numbers, hash chain and history"
    }

    fn yardstick(&self) -> &'static str {
        "an INSERT of the rows and an upsert of the balances over arrays, in one round trip a batch"
    }

    fn sizes(&self, scale: Scale) -> String {
        sizes(scale)
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let database = bench.postgres();
        let (ledger, bare) = (on_postgres(&database).await?, BarePostgres::new(&database).await?);
        let rounds = beside(ledger, bare, bench.scale).await?;
        Ok(vec![Line::new("1", Unit::PerSecond, Goal::AtLeast(0.8), rounds)])
    }
}

/// Row 2.
pub(super) struct OnSqlite;

#[async_trait(?Send)]
impl Row for OnSqlite {
    fn number(&self) -> &'static str {
        "2"
    }

    fn what(&self) -> &'static str {
        "the same by a ledger in SQLite"
    }

    fn yardstick(&self) -> &'static str {
        "a loop of plain INSERTs and upserts of the same rows, also WAL with synchronous = FULL"
    }

    fn sizes(&self, scale: Scale) -> String {
        sizes(scale)
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let folder = bench.new_folder()?;
        let (ledger, bare) = (on_sqlite(folder.path())?, BareSqlite::new(folder.path())?);
        let rounds = beside(ledger, bare, bench.scale).await?;
        Ok(vec![Line::new("2", Unit::PerSecond, Goal::AtLeast(0.6), rounds)])
    }
}
