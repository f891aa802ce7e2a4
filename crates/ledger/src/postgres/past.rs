//! What somebody had in the past.

use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Identity, PurseId};
use onepurse_postgres::{Client, Row, types::Type};

use super::{fault::Fault, row};
use crate::{Past, plan::last_by};

/// Who has moved since leaves an entry in the purse that they came to, and right after it one in the purse that they left.
const PURSE: &str = "SELECT coalesce(
        (SELECT source.purse FROM onepurse.entry AS source WHERE source.seq = 1 + (
             SELECT min(moved.seq) FROM onepurse.entry AS moved
             WHERE moved.seq > $3 AND moved.kind IN ('link', 'unlink') AND moved.identity = identity.id)),
        identity.purse) AS purse
    FROM onepurse.identity WHERE platform = $1 AND external = $2";
const BALANCES: &str = "WITH RECURSIVE walk (seq) AS (
        SELECT last_seq FROM onepurse.balance WHERE purse = $1
        UNION ALL
        SELECT entry.previous FROM walk JOIN onepurse.entry ON entry.seq = walk.seq WHERE walk.seq > $2
    )
    SELECT asset.name AS asset, entry.balance AS amount
    FROM walk JOIN onepurse.entry ON entry.seq = walk.seq JOIN onepurse.asset ON asset.id = entry.asset
    WHERE walk.seq <= $2";

/// What an identity had at this time, if it had a purse by then.
pub(super) async fn past_of(client: &Client, identity: &Identity, at_ms: i64) -> Result<Option<Past>, Fault> {
    let mut search = last_by(row::head(client).await?.seq, at_ms);
    while let Some(seq) = search.asks() {
        let time = "SELECT at_ms FROM onepurse.entry WHERE seq = $1";
        let time = client.query_typed_one(time, &[(&seq, Type::INT8)]).await?;
        search.hears(row::number(&time, "at_ms")?);
    }
    let seq = search.found();
    let external = row::stored(identity.external.as_str());
    let who = [
        (&identity.platform.as_str() as _, Type::TEXT),
        (&external as _, Type::TEXT),
        (&seq as _, Type::INT8),
    ];
    let Some(found) = client.query_typed_opt(PURSE, &who).await? else { return Ok(None) };
    let purse = row::purse(&found, "purse")?;
    let balances = balances_at(client, purse, seq).await?;
    Ok((!balances.is_empty()).then_some(Past { seq, purse, balances }))
}

async fn balances_at(
    client: &Client,
    purse: PurseId,
    seq: i64,
) -> Result<BTreeMap<AssetName, Amount>, Fault> {
    let balance = |row: &Row| Ok((row::asset(row, "asset")?, row::amount(row, "amount")?));
    let rows = client.query_typed(BALANCES, &[(&purse.0, Type::INT8), (&seq, Type::INT8)]).await?;
    rows.iter().map(balance).collect()
}
