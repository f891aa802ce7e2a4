use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Identity, IdentityTag, PurseId};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::plan::Known;

/// The identity, if it was ever seen.
pub(super) fn find(transaction: &Transaction, identity: &Identity) -> Result<Option<Known>, Fault> {
    transaction
        .prepare_cached(
            "SELECT id, platform, external, purse, tag FROM identity WHERE platform = ?1 AND external = ?2",
        )?
        .query_one((identity.platform.as_str(), identity.external.as_str()), |row| Ok(known(row)))
        .optional()?
        .transpose()
}

/// Everyone in a purse, sorted.
pub(super) fn sharing(transaction: &Transaction, purse: PurseId) -> Result<Vec<Known>, Fault> {
    transaction
        .prepare_cached(
            "SELECT id, platform, external, purse, tag FROM identity WHERE purse = ?1
             ORDER BY platform, external",
        )?
        .query_and_then([purse.0], known)?
        .collect()
}

/// Everything in a purse.
pub(super) fn balances(
    transaction: &Transaction,
    purse: PurseId,
) -> Result<BTreeMap<AssetName, Amount>, Fault> {
    transaction
        .prepare_cached(
            "SELECT asset.name, balance.amount FROM balance JOIN asset ON asset.id = balance.asset
             WHERE balance.purse = ?1",
        )?
        .query_and_then([purse.0], |row| Ok((row::asset(row, "name")?, row::amount(row, "amount")?)))?
        .collect()
}

fn known(row: &Row) -> Result<Known, Fault> {
    Ok(Known {
        id: row.get("id")?,
        identity: row::identity(row)?,
        purse: row::purse(row, "purse")?,
        tag: IdentityTag(row.get("tag")?),
    })
}
