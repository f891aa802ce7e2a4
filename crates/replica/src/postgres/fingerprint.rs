//! What a server knows a database by.

use tokio_postgres::types::Type;

use super::{Work, fault::Fault};

/// The function that tells what a cluster was numbered when it was made. Some hosts let nobody call it.
const CONTROL: &str = "pg_catalog.pg_control_system()";

/// The cluster's number and the database's in it: neither changes with a name, an address or a user, and a standby has
/// the same. A dump that is read in elsewhere has others.
pub(super) async fn read(work: &Work<'_>) -> Result<Option<String>, Fault> {
    let may = work
        .one(
            "SELECT coalesce(has_function_privilege(to_regprocedure($1), 'EXECUTE'), false)",
            &[(&CONTROL, Type::TEXT)],
        )
        .await?;
    if !may.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let of = format!(
        "SELECT 'postgres ' || system_identifier || ' ' || oid FROM {CONTROL}, pg_catalog.pg_database \
         WHERE datname = current_database()"
    );
    Ok(Some(work.one(&of, &[]).await?.try_get(0)?))
}
