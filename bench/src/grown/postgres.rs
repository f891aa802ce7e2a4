use onepurse_postgres::connect;
use onepurse_servers::Database;

use super::Size;
use crate::{error::BenchError, ledgers::address};

const INDEXES: &str = "
SELECT indexdef, 'DROP INDEX onepurse.' || quote_ident(indexname) FROM pg_indexes
WHERE schemaname = 'onepurse' AND tablename IN ('entry', 'identity', 'balance', 'place')
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)";
const PEOPLE: &str = "
INSERT INTO onepurse.purse (id, created_ms) SELECT id, 0 FROM generate_series(1, {purses}::bigint) AS id;
INSERT INTO onepurse.identity (id, platform, external, purse, salt, tag)
SELECT id, 'telegram', (699999999 + id)::text, id, decode(md5(id::text), 'hex'), sha256(id::text::bytea)
FROM generate_series(1, {purses}::bigint) AS id;
INSERT INTO onepurse.balance (purse, asset, amount, last_seq)
SELECT purse.id, asset.id, {entries} / {purses},
       {entries} - {purses} + CASE purse.id WHEN 1 THEN {purses} ELSE (purse.id - 1) * {back} % {purses} END
FROM generate_series(1, {purses}::bigint) AS purse (id), onepurse.asset;
INSERT INTO onepurse.place (purse, asset, amount)
SELECT purse.id, asset.id, {entries} / {purses} FROM generate_series(1, {purses}::bigint) AS purse (id), onepurse.asset;";
const ENTRIES: &str = "
INSERT INTO onepurse.entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms, captured_ms, hash, previous)
SELECT seq, int8send(1700000000000 + seq) || substr(sha256(seq::text::bytea), 1, 8), 'change', who, who, asset.id, 1,
       1 + (seq - 1) / {purses}, 1700000000000 + seq, 1700000000000 + seq, sha256(seq::text::bytea),
       greatest(seq - {purses}, 0)
FROM (SELECT seq, 1 + seq * {step} % {purses} AS who
      FROM generate_series(1, {entries}::bigint) AS seq) AS played, onepurse.asset;
UPDATE onepurse.ledger SET head_seq = {entries}, head_hash = sha256({entries}::text::bytea);
UPDATE onepurse.places SET seq = {entries};";

/// Fills the ledger in this database, which counts one asset and has nothing else yet.
pub(crate) async fn fill_postgres(database: &Database, size: Size) -> Result<(), BenchError> {
    let client = connect(&address(database)?).await?;
    client.batch_execute("SET maintenance_work_mem = '256MB'; SET synchronous_commit = off").await?;
    let indexes = client.query(INDEXES, &[]).await?;
    for index in &indexes {
        client.batch_execute(index.try_get(1)?).await?;
    }
    for filling in [PEOPLE, ENTRIES] {
        client.batch_execute(&size.told(filling)).await?;
    }
    for index in &indexes {
        client.batch_execute(index.try_get(0)?).await?;
    }
    // Each by itself: neither can be part of a transaction.
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}
