use std::{collections::BTreeMap, pin::pin};

use futures_util::TryStreamExt;
use onepurse_core::{Amount, AssetName, PurseId};
use onepurse_postgres::{Client, Row};

use super::{
    fault::Fault,
    row::{self, ENTRY},
};
use crate::{
    Audit,
    audit::{self, Auditor, Tagged},
};

/// Reads the whole log in its order, as it comes over the wire, and adds everything up again. Only the sums are held.
pub(super) async fn audit(client: &Client) -> Result<Audit, Fault> {
    let mut auditor = Auditor::new(row::head(client).await?);
    each(client, &format!("SELECT {ENTRY} ORDER BY entry.seq"), |row| {
        auditor.read(&row::entry(row)?);
        Ok(())
    })
    .await?;
    each(client, "SELECT platform, external, salt, tag FROM onepurse.identity", |row| {
        let (salt, tag) = (row::id(row, "salt")?, row::tag(row, "tag")?);
        auditor.compare_tag(&Tagged { identity: row::identity(row)?, salt, tag });
        Ok(())
    })
    .await?;
    let mut found = auditor.finish(balances(client).await?);
    found.twice = doubled(client).await?;
    Ok(found)
}

/// Calls `take` with one row after the other.
async fn each(
    client: &Client,
    query: &str,
    mut take: impl FnMut(&Row) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let none: [(i64, onepurse_postgres::types::Type); 0] = [];
    let mut rows = pin!(client.query_typed_raw(query, none).await?);
    while let Some(row) = rows.try_next().await? {
        take(&row)?;
    }
    Ok(())
}

async fn balances(client: &Client) -> Result<BTreeMap<(PurseId, AssetName), Amount>, Fault> {
    let mut balances = BTreeMap::new();
    let query = "SELECT balance.purse, asset.name, balance.amount
        FROM onepurse.balance JOIN onepurse.asset ON asset.id = balance.asset";
    each(client, query, |row| {
        balances.insert((row::purse(row, "purse")?, row::asset(row, "name")?), row::amount(row, "amount")?);
        Ok(())
    })
    .await?;
    Ok(balances)
}

/// Trusting no index that says that there can be none.
async fn doubled(client: &Client) -> Result<Vec<String>, Fault> {
    let mut doubled = vec![];
    let keys = "SELECT key, count(*) AS times FROM onepurse.entry GROUP BY key HAVING count(*) > 1";
    each(client, keys, |row| {
        doubled.push(audit::key_twice(row::key(row, "key")?, row::number(row, "times")?));
        Ok(())
    })
    .await?;
    let openings = "SELECT identity.platform, identity.external, asset.name AS asset, opened.times
        FROM (SELECT identity, asset, count(*) AS times FROM onepurse.entry
              WHERE kind = 'opening' GROUP BY identity, asset HAVING count(*) > 1) AS opened
        JOIN onepurse.identity ON identity.id = opened.identity
        JOIN onepurse.asset ON asset.id = opened.asset";
    each(client, openings, |row| {
        let (identity, asset) = (row::identity(row)?, row::asset(row, "asset")?);
        doubled.push(audit::opened_twice(&identity, &asset, row::number(row, "times")?));
        Ok(())
    })
    .await?;
    Ok(doubled)
}
