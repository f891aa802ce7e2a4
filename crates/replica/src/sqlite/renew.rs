//! The schemas that our tables have had, and bringing those of an older program up to date.

use super::{Work, apply, connect::Fault, read};

/// What each schema adds to the one before. What was released is not changed.
pub(super) const STEPS: [&str; 2] =
    [include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql")];

/// The schema of our own tables that this program writes.
pub(super) const SCHEMA: i64 = 2;

pub(super) fn renew(work: &Work<'_>) -> Result<(), Fault> {
    if !read::is_attached(work)? {
        return Ok(());
    }
    let found = read::schema(work)?;
    if found >= SCHEMA {
        return Ok(());
    }
    for (_, step) in (1..).zip(STEPS).filter(|(schema, _)| *schema > found) {
        work.db.execute_batch(step)?;
    }
    // Only an answer from zero says of everyone whose purse it is.
    apply::begin_anew(work)?;
    work.db.execute("UPDATE onepurse_replica SET schema = ?1", [SCHEMA])?;
    Ok(())
}
