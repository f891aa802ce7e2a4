//! What is done about somebody whom the ledger forgets.

use onepurse_core::{Cursor, ExternalId};
use tokio_postgres::types::Type;

use super::{Work, digest, fault::Fault, read};

/// The next question is from zero. Nothing that is kept is sent again: the ledger has it.
pub(super) async fn start_over(work: &Work<'_>, from: Cursor) -> Result<(), Fault> {
    digest::alone(work).await?;
    if read::cursor(work).await? == from {
        work.run(
            "UPDATE @.replica SET cursor_seq = 0, cursor_hash = decode(repeat('00', 32), 'hex'), resync = true",
        )
        .await?;
    }
    Ok(())
}

/// Removes every row of ours that has the id.
pub(super) async fn forget(work: &Work<'_>, external: &ExternalId) -> Result<bool, Fault> {
    digest::alone(work).await?;
    let id = [(&external.as_str() as _, Type::TEXT)];
    if !work.query("SELECT FROM @.outbox WHERE id = $1 LIMIT 1", &id).await?.is_empty() {
        return Ok(false);
    }
    work.execute("DELETE FROM @.identity WHERE id = $1", &id).await?;
    work.execute("DELETE FROM @.kept WHERE id = $1", &id).await?;
    work.execute("DELETE FROM @.reversal WHERE id = $1", &id).await?;
    Ok(true)
}
