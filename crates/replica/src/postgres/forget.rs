//! What is done about somebody whom the ledger forgets.

use onepurse_core::ExternalId;
use tokio_postgres::types::Type;

use super::{Work, digest, fault::Fault, ids::Ids, settle};

/// Removes every row of ours that has the id.
pub(super) async fn forget(work: &Work<'_>, external: &ExternalId) -> Result<bool, Fault> {
    digest::alone(work).await?;
    let id = [(&external.as_str() as _, Type::TEXT)];
    if !work.query("SELECT FROM @.outbox WHERE id = $1 LIMIT 1", &id).await?.is_empty() {
        return Ok(false);
    }
    for bound in &work.bound().await? {
        let ids = Ids::of(bound, &[external.as_str()]);
        if !settle::shown(work, bound, &ids).await?.is_empty() {
            return Ok(false);
        }
    }
    work.execute("DELETE FROM @.identity WHERE id = $1", &id).await?;
    work.execute("DELETE FROM @.kept WHERE id = $1", &id).await?;
    work.execute("DELETE FROM @.reversal WHERE id = $1", &id).await?;
    Ok(true)
}
