use std::collections::BTreeMap;

use onepurse_postgres::connect;
use onepurse_servers::Database;
use tokio_postgres::{Client, Statement, types::ToSql};

use super::{ASSET, Bare, BareRow, KIND};
use crate::{error::BenchError, ledgers::address};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS bare_entry (
    seq BIGINT PRIMARY KEY, key BYTEA NOT NULL, kind TEXT NOT NULL, purse BIGINT NOT NULL, identity BIGINT NOT NULL,
    asset BIGINT NOT NULL, delta BIGINT NOT NULL, balance BIGINT NOT NULL, at_ms BIGINT NOT NULL,
    captured_ms BIGINT NOT NULL, actor TEXT, reason TEXT, hash BYTEA NOT NULL
);
CREATE TABLE IF NOT EXISTS bare_balance (
    purse BIGINT NOT NULL, asset BIGINT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (purse, asset)
);";
const ENTRIES: &str = "
INSERT INTO bare_entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms, captured_ms, hash)
SELECT seq, key, $1, purse, purse, $2, delta, balance, at_ms, at_ms, hash
FROM unnest($3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[])
     AS came (seq, key, purse, delta, balance, at_ms, hash)";
const BALANCES: &str = "
INSERT INTO bare_balance (purse, asset, amount) SELECT purse, $1, amount FROM unnest($2::bigint[], $3::bigint[]) AS came (purse, amount)
ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount";

/// Two statements over arrays and a commit, sent together: one round trip a batch.
pub(crate) struct BarePostgres {
    client: Client,
    entries: Statement,
    balances: Statement,
}

impl BarePostgres {
    pub(crate) async fn new(database: &Database) -> Result<Self, BenchError> {
        let client = connect(&address(database)?).await?;
        client.batch_execute(TABLES).await?;
        let entries = client.prepare(ENTRIES).await?;
        let balances = client.prepare(BALANCES).await?;
        Ok(Self { client, entries, balances })
    }
}

impl Bare for BarePostgres {
    async fn store(&mut self, rows: &[BareRow], after: &BTreeMap<i64, i64>) -> Result<(), BenchError> {
        let numbers = |of: fn(&BareRow) -> i64| rows.iter().map(of).collect::<Vec<_>>();
        let keys: Vec<_> = rows.iter().map(|row| row.key.as_slice()).collect();
        let hashes: Vec<_> = rows.iter().map(|row| row.hash.as_slice()).collect();
        let (seq, purse, delta) =
            (numbers(|row| row.seq), numbers(|row| row.purse), numbers(|row| row.delta));
        let (balance, at_ms) = (numbers(|row| row.balance), numbers(|row| row.captured_ms));
        let (purses, amounts): (Vec<_>, Vec<_>) =
            after.iter().map(|(&purse, &amount)| (purse, amount)).unzip();
        let entries: [&(dyn ToSql + Sync); 9] =
            [&KIND, &ASSET, &seq, &keys, &purse, &delta, &balance, &at_ms, &hashes];
        let balances: [&(dyn ToSql + Sync); 3] = [&ASSET, &purses, &amounts];
        // Polled in this order, so sent in this order.
        tokio::try_join!(
            biased;
            self.client.batch_execute("BEGIN"),
            self.client.execute(&self.entries, &entries),
            self.client.execute(&self.balances, &balances),
            self.client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}
