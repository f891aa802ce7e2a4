//! What is done about somebody whom the ledger forgets.

use onepurse_core::ExternalId;

use super::{Work, connect::Fault, write::Row};
use crate::goal::Shown;

/// Removes every row of ours that has the id. What SQLite frees, it overwrites.
pub(super) fn forget(work: &Work<'_>, external: &ExternalId) -> Result<bool, Fault> {
    let id = [external.as_str()];
    if work.db.prepare("SELECT 1 FROM onepurse_outbox WHERE id = ?1")?.exists(id)? {
        return Ok(false);
    }
    for bound in &work.bound()? {
        let row = Row { work, bound, id: external.as_str() };
        if row.shown()? != Shown::Nothing {
            return Ok(false);
        }
    }
    work.db.pragma_update(None, "secure_delete", true)?;
    for table in ["identity", "kept", "reversal", "note", "gone"] {
        work.db.execute(&format!("DELETE FROM onepurse_{table} WHERE id = ?1"), id)?;
    }
    work.db.pragma_update(None, "secure_delete", false)?;
    Ok(true)
}
