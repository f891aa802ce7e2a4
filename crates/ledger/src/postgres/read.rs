use std::collections::{BTreeMap, HashMap};

use onepurse_core::{Amount, AssetName, Entry, EventKey, Identity, Platform, PurseId};
use onepurse_postgres::{Client, types::Type};

use super::{
    fault::Fault,
    row::{self, ENTRY},
};
use crate::{EntryFilter, Purse};

/// The purse of an identity, if it was ever seen.
pub(super) async fn purse_of(client: &Client, identity: &Identity) -> Result<Option<Purse>, Fault> {
    let found = client
        .query_typed_opt(
            "SELECT purse FROM onepurse.identity WHERE platform = $1 AND external = $2",
            &[
                (&identity.platform.as_str(), Type::TEXT),
                (&row::stored(identity.external.as_str()), Type::TEXT),
            ],
        )
        .await?;
    match found {
        Some(row) => purse(client, row::purse(&row, "purse")?).await,
        None => Ok(None),
    }
}

/// A purse by its number; also one that was merged into another, with nobody in it.
pub(super) async fn purse(client: &Client, id: PurseId) -> Result<Option<Purse>, Fault> {
    let exists = "SELECT EXISTS (SELECT FROM onepurse.purse WHERE id = $1)";
    let there = client.query_typed_one(exists, &[(&id.0, Type::INT8)]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let balances = balances(client, id).await?;
    let identities = names(client, &[id.0]).await?.remove(&id).unwrap_or_default();
    Ok(Some(Purse { id, identities, balances }))
}

async fn balances(client: &Client, id: PurseId) -> Result<BTreeMap<AssetName, Amount>, Fault> {
    let rows = client
        .query_typed(
            "SELECT asset.name, balance.amount FROM onepurse.balance
             JOIN onepurse.asset ON asset.id = balance.asset WHERE balance.purse = $1",
            &[(&id.0, Type::INT8)],
        )
        .await?;
    rows.iter().map(|row| Ok((row::asset(row, "name")?, row::amount(row, "amount")?))).collect()
}

/// Everyone in these purses, sorted.
pub(super) async fn names(client: &Client, purses: &[i64]) -> Result<HashMap<PurseId, Vec<Identity>>, Fault> {
    let rows = client
        .query_typed(
            "SELECT purse, platform, external FROM onepurse.identity WHERE purse = ANY ($1)",
            &[(&purses, Type::INT8_ARRAY)],
        )
        .await?;
    let mut names: HashMap<PurseId, Vec<Identity>> = HashMap::new();
    for row in &rows {
        names.entry(row::purse(row, "purse")?).or_default().push(row::identity(row)?);
    }
    for sharing in names.values_mut() {
        sharing.sort();
    }
    Ok(names)
}

/// The newest entries of a purse before an entry, as many as are asked for of each asset.
const IN_PURSE: &str = "entry.seq IN (
    WITH RECURSIVE walk (seq, asked) AS (
        SELECT last_seq, (last_seq < $2)::int FROM onepurse.balance WHERE purse = $1
        UNION ALL
        SELECT entry.previous, walk.asked + (entry.previous < $2)::int
        FROM walk JOIN onepurse.entry ON entry.seq = walk.seq WHERE entry.previous > 0 AND walk.asked < $3
    )
    SELECT seq FROM walk WHERE seq < $2)";

/// Entries, newest first.
pub(super) async fn entries(client: &Client, filter: &EntryFilter) -> Result<Vec<Entry>, Fault> {
    let narrow = if filter.purse.is_some() { IN_PURSE } else { "$1 IS NULL" };
    let before = filter.before_seq.unwrap_or(i64::MAX);
    let rows = client
        .query_typed(
            &format!("SELECT {ENTRY} WHERE {narrow} AND entry.seq < $2 ORDER BY entry.seq DESC LIMIT $3"),
            &[
                (&filter.purse.map(|purse| purse.0), Type::INT8),
                (&before, Type::INT8),
                (&i64::from(filter.limit), Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(row::entry).collect()
}

/// The first entry after `seq`.
pub(super) async fn entry_after(client: &Client, seq: i64) -> Result<Option<Entry>, Fault> {
    let first = format!("SELECT {ENTRY} WHERE entry.seq > $1 ORDER BY entry.seq LIMIT 1");
    let found = client.query_typed_opt(&first, &[(&seq, Type::INT8)]).await?;
    found.as_ref().map(row::entry).transpose()
}

/// How many events of the platform carry this very millisecond, up to 10.
pub(super) async fn captured_with(
    client: &Client,
    platform: &Platform,
    captured_ms: i64,
) -> Result<u64, Fault> {
    let [first, last] = EventKey::within(captured_ms);
    let counted = client
        .query_typed_one(
            "SELECT count(*) FROM (
                 SELECT FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
                 WHERE entry.captured_ms = $2 AND entry.kind = 'opening' AND identity.platform = $1
                 UNION ALL
                 SELECT FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
                 WHERE entry.key BETWEEN $3 AND $4 AND entry.kind IN ('change', 'repair')
                   AND identity.platform = $1
                 LIMIT 10) AS together",
            &[
                (&platform.as_str(), Type::TEXT),
                (&captured_ms, Type::INT8),
                (&first.0.as_slice(), Type::BYTEA),
                (&last.0.as_slice(), Type::BYTEA),
            ],
        )
        .await?;
    Ok(counted.try_get::<_, i64>(0)?.cast_unsigned())
}

/// Entries after `after_seq`, oldest first.
pub(super) async fn log(client: &Client, after_seq: i64, limit: u32) -> Result<Vec<Entry>, Fault> {
    let rows = client
        .query_typed(
            &format!("SELECT {ENTRY} WHERE entry.seq > $1 ORDER BY entry.seq LIMIT $2"),
            &[(&after_seq, Type::INT8), (&i64::from(limit), Type::INT8)],
        )
        .await?;
    rows.iter().map(row::entry).collect()
}

/// The changes of the platform that carry this very millisecond, oldest first.
pub(super) async fn captured_in(
    client: &Client,
    platform: &Platform,
    captured_ms: i64,
    after_seq: i64,
    limit: u32,
) -> Result<Vec<Entry>, Fault> {
    let [first, last] = EventKey::within(captured_ms);
    let rows = client
        .query_typed(
            &format!(
                "SELECT {ENTRY} WHERE entry.key BETWEEN $4 AND $5 AND entry.kind = 'change'
                 AND identity.platform = $1 AND entry.seq > $2 ORDER BY entry.seq LIMIT $3"
            ),
            &[
                (&platform.as_str(), Type::TEXT),
                (&after_seq, Type::INT8),
                (&i64::from(limit), Type::INT8),
                (&first.0.as_slice(), Type::BYTEA),
                (&last.0.as_slice(), Type::BYTEA),
            ],
        )
        .await?;
    rows.iter().map(row::entry).collect()
}
