//! Taking out everything that is ours, in the order that stands with [`super::attach`].

use onepurse_core::Cursor;

use super::{
    Work,
    attach::{release, reserve},
    capture::{drop_triggers, remove},
    digest,
    fault::Fault,
    read,
    work::{Sight, get},
};
use crate::Detached;

/// Takes out everything that is ours.
pub(super) async fn detach(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    reserve(work).await?;
    let done = take_out(work, at, pending_max).await;
    let released = release(work).await;
    done.and_then(|done| released.map(|()| done))
}

async fn take_out(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    if digest::lock(work).await? {
        if let Some(reason) = keeps(work, at, pending_max).await? {
            return Ok(reason);
        }
        work.commit(Sight::Latest).await?;
        drop_triggers(work).await?;
        // Nothing is written down any more: what was committed meanwhile counts too.
        work.commit(Sight::Latest).await?;
        if digest::lock(work).await? {
            if let Some(reason) = keeps(work, at, pending_max).await? {
                return if reason == Detached::Pending { Err(Fault::Busy) } else { Ok(reason) };
            }
            work.run("DELETE FROM @.replica").await?;
            work.commit(Sight::Latest).await?;
        }
    }
    remove(work).await?;
    Ok(Detached::Done)
}

/// Why it may not be detached.
async fn keeps(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Option<Detached>, Fault> {
    if read::cursor(work).await? != at {
        return Ok(Some(Detached::Moved));
    }
    digest::all(work).await?;
    let pending: u64 = get(&work.one("SELECT COUNT(*) FROM @.outbox", vec![]).await?, 0)?;
    Ok((pending > pending_max).then_some(Detached::Pending))
}
