use std::collections::HashMap;

use onepurse_core::{Asset, AssetName};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::plan::AssetId;

/// Every asset that is counted, and what rows call it.
pub(super) fn ids(transaction: &Transaction) -> Result<HashMap<AssetName, AssetId>, Fault> {
    transaction
        .prepare_cached("SELECT id, name FROM asset")?
        .query_and_then([], |row| Ok((row::asset(row, "name")?, row.get("id")?)))?
        .collect()
}

/// Every asset that is counted, in the order in which they were declared.
pub(super) fn list(transaction: &Transaction) -> Result<Vec<Asset>, Fault> {
    transaction
        .prepare_cached("SELECT name, scale FROM asset ORDER BY id")?
        .query_and_then([], asset)?
        .collect()
}

/// Counts these from now on. All of them or, where one is counted with another scale, none.
pub(super) fn declare(transaction: &Transaction, assets: Vec<Asset>) -> Result<(), Fault> {
    for Asset { name, scale } in assets {
        let kept = transaction
            .prepare_cached("SELECT name, scale FROM asset WHERE name = ?1")?
            .query_one([name.as_str()], |row| Ok(asset(row)))
            .optional()?
            .transpose()?;
        match kept {
            Some(kept) if kept.scale == scale => {}
            Some(kept) => return Err(Fault::OtherScale { asset: name, kept: kept.scale, asked: scale }),
            None => {
                transaction
                    .prepare_cached("INSERT INTO asset (name, scale) VALUES (?1, ?2)")?
                    .execute((name.as_str(), scale.decimals()))?;
            }
        }
    }
    Ok(())
}

fn asset(row: &Row) -> Result<Asset, Fault> {
    Ok(Asset { name: row::asset(row, "name")?, scale: row::scale(row, "scale")? })
}
