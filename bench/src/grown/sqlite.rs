use std::path::Path;

use rusqlite::Connection;

use super::Size;
use crate::error::BenchError;

/// Entries of a transaction.
const AT_ONCE: u32 = 1_000_000;
const INDEXES: &str = "
SELECT sql, 'DROP INDEX ' || name FROM sqlite_master
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('entry', 'identity', 'balance', 'place')";
const SERIES: &str = "WITH RECURSIVE one (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM one WHERE id < ?2) ";
const PEOPLE: [&str; 4] = [
    "INSERT INTO purse (id, created_ms) SELECT id, 0 FROM one",
    "INSERT INTO identity (id, platform, external, purse, salt, tag)
     SELECT id, 'telegram', CAST(699999999 + id AS TEXT), id, randomblob(16), randomblob(32) FROM one",
    "INSERT INTO balance (purse, asset, amount, last_seq)
     SELECT one.id, asset.id, {entries} / {purses},
            {entries} - {purses} + iif(one.id = 1, {purses}, (one.id - 1) * {back} % {purses})
     FROM one, asset",
    "INSERT INTO place (purse, asset, amount) SELECT one.id, asset.id, {entries} / {purses} FROM one, asset",
];
const ENTRIES: &str = "
INSERT INTO entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms, captured_ms, hash, previous)
SELECT seq, CAST(unhex(printf('%016x', 1700000000000 + seq)) || randomblob(8) AS BLOB), 'change', who, who, asset.id, 1,
       1 + (seq - 1) / {purses}, 1700000000000 + seq, 1700000000000 + seq, randomblob(32), max(seq - {purses}, 0)
FROM (SELECT id AS seq, 1 + id * {step} % {purses} AS who FROM one) AS played, asset";
const HEAD: &str = "
UPDATE ledger SET (head_seq, head_hash) = (SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1);
UPDATE places SET seq = {entries};";

/// Fills the ledger in this folder, which counts one asset and has nothing else yet.
pub(crate) fn fill_sqlite(folder: &Path, size: Size) -> Result<(), BenchError> {
    let connection = Connection::open(folder.join("ledger.db"))?;
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA foreign_keys = OFF")?;
    let indexes = connection
        .prepare(INDEXES)?
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (_, drop) in &indexes {
        connection.execute_batch(drop)?;
    }
    for people in PEOPLE {
        connection.execute(&size.told(&format!("{SERIES}{people}")), [1, size.purses])?;
    }
    let entries = size.told(&format!("{SERIES}{ENTRIES}"));
    let mut first = 1;
    while first <= size.entries {
        let last = size.entries.min(first.saturating_add(AT_ONCE - 1));
        connection.execute(&entries, [first, last])?;
        first = last + 1;
    }
    connection.execute_batch(&size.told(HEAD))?;
    for (create, _) in &indexes {
        connection.execute_batch(create)?;
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
