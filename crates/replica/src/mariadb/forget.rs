//! What is done about somebody whom the ledger forgets.

use onepurse_core::ExternalId;

use super::{Work, digest, fault::Fault, rows};

/// Removes every row of ours that has the id.
pub(super) async fn forget(work: &mut Work<'_>, external: &ExternalId) -> Result<bool, Fault> {
    digest::alone(work).await?;
    let id = || vec![external.as_str().into()];
    if !work.query("SELECT 1 FROM @.outbox WHERE id = ? LIMIT 1", id()).await?.is_empty() {
        return Ok(false);
    }
    for bound in &work.bound().await? {
        if !rows::of(work, bound, &[external.as_str()]).await?.is_empty() {
            return Ok(false);
        }
    }
    work.execute("DELETE FROM @.identity WHERE id = ?", id()).await?;
    work.execute("DELETE FROM @.kept WHERE id = ?", id()).await?;
    work.execute("DELETE FROM @.reversal WHERE id = ?", id()).await?;
    Ok(true)
}
