use onepurse_core::Asset;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::plan::Facts;

/// Notes every asset that is counted, what rows call it, and its policies.
pub(super) fn note_all(transaction: &Transaction, facts: &mut Facts) -> Result<(), Fault> {
    let mut all = transaction.prepare_cached("SELECT id, name, scale, merge FROM asset")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let Asset { name, merge, .. } = asset(row)?;
        facts.assets.insert(name.clone(), row.get("id")?);
        facts.merges.insert(name, merge);
    }
    Ok(())
}

/// Every asset that is counted, in the order in which they were declared.
pub(super) fn list(transaction: &Transaction) -> Result<Vec<Asset>, Fault> {
    transaction
        .prepare_cached("SELECT name, scale, merge FROM asset ORDER BY id")?
        .query_and_then([], asset)?
        .collect()
}

/// Counts these from now on, with these policies. All of them or, where one is counted with another scale, none.
pub(super) fn declare(transaction: &Transaction, assets: Vec<Asset>) -> Result<(), Fault> {
    for Asset { name, scale, merge } in assets {
        let kept = transaction
            .prepare_cached("SELECT name, scale, merge FROM asset WHERE name = ?1")?
            .query_one([name.as_str()], |row| Ok(asset(row)))
            .optional()?
            .transpose()?;
        match kept {
            Some(kept) if kept.scale == scale && kept.merge == merge => {}
            Some(kept) if kept.scale == scale => {
                transaction
                    .prepare_cached("UPDATE asset SET merge = ?2 WHERE name = ?1")?
                    .execute((name.as_str(), merge.as_str()))?;
            }
            Some(kept) => return Err(Fault::OtherScale { asset: name, kept: kept.scale, asked: scale }),
            None => {
                transaction
                    .prepare_cached("INSERT INTO asset (name, scale, merge) VALUES (?1, ?2, ?3)")?
                    .execute((name.as_str(), scale.decimals(), merge.as_str()))?;
            }
        }
    }
    Ok(())
}

fn asset(row: &Row) -> Result<Asset, Fault> {
    let merge = row::merge(row)?;
    Ok(Asset { merge, ..Asset::new(row::asset(row, "name")?, row::scale(row, "scale")?) })
}
