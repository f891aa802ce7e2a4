//! The bare least that answers each event by itself: one statement, one commit.

use std::path::Path;

use onepurse_core::Event;
use onepurse_postgres::connect;
use onepurse_servers::Database;
use rusqlite::{Connection, params};
use tokio_postgres::{Client, Statement};

use super::{ASSET, KIND};
use crate::{error::BenchError, ledgers::address};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS single_entry (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key BYTEA NOT NULL, kind TEXT NOT NULL, purse BIGINT NOT NULL,
    asset BIGINT NOT NULL, delta BIGINT NOT NULL, at_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS single_balance (
    purse BIGINT NOT NULL, asset BIGINT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (purse, asset)
);";
const BOTH: &str = "
WITH entry AS (
    INSERT INTO single_entry (key, kind, purse, asset, delta, at_ms) VALUES ($1, $2, $3, $4, $5, $6)
)
INSERT INTO single_balance (purse, asset, amount) VALUES ($3, $4, $5)
ON CONFLICT (purse, asset) DO UPDATE SET amount = single_balance.amount + excluded.amount";

/// Who an event is of is a number already.
fn purse(event: &Event) -> Result<i64, BenchError> {
    let external = event.identity.external.as_str();
    external.parse().map_err(|_| BenchError::Mistake(external.to_owned()))
}

/// A caller with a connection of its own.
pub(crate) struct PostgresCaller {
    client: Client,
    both: Statement,
}

impl PostgresCaller {
    pub(crate) async fn connect(database: &Database) -> Result<Self, BenchError> {
        let client = connect(&address(database)?).await?;
        client.batch_execute(TABLES).await?;
        let both = client.prepare(BOTH).await?;
        Ok(Self { client, both })
    }

    pub(crate) async fn store(&self, event: &Event) -> Result<(), BenchError> {
        let (key, purse) = (event.key.0.as_slice(), purse(event)?);
        let (delta, at_ms) = (event.delta.units(), event.captured_ms);
        self.client.execute(&self.both, &[&key, &KIND, &purse, &ASSET, &delta, &at_ms]).await?;
        Ok(())
    }
}

/// Everybody's one connection to a file.
pub(crate) struct SqliteCaller(Connection);

impl SqliteCaller {
    pub(crate) fn new(folder: &Path) -> Result<Self, BenchError> {
        let connection = Connection::open(folder.join("single.db"))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(&TABLES.replace("BIGINT GENERATED ALWAYS AS IDENTITY", "INTEGER"))?;
        Ok(Self(connection))
    }

    pub(crate) fn store(&mut self, event: &Event) -> Result<(), BenchError> {
        let transaction = self.0.transaction()?;
        let (purse, delta) = (purse(event)?, event.delta.units());
        transaction
            .prepare_cached(
                "INSERT INTO single_entry (key, kind, purse, asset, delta, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![event.key.0, KIND, purse, ASSET, delta, event.captured_ms])?;
        transaction
            .prepare_cached(
                "INSERT INTO single_balance (purse, asset, amount) VALUES (?1, ?2, ?3)
                 ON CONFLICT (purse, asset) DO UPDATE SET amount = amount + excluded.amount",
            )?
            .execute(params![purse, ASSET, delta])?;
        Ok(transaction.commit()?)
    }
}
