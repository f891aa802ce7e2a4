use rusqlite::{OptionalExtension, Transaction};

use super::fault::Fault;

/// How far this reader has got.
pub(super) fn find(snapshot: &Transaction, name: &str) -> Result<Option<i64>, Fault> {
    let mut statement = snapshot.prepare_cached("SELECT seq FROM bookmark WHERE name = ?1")?;
    Ok(statement.query_one([name], |row| row.get(0)).optional()?)
}

pub(super) fn store(transaction: &Transaction, name: &str, seq: i64) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "INSERT INTO bookmark (name, seq) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
        )?
        .execute((name, seq))?;
    Ok(())
}
