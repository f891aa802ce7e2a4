//! The schemas that our tables have had, and bringing those of an older program up to date.

use tokio_postgres::types::Type;

use super::{Work, apply, attach::share, digest, fault::Fault, read};

/// What each schema adds to the one before. What was released is not changed.
pub(super) const STEPS: [&str; 2] =
    [include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql")];

/// The schema of our own tables that this program writes.
pub(super) const SCHEMA: i64 = 2;

pub(super) async fn renew(work: &Work<'_>) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    let (found, schema) = (read::schema(work).await?, work.sql_schema());
    if found >= SCHEMA {
        return Ok(());
    }
    for (_, step) in (1..).zip(STEPS).filter(|(schema, _)| *schema > found) {
        work.run_plain(&step.replace("@.", &format!("{schema}."))).await?;
    }
    share(work).await?;
    // Only an answer from zero says of everyone whose purse it is.
    digest::all(work).await?;
    apply::begin_anew(work).await?;
    work.execute("UPDATE @.replica SET schema = $1", &[(&SCHEMA, Type::INT8)]).await?;
    Ok(())
}
