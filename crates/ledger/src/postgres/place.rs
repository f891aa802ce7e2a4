//! Who has most, and least: read along an index that no entry pays for. Whoever reads it brings it up to date first, with
//! what the log says since.

use onepurse_core::AssetName;
use onepurse_postgres::{Client, Row, types::Type};

use super::{
    fault::Fault,
    read, row,
    server::{Server, begin_write},
};
use crate::Rank;

const BEHIND: &str = "SELECT FROM onepurse.places WHERE seq <> (SELECT head_seq FROM onepurse.ledger)";
/// Whoever else does this waits here. What is read after it, in a statement of its own, is at least as new.
const LOCK: &str = "SELECT FROM onepurse.places FOR UPDATE";
const BRING: &str = "WITH moved AS (
        SELECT DISTINCT purse, asset FROM onepurse.entry WHERE seq > (SELECT seq FROM onepurse.places)
    ), placed AS (
        INSERT INTO onepurse.place AS place (purse, asset, amount)
        SELECT purse, asset, balance.amount FROM moved JOIN onepurse.balance USING (purse, asset)
        ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount WHERE place.amount <> excluded.amount
    )
    UPDATE onepurse.places SET seq = (SELECT head_seq FROM onepurse.ledger)";

/// Whether balances moved since they were given places.
pub(super) async fn are_behind(client: &Client) -> Result<bool, Fault> {
    Ok(client.query_typed_opt(BEHIND, &[]).await?.is_some())
}

/// Gives a place to every balance that moved since this was done last.
pub(super) async fn bring_up_to_date(server: &Server) -> Result<(), Fault> {
    let session = server.session().await?;
    session.client.batch_execute(&begin_write()).await?;
    session.client.execute_typed(LOCK, &[]).await?;
    session.client.execute_typed(BRING, &[]).await?;
    session.commit().await
}

/// The purses that somebody has with less than nothing of an asset, the deepest first.
pub(super) async fn debts(client: &Client, asset: &AssetName, limit: u32) -> Result<Vec<Rank>, Fault> {
    let rows = client
        .query_typed(
            "SELECT place.purse, place.amount FROM onepurse.place
             WHERE place.asset = (SELECT id FROM onepurse.asset WHERE name = $1) AND place.amount < 0
               AND EXISTS (SELECT FROM onepurse.identity WHERE identity.purse = place.purse)
             ORDER BY place.amount, place.purse LIMIT $2",
            &[(&asset.as_str(), Type::TEXT), (&i64::from(limit), Type::INT8)],
        )
        .await?;
    ranked(client, 1, &rows).await
}

async fn ranked(client: &Client, first: u64, rows: &[Row]) -> Result<Vec<Rank>, Fault> {
    let rank = |row: &Row| Ok((row::purse(row, "purse")?, row::amount(row, "amount")?));
    let ranks = rows.iter().map(rank).collect::<Result<Vec<_>, Fault>>()?;
    let purses: Vec<_> = ranks.iter().map(|(purse, _)| purse.0).collect();
    let mut names = read::names(client, &purses).await?;
    let rank = |(place, (purse, amount))| Rank {
        place,
        purse,
        identities: names.remove(&purse).unwrap_or_default(),
        amount,
    };
    Ok((first..).zip(ranks).map(rank).collect())
}

/// The purses with the most of an asset that somebody has; of equals, the older purse first.
pub(super) async fn leaderboard(
    client: &Client,
    asset: &AssetName,
    offset: u32,
    limit: u32,
) -> Result<Vec<Rank>, Fault> {
    // Else, as long as nobody has analyzed the tables, it may read and sort every balance that there is.
    client.batch_execute("SET LOCAL enable_sort = off").await?;
    let rows = client
        .query_typed(
            "SELECT place.purse, place.amount FROM onepurse.place
             WHERE place.asset = (SELECT id FROM onepurse.asset WHERE name = $1)
               AND EXISTS (SELECT FROM onepurse.identity WHERE identity.purse = place.purse)
             ORDER BY place.amount DESC, place.purse LIMIT $3 OFFSET $2",
            &[
                (&asset.as_str(), Type::TEXT),
                (&i64::from(offset), Type::INT8),
                (&i64::from(limit), Type::INT8),
            ],
        )
        .await?;
    ranked(client, u64::from(offset) + 1, &rows).await
}
