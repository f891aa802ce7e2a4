//! Who has most, and least: read along an index that no entry pays for. Whoever reads it brings it up to date first, with
//! what the log says since.

use onepurse_core::{Amount, AssetName, PurseId};
use rusqlite::Transaction;

use super::{fault::Fault, read, row};
use crate::Rank;

/// Whether balances moved since they were given places.
pub(super) fn are_behind(snapshot: &Transaction) -> Result<bool, Fault> {
    Ok(snapshot
        .prepare_cached("SELECT 1 FROM places WHERE seq <> (SELECT head_seq FROM ledger)")?
        .exists([])?)
}

/// Gives a place to every balance that moved since this was done last.
pub(super) fn bring_up_to_date(transaction: &Transaction) -> Result<(), Fault> {
    let since: i64 = transaction.prepare_cached("SELECT seq FROM places")?.query_one([], |row| row.get(0))?;
    let head = row::head(transaction)?.seq;
    if since == head {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "INSERT INTO place (purse, asset, amount)
             SELECT balance.purse, balance.asset, balance.amount
             FROM (SELECT DISTINCT purse, asset FROM entry NOT INDEXED WHERE seq > ?1) AS moved
             CROSS JOIN balance ON balance.purse = moved.purse AND balance.asset = moved.asset
             WHERE true
             ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount
                WHERE amount <> excluded.amount",
        )?
        .execute([since])?;
    transaction.prepare_cached("UPDATE places SET seq = ?1")?.execute([head])?;
    Ok(())
}

/// The purses that somebody has with less than nothing of an asset, the deepest first.
pub(super) fn debts(snapshot: &Transaction, asset: &AssetName, limit: u32) -> Result<Vec<Rank>, Fault> {
    let mut statement = snapshot.prepare_cached(
        "SELECT place.purse, place.amount FROM place
         WHERE place.asset = (SELECT id FROM asset WHERE name = ?1) AND place.amount < 0
           AND EXISTS (SELECT 1 FROM identity WHERE identity.purse = place.purse)
         ORDER BY place.amount, place.purse LIMIT ?2",
    )?;
    let debts = statement.query_and_then((asset.as_str(), limit), |row| {
        Ok::<_, Fault>((row::purse(row, "purse")?, row::amount(row, "amount")?))
    })?;
    ranked(snapshot, 1, debts)
}

fn ranked(
    snapshot: &Transaction,
    first: u64,
    ranks: impl Iterator<Item = Result<(PurseId, Amount), Fault>>,
) -> Result<Vec<Rank>, Fault> {
    (first..)
        .zip(ranks)
        .map(|(place, rank)| {
            let (purse, amount) = rank?;
            Ok(Rank { place, purse, identities: read::names(snapshot, purse)?, amount })
        })
        .collect()
}

/// The purses with the most of an asset that somebody has; of equals, the older purse first.
pub(super) fn leaderboard(
    snapshot: &Transaction,
    asset: &AssetName,
    offset: u32,
    limit: u32,
) -> Result<Vec<Rank>, Fault> {
    let mut statement = snapshot.prepare_cached(
        "SELECT place.purse, place.amount FROM place
         WHERE place.asset = (SELECT id FROM asset WHERE name = ?1)
           AND EXISTS (SELECT 1 FROM identity WHERE identity.purse = place.purse)
         ORDER BY place.amount DESC, place.purse LIMIT ?3 OFFSET ?2",
    )?;
    let ranks = statement.query_and_then((asset.as_str(), offset, limit), |row| {
        Ok::<_, Fault>((row::purse(row, "purse")?, row::amount(row, "amount")?))
    })?;
    ranked(snapshot, u64::from(offset) + 1, ranks)
}
