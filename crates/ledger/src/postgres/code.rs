//! Link codes, as hashes.

use onepurse_core::{
    Cursor, Identity, LedgerId, LinkCode, Random, Rejection,
    code::{self, CODE_LASTS_MS, CODE_REMEMBERED_MS, Issued, TRIES_WITHIN_MS},
};
use onepurse_postgres::{Client, Row, types::Type};

use super::{facts, fault::Fault, row, schema, server::Server, server::begin_write, store};
use crate::{Link, Redeem, plan};

/// Notes a new code, and that older ones of the same identity are used up.
pub(super) async fn issue(server: &Server, identity: &Identity, code: &LinkCode) -> Result<(), Fault> {
    let session = server.session().await?;
    let client = &session.client;
    client.batch_execute(&begin_write()).await?;
    schema::lock(client).await?;
    let now_ms = server.clock.now_ms();
    forget_old(client, now_ms).await?;
    let hash = code.hash(row::ledger_id(client).await?);
    let (platform, external) = (identity.platform.as_str(), row::stored(identity.external.as_str()));
    client
        .execute_typed(
            "UPDATE onepurse.code SET used_ms = $3 WHERE platform = $1 AND external = $2 AND used_ms IS NULL",
            &[(&platform, Type::TEXT), (&external, Type::TEXT), (&now_ms, Type::INT8)],
        )
        .await?;
    client
        .execute_typed(
            "INSERT INTO onepurse.code (hash, platform, external, expires_ms) VALUES ($1, $2, $3, $4)",
            &[
                (&hash.as_slice(), Type::BYTEA),
                (&platform, Type::TEXT),
                (&external, Type::TEXT),
                (&now_ms.saturating_add(CODE_LASTS_MS), Type::INT8),
            ],
        )
        .await?;
    session.commit().await
}

/// Uses a code. A wrong one is noted, which is written: so what comes of it is no fault.
pub(super) async fn redeem(
    server: &Server,
    ledger: LedgerId,
    redeem: &Redeem,
    random: &dyn Random,
) -> Result<Result<Cursor, Rejection>, Fault> {
    let session = server.session().await?;
    let client = &session.client;
    let mut facts = facts::of_requests(client, &[redeem.key], &[&redeem.by]).await?;
    let now_ms = server.clock.now_ms();
    if facts.logged.values().any(|logged| logged.is_link_of(&redeem.by)) {
        session.commit().await?;
        return Ok(Ok(facts.head));
    }
    if facts.is_used(redeem.key) {
        session.commit().await?;
        return Ok(Err(Rejection::SameKeyDifferentContent));
    }
    forget_old(client, now_ms).await?;
    let hash = redeem.code.hash(ledger);
    let tries = tries(client, &redeem.by).await?;
    let maker = match code::redeem(issued(client, &hash).await?, &redeem.by, tries, now_ms) {
        Ok(maker) => maker,
        Err(rejection) => {
            if code::is_wrong(&rejection) {
                note_try(client, &redeem.by, now_ms).await?;
            }
            session.commit().await?;
            return Ok(Err(rejection));
        }
    };
    let link = Link { key: redeem.key, stays: maker, joins: redeem.by.clone(), actor: None, reason: None };
    facts::add_purses_of(client, &mut facts, &[&link.stays]).await?;
    let plan = plan::prove(facts, &link, now_ms, random)?;
    client
        .execute_typed(
            "UPDATE onepurse.code SET used_ms = $2 WHERE hash = $1",
            &[(&hash.as_slice(), Type::BYTEA), (&now_ms, Type::INT8)],
        )
        .await?;
    store::store(session, &plan).await?;
    Ok(Ok(plan.head))
}

async fn forget_old(client: &Client, now_ms: i64) -> Result<(), Fault> {
    let codes = now_ms.saturating_sub(CODE_REMEMBERED_MS);
    client.execute_typed("DELETE FROM onepurse.code WHERE expires_ms < $1", &[(&codes, Type::INT8)]).await?;
    let tries = now_ms.saturating_sub(TRIES_WITHIN_MS);
    client.execute_typed("DELETE FROM onepurse.code_try WHERE at_ms <= $1", &[(&tries, Type::INT8)]).await?;
    Ok(())
}

async fn issued(client: &Client, hash: &[u8; 32]) -> Result<Option<Issued>, Fault> {
    let read = |row: Row| -> Result<Issued, Fault> {
        Ok(Issued {
            identity: row::identity(&row)?,
            expires_ms: row::number(&row, "expires_ms")?,
            is_used: row.try_get("is_used")?,
        })
    };
    let found = client
        .query_typed_opt(
            "SELECT platform, external, expires_ms, used_ms IS NOT NULL AS is_used FROM onepurse.code
             WHERE hash = $1",
            &[(&hash.as_slice(), Type::BYTEA)],
        )
        .await?;
    found.map(read).transpose()
}

async fn tries(client: &Client, by: &Identity) -> Result<u64, Fault> {
    let found = client
        .query_typed_one(
            "SELECT count(*) AS tries FROM onepurse.code_try WHERE platform = $1 AND external = $2",
            &[(&by.platform.as_str(), Type::TEXT), (&row::stored(by.external.as_str()), Type::TEXT)],
        )
        .await?;
    Ok(u64::try_from(row::number(&found, "tries")?).unwrap_or_default())
}

async fn note_try(client: &Client, by: &Identity, now_ms: i64) -> Result<(), Fault> {
    client
        .execute_typed(
            "INSERT INTO onepurse.code_try (platform, external, at_ms) VALUES ($1, $2, $3)",
            &[
                (&by.platform.as_str(), Type::TEXT),
                (&row::stored(by.external.as_str()), Type::TEXT),
                (&now_ms, Type::INT8),
            ],
        )
        .await?;
    Ok(())
}
