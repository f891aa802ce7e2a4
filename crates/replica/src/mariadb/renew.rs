//! The schemas that our tables have had, and bringing those of an older program up to date.

use super::{
    Work, apply,
    attach::{denied, release, reserve},
    digest,
    fault::Fault,
    read,
    work::Sight,
};

/// What each schema adds to the one before. What was released is not changed.
const STEPS: [&str; 2] = [include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql")];

/// The schema of our own tables that this program writes.
pub(super) const SCHEMA: i64 = 2;

/// Everything that schemas newer than the one `found` add. It commits whatever was begun.
pub(super) async fn make(work: &mut Work<'_>, found: i64) -> Result<(), Fault> {
    let prefix = format!("`{}_", work.prefix.replace('`', "``"));
    for (_, step) in (1..).zip(STEPS).filter(|(schema, _)| *schema > found) {
        for statement in step.replace("`@", &prefix).split_inclusive(";\n") {
            work.define(statement).await?;
        }
    }
    Ok(())
}

pub(super) async fn renew(work: &mut Work<'_>) -> Result<(), Fault> {
    reserve(work).await?;
    let done = try_renew(work).await;
    let released = release(work).await;
    match done.and(released) {
        Ok(()) => Ok(()),
        Err(fault) => Err(denied(work, fault).await),
    }
}

async fn try_renew(work: &mut Work<'_>) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    let found = read::schema(work).await?;
    if found >= SCHEMA {
        return Ok(());
    }
    make(work, found).await?;
    work.commit(Sight::Snapshot).await?;
    if !digest::lock(work).await? {
        return Ok(());
    }
    // Only an answer from zero says of everyone whose purse it is.
    digest::all(work).await?;
    apply::begin_anew(work).await?;
    work.execute("UPDATE @.replica SET version = ?", vec![SCHEMA.into()]).await
}
