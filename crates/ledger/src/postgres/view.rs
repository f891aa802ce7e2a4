use onepurse_postgres::{quote, types::Type};

use super::{
    fault::Fault,
    schema,
    server::{Server, begin_write},
};

/// The founding name, and the one that is taken where the founding one belongs to somebody else.
const NAMES: [&str; 2] = ["unified_users", "onepurse_unified_users"];
/// What the comment on a view `unified_users` says where that is ours.
pub const OUR_VIEW: &str = "onepurse: one row a person";

/// Shows the ledger in the schema `public` under the founding name: `SELECT * FROM unified_users WHERE telegram_id =
/// '456'`. A table of that name stays what it is. A role that may not make anything there has the view
/// `onepurse.unified_users` all the same, and a ledger that works.
pub(super) async fn establish(server: &Server) {
    let mut made = establish_once(server).await;
    if made.as_ref().is_err_and(schema::is_made_meanwhile) {
        made = establish_once(server).await;
    }
    if let Err(fault) = made {
        tracing::info!(
            ledger = %server.address,
            why = %fault,
            "`unified_users` could not be made in the schema public; it is there as onepurse.unified_users"
        );
    }
}

async fn establish_once(server: &Server) -> Result<(), Fault> {
    let session = server.session().await?;
    let client = &session.client;
    client.batch_execute(&begin_write()).await?;
    for name in NAMES {
        let taken = client
            .query_typed_opt(
                "SELECT coalesce(pg_catalog.obj_description(oid, 'pg_class') = $2, false)
                 FROM pg_catalog.pg_class
                 WHERE relname = $1 AND relnamespace = 'public'::pg_catalog.regnamespace",
                &[(&name, Type::TEXT), (&OUR_VIEW, Type::TEXT)],
            )
            .await?;
        match taken.map(|row| row.try_get::<_, bool>(0)).transpose()? {
            Some(true) => break,
            Some(false) => {}
            None => {
                let view = quote(name);
                client
                    .batch_execute(&format!(
                        "CREATE VIEW public.{view} AS SELECT * FROM onepurse.unified_users;
                         COMMENT ON VIEW public.{view} IS '{OUR_VIEW}'"
                    ))
                    .await?;
                break;
            }
        }
    }
    session.commit().await
}
