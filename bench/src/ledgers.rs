//! Ledgers to be measured, as programs open them, with people who were all seen before.

use std::{path::Path, sync::Arc};

use onepurse_core::{Asset, AssetName, Scale};
use onepurse_ledger::{Ledger, Open, PostgresLedger, SqliteLedger};
use onepurse_postgres::Address;
use onepurse_servers::Database;

use crate::{
    crowd::Crowd,
    edge::{OsRandom, SystemClock},
    error::BenchError,
};

/// Events of a batch.
pub(crate) const BATCH: u32 = 1_000;

pub(crate) fn address(database: &Database) -> Result<Address, BenchError> {
    database.url().parse().map_err(|_| BenchError::Mistake(database.url()))
}

/// The ledger in this database; made where there is none.
pub(crate) async fn on_postgres(database: &Database) -> Result<Arc<PostgresLedger>, BenchError> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
    Ok(Arc::new(PostgresLedger::open(address(database)?, Open::Create, clock, random).await?))
}

/// The ledger in this folder; made where there is none.
pub(crate) fn on_sqlite(folder: &Path) -> Result<Arc<SqliteLedger>, BenchError> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
    Ok(Arc::new(SqliteLedger::open(&folder.join("ledger.db"), Open::Create, clock, random)?))
}

/// Has it see everybody of the crowd.
pub(crate) async fn meet(ledger: &dyn Ledger, crowd: &mut Crowd) -> Result<(), BenchError> {
    ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await?;
    for batch in crowd.everybody(BATCH as usize)? {
        ledger.append(batch).await?;
    }
    Ok(())
}
