//! What is done about somebody whom the ledger forgets.

use onepurse_core::{Cursor, ExternalId};

use super::{Work, connect::Fault, read};

/// The next question is from zero. Nothing that is kept is sent again: the ledger has it.
pub(super) fn start_over(work: &Work<'_>, from: Cursor) -> Result<(), Fault> {
    if read::cursor(work)? == from {
        work.db.execute_batch(
            "UPDATE onepurse_replica SET cursor_seq = 0, cursor_hash = zeroblob(32), resync = 1",
        )?;
    }
    Ok(())
}

/// Removes every row of ours that has the id. What SQLite frees, it overwrites.
pub(super) fn forget(work: &Work<'_>, external: &ExternalId) -> Result<bool, Fault> {
    let id = [external.as_str()];
    if work.db.prepare("SELECT 1 FROM onepurse_outbox WHERE id = ?1")?.exists(id)? {
        return Ok(false);
    }
    work.db.pragma_update(None, "secure_delete", true)?;
    for table in ["identity", "kept", "reversal", "note", "gone"] {
        work.db.execute(&format!("DELETE FROM onepurse_{table} WHERE id = ?1"), id)?;
    }
    work.db.pragma_update(None, "secure_delete", false)?;
    Ok(true)
}
