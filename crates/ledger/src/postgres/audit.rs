use std::{collections::BTreeMap, pin::pin};

use futures_util::TryStreamExt;
use onepurse_core::{AssetName, PurseId};
use onepurse_postgres::{Client, Row};

use super::{
    facts,
    fault::Fault,
    row::{self, ENTRY},
};
use crate::{
    Audit, AuditScope,
    audit::{self, Auditor, Tagged},
    plan::Tally,
};

/// Reads the log in its order, as it comes over the wire, and adds everything up again. Only the sums are held.
pub(super) async fn audit(client: &Client, scope: AuditScope) -> Result<Audit, Fault> {
    let from_seq = scope.from_seq;
    let before = row::hash_of(client, from_seq - 1).await?;
    let mut auditor = Auditor::new(scope, row::head(client).await?, before);
    let entries = format!("SELECT {ENTRY} WHERE entry.seq >= {from_seq} ORDER BY entry.seq");
    each(client, &entries, |row| {
        auditor.read(&row::entry(row)?, row::number(row, "previous")?);
        Ok(())
    })
    .await?;
    let tagged = "SELECT platform, external, salt, tag FROM onepurse.identity WHERE external IS NOT NULL";
    each(client, tagged, |row| {
        let (salt, tag) = (row::id(row, "salt")?, row::tag(row, "tag")?);
        auditor.compare_tag(&Tagged { identity: row::identity(row)?, salt, tag });
        Ok(())
    })
    .await?;
    let mut found = auditor.finish(balances(client).await?);
    found.twice = doubled(client, from_seq).await?;
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

async fn balances(client: &Client) -> Result<BTreeMap<(PurseId, AssetName), Tally>, Fault> {
    let mut balances = BTreeMap::new();
    let query = "SELECT balance.purse, asset.name, balance.amount, balance.last_seq
        FROM onepurse.balance JOIN onepurse.asset ON asset.id = balance.asset";
    each(client, query, |row| {
        balances.insert((row::purse(row, "purse")?, row::asset(row, "name")?), facts::tally(row)?);
        Ok(())
    })
    .await?;
    Ok(balances)
}

/// Among the entries from this one on; trusting no index that says that there can be none.
async fn doubled(client: &Client, from_seq: i64) -> Result<Vec<String>, Fault> {
    let mut doubled = vec![];
    let keys = format!(
        "SELECT key, count(*) AS times FROM onepurse.entry WHERE seq >= {from_seq}
         GROUP BY key HAVING count(*) > 1"
    );
    each(client, &keys, |row| {
        doubled.push(audit::key_twice(row::key(row, "key")?, row::number(row, "times")?));
        Ok(())
    })
    .await?;
    let openings = format!(
        "SELECT identity.platform, identity.external, asset.name AS asset, opened.times
        FROM (SELECT identity, asset, count(*) AS times FROM onepurse.entry
              WHERE kind = 'opening' AND seq >= {from_seq} GROUP BY identity, asset HAVING count(*) > 1) AS opened
        JOIN onepurse.identity ON identity.id = opened.identity
        JOIN onepurse.asset ON asset.id = opened.asset"
    );
    each(client, &openings, |row| {
        let (identity, asset) = (row::logged_identity(row)?, row::asset(row, "asset")?);
        doubled.push(audit::opened_twice(&identity, &asset, row::number(row, "times")?));
        Ok(())
    })
    .await?;
    Ok(doubled)
}
