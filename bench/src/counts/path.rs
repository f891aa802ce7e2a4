//! The paths that every event takes, each by itself.

use std::{hint::black_box, sync::Arc};

use clap::ValueEnum;
use onepurse_ledger::{Ledger as _, Open, Records as _, SqliteLedger};
use tempfile::TempDir;

use super::{
    seeded::{SeededRandom, StepClock},
    walk::Walk,
};
use crate::{
    bots::{Bot, attach_file},
    crowd::Crowd,
    error::BenchError,
    ledgers::{BATCH, meet},
};

/// People whom the ledger has seen before.
const PEOPLE: u32 = 10_000;
/// Users of a bot.
pub(super) const USERS: u32 = 1_000;
/// When everything begins, in milliseconds since 1970.
const BEGIN_MS: i64 = 1_795_416_720_000;
const SEED: u64 = 1;
/// A bot's file, where commits do not wait for the disk: only instructions count.
pub(super) const WAL: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HotPath {
    /// A ledger in SQLite takes in batches of 1,000 events.
    Append,
    /// It takes in events one at a time, each with a commit of its own.
    AppendOneByOne,
    /// The hash of an entry.
    Chained,
    /// A bot's own UPDATE of one row, with capture in its SQLite file, and its commit.
    Capture,
    /// An outbox of 1,000 events is read, and the answer applied: they are included, and each of their rows is given
    /// what has come from elsewhere.
    OutboxAndApply,
}

impl HotPath {
    pub(crate) const ALL: [Self; 5] =
        [Self::Append, Self::AppendOneByOne, Self::Chained, Self::Capture, Self::OutboxAndApply];

    /// As it is kept and asked for.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::AppendOneByOne => "append-one-by-one",
            Self::Chained => "chained",
            Self::Capture => "capture",
            Self::OutboxAndApply => "outbox-and-apply",
        }
    }

    /// Events of one time.
    pub(super) const fn events(self) -> u32 {
        match self {
            Self::Append => BATCH,
            Self::AppendOneByOne | Self::Capture => 1,
            Self::Chained | Self::OutboxAndApply => USERS,
        }
    }

    /// How often it is done by the first of the two programs that are counted.
    pub(super) const fn times(self) -> u32 {
        match self {
            Self::Append => 10,
            Self::AppendOneByOne => 1_500,
            Self::Capture => 500,
            Self::Chained => 50,
            Self::OutboxAndApply => 3,
        }
    }

    /// Prepares everything for doing it twice as often as [`HotPath::times`] says, and does it so often.
    pub(crate) async fn perform(self, times: u32) -> Result<(), BenchError> {
        match self {
            Self::Append | Self::AppendOneByOne => self.append(times).await,
            Self::Chained => chained(times).await,
            Self::Capture => capture(times).await,
            Self::OutboxAndApply => {
                let mut walk = Walk::prepared(2 * self.times()).await?;
                for _ in 0..times {
                    walk.step().await?;
                }
                Ok(())
            }
        }
    }

    async fn append(self, times: u32) -> Result<(), BenchError> {
        let (ledger, mut crowd, _folder) = seen(PEOPLE).await?;
        let work = (0..2 * self.times()).map(|_| crowd.events(self.events()));
        let work = work.collect::<Result<Vec<_>, _>>()?;
        for events in work.into_iter().take(times as usize) {
            ledger.append(events).await?;
        }
        Ok(())
    }
}

/// A ledger that has seen so many people, the same in every run.
async fn seen(people: u32) -> Result<(SqliteLedger, Crowd, TempDir), BenchError> {
    let folder = tempfile::tempdir()?;
    let (clock, random) = (Arc::new(StepClock::from(BEGIN_MS)), Arc::new(SeededRandom::of(SEED)));
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), Open::Create, clock, random)?;
    let mut crowd = Crowd::new("telegram", people, SEED);
    meet(&ledger, &mut crowd).await?;
    Ok((ledger, crowd, folder))
}

async fn chained(times: u32) -> Result<(), BenchError> {
    let (ledger, _, _folder) = seen(HotPath::Chained.events()).await?;
    let entries = ledger.log(0, HotPath::Chained.events()).await?;
    let mut hash = ledger.head().await?.hash;
    for _ in 0..times {
        hash = entries.iter().fold(hash, |before, entry| black_box(entry.chained(before)));
    }
    Ok(())
}

async fn capture(times: u32) -> Result<(), BenchError> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bot.db");
    let mut bot = Bot::in_file(&path, WAL, USERS)?;
    attach_file(&path).await?;
    for time in 0..times {
        bot.write(1 + time * 7 % USERS).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_for_by_its_name() {
        for path in HotPath::ALL {
            let value = path.to_possible_value().unwrap();
            assert_eq!(value.get_name(), path.name());
        }
        assert_eq!(HotPath::ALL, HotPath::value_variants());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn each_can_be_done_twice_as_often() {
        for path in [HotPath::Capture, HotPath::OutboxAndApply] {
            path.perform(2 * path.times()).await.unwrap();
        }
    }
}
