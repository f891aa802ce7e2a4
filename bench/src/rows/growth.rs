//! Row 9: what is left of rows 1 and 2 after years.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::{Asset, AssetName, Scale as Decimals};
use onepurse_ledger::Ledger;

use super::append::{Appending, batches, people};
use crate::{
    crowd::Crowd,
    error::BenchError,
    goal::Goal,
    grown::{Size, fill_postgres, fill_sqlite},
    ledgers::{BATCH, on_postgres, on_sqlite},
    line::{Line, Unit, alternate},
    row::{Bench, Row, Scale},
};

fn size(scale: Scale) -> Size {
    let (purses, entries) = scale.pick((10_000_000, 50_000_000), (20_000, 100_000));
    Size { purses, entries }
}

/// Row 9.
pub(super) struct Growth;

#[async_trait(?Send)]
impl Row for Growth {
    fn number(&self) -> &'static str {
        "9"
    }

    fn what(&self) -> &'static str {
        "rows 1 and 2 with years behind them"
    }

    fn yardstick(&self) -> &'static str {
        "the same with nothing behind them but everybody's first event"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (Size { purses, entries }, rounds, batches) = (size(scale), scale.rounds(), batches(scale));
        let few = people(scale);
        format!(
            "{rounds} rounds of {batches} batches of {BATCH}, {purses} purses and {entries} entries beside {few} purses"
        )
    }

    fn on_demand(&self) -> bool {
        true
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (scale, size) = (bench.scale, size(bench.scale));
        let (database, empty) = (bench.postgres(), bench.postgres());
        let ledger = counting(on_postgres(&database).await?).await?;
        fill_postgres(&database, size).await?;
        let on_a_server = beside("9 postgres", ledger, on_postgres(&empty).await?, scale).await?;
        let (folder, empty) = (bench.new_folder()?, bench.new_folder()?);
        let ledger = counting(on_sqlite(folder.path())?).await?;
        fill_sqlite(folder.path(), size)?;
        let in_a_file = beside("9 sqlite", ledger, on_sqlite(empty.path())?, scale).await?;
        Ok(vec![on_a_server, in_a_file])
    }
}

/// A ledger that counts coins.
async fn counting<L: Ledger>(ledger: Arc<L>) -> Result<Arc<L>, BenchError> {
    ledger.declare(vec![Asset::new(AssetName::default(), Decimals::WHOLE)]).await?;
    Ok(ledger)
}

async fn beside<L: Ledger>(
    name: &str,
    grown: Arc<L>,
    empty: Arc<L>,
    scale: Scale,
) -> Result<Line, BenchError> {
    let crowd = Crowd::new("telegram", size(scale).purses, 9);
    let mut ours = Appending { ledger: grown, crowd };
    let mut empty = Appending::new(empty, scale).await?;
    let slices = batches(scale) as usize;
    let rounds =
        alternate(scale.rounds(), slices, async || ours.append(1).await, async || empty.append(1).await);
    Ok(Line::new(name, Unit::PerSecond, Goal::AtLeast(0.7), rounds.await?))
}
