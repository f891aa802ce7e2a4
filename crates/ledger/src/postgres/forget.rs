//! Forgetting somebody for good.

use onepurse_core::{Identity, Rejection};
use onepurse_postgres::types::Type;

use super::{facts, fault::Fault, replica, row, server::Server};
use crate::plan;

/// Whose the last entry in somebody's purse is.
const LAST_IN_PURSE: &str = "SELECT entry.identity FROM onepurse.entry WHERE entry.seq = (
    SELECT max(balance.last_seq) FROM onepurse.balance
    WHERE balance.purse = (SELECT purse FROM onepurse.identity WHERE platform = $1 AND external = $2))";

/// Erases what the ledger has of the name.
pub(super) async fn erase(server: &Server, identity: &Identity) -> Result<(), Fault> {
    let session = server.session().await?;
    let client = &session.client;
    let facts = facts::of_requests(client, &[], &[identity]).await?;
    let external = row::stored(identity.external.as_str());
    let name = [(&identity.platform.as_str() as _, Type::TEXT), (&external as _, Type::TEXT)];
    let last = client.query_typed_opt(LAST_IN_PURSE, &name).await?;
    let last = last.map(|last| last.try_get(0)).transpose()?;
    let known = plan::erase(&facts, identity, last)?;
    let waiting = "SELECT FROM onepurse.quarantine WHERE platform = $1 AND external = $2 LIMIT 1";
    if client.query_typed_opt(waiting, &name).await?.is_some() {
        return Err(Rejection::InQuarantine(identity.clone()).into());
    }
    let erase = "UPDATE onepurse.identity SET external = NULL, purse = NULL, salt = NULL WHERE id = $1";
    client.execute_typed(erase, &[(&known.id, Type::INT8)]).await?;
    client.execute_typed(row::MOVE_REVISION, &[]).await?;
    client.execute_typed("DELETE FROM onepurse.code WHERE platform = $1 AND external = $2", &name).await?;
    client
        .execute_typed("DELETE FROM onepurse.code_try WHERE platform = $1 AND external = $2", &name)
        .await?;
    if let Some(mut registration) = replica::find(client, identity.platform.clone()).await? {
        registration.held.retain(|held| held.external != identity.external);
        let held = registration.held_text();
        let held = held.as_deref().map(row::stored);
        let update = "UPDATE onepurse.platform SET left_held = $2
            WHERE name = $1 AND left_held IS DISTINCT FROM $2";
        let rest = [(&identity.platform.as_str() as _, Type::TEXT), (&held as _, Type::TEXT)];
        client.execute_typed(update, &rest).await?;
    }
    session.commit().await
}

/// Rows that nobody sees any more keep the name until the table is vacuumed. Who may not do that leaves it to the server.
pub(super) async fn vacuum(server: &Server) -> Result<(), Fault> {
    let session = server.session().await?;
    let tables = ["identity", "code", "code_try", "platform"];
    for table in tables {
        session.client.batch_execute(&format!("VACUUM (SKIP_LOCKED) onepurse.{table}")).await?;
    }
    session.keep();
    Ok(())
}
