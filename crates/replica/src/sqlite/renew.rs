//! The schemas that our tables have had, and bringing those of an older program up to date.

use super::{Work, connect::Fault, read};

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
    for (_, step) in (1..).zip(STEPS).filter(|(schema, _)| *schema > found) {
        work.db.execute_batch(step)?;
    }
    work.db.execute("UPDATE onepurse_replica SET schema = ?1 WHERE schema < ?1", [SCHEMA])?;
    Ok(())
}
