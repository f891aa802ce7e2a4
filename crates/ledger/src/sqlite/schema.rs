use onepurse_core::{Clock, LedgerId, Random};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::fault::Fault;

/// Every step of the schema, oldest first; the schema's number is how many of them were taken.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
];

/// The newest schema that this program knows.
#[expect(clippy::cast_possible_wrap, reason = "a handful of files")]
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// What a new ledger is made of.
pub(super) struct New<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) random: &'a dyn Random,
}

/// Makes the connection ready to write: the schema is there, and the newest that is known. A database that belongs to
/// something else is left as it is.
pub(super) fn prepare(connection: &mut Connection, new: Option<&New>) -> Result<(), Fault> {
    let empty = is_empty(connection)?;
    if empty && new.is_none() {
        return Err(Fault::NotALedger);
    }
    if !empty {
        version(connection)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Every row that is written was planned from rows that were read, and `verify` adds everything up again. Three parents
    // looked up for every entry, and its lengths, cost a tenth of it.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    if empty || version(connection)? < KNOWN {
        migrate(connection, new)?;
    }
    Ok(())
}

/// The schema's number; an error where there is no ledger, or a newer one.
pub(super) fn version(connection: &Connection) -> Result<i64, Fault> {
    if !has_table(connection, "ledger")? || !has_table(connection, "entry")? {
        return Err(Fault::NotALedger);
    }
    let found: Option<i64> =
        connection.query_row("SELECT schema FROM ledger", [], |row| row.get(0)).optional()?;
    match found {
        None => Err(Fault::NotALedger),
        Some(found) if found > KNOWN => Err(Fault::NewerSchema(found)),
        Some(found) => Ok(found),
    }
}

/// Two programs may come here at the same time: what is there is read again inside the transaction.
fn migrate(connection: &mut Connection, new: Option<&New>) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let empty = is_empty(&transaction)?;
    let taken = if empty { 0 } else { version(&transaction)? };
    for migration in MIGRATIONS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    match new {
        Some(new) if empty => {
            let (id, created_ms) = (LedgerId::random(new.random), new.clock.now_ms());
            transaction.execute(
                "INSERT INTO ledger (one, id, schema, created_ms, head_seq, head_hash)
                 VALUES (1, ?1, ?2, ?3, 0, zeroblob(32))",
                (id.0, KNOWN, created_ms),
            )?;
        }
        _ => {
            transaction.execute("UPDATE ledger SET schema = ?1 WHERE schema <> ?1", [KNOWN])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn is_empty(connection: &Connection) -> Result<bool, Fault> {
    Ok(connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, Fault> {
    let found = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    Ok(connection.query_row(found, [name], |row| row.get(0))?)
}
