use onepurse_core::Asset;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::plan::Facts;

/// Notes every asset that is counted, what rows call it, and its policies.
pub(super) fn note_all(transaction: &Transaction, facts: &mut Facts) -> Result<(), Fault> {
    let mut all = transaction.prepare_cached("SELECT id, name, scale, merge, overdraft FROM asset")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let Asset { name, merge, overdraft, .. } = asset(row)?;
        let id = row.get("id")?;
        facts.assets.insert(name.clone(), id);
        facts.overdrafts.insert(id, overdraft);
        facts.merges.insert(name, merge);
    }
    Ok(())
}

/// Every asset that is counted, in the order in which they were declared.
pub(super) fn list(transaction: &Transaction) -> Result<Vec<Asset>, Fault> {
    transaction
        .prepare_cached("SELECT name, scale, merge, overdraft FROM asset ORDER BY id")?
        .query_and_then([], asset)?
        .collect()
}

/// Counts these from now on, with these policies. All of them or, where one is counted with another scale, none.
pub(super) fn declare(transaction: &Transaction, assets: Vec<Asset>) -> Result<(), Fault> {
    let mut changed = false;
    for Asset { name, scale, merge, overdraft } in assets {
        let kept = transaction
            .prepare_cached("SELECT name, scale, merge, overdraft FROM asset WHERE name = ?1")?
            .query_one([name.as_str()], |row| Ok(asset(row)))
            .optional()?
            .transpose()?;
        match kept {
            Some(kept) if (kept.scale, kept.merge, kept.overdraft) == (scale, merge, overdraft) => {}
            Some(kept) if kept.scale == scale => {
                changed = true;
                transaction
                    .prepare_cached("UPDATE asset SET merge = ?2, overdraft = ?3 WHERE name = ?1")?
                    .execute((name.as_str(), merge.as_str(), overdraft.as_str()))?;
            }
            Some(kept) => return Err(Fault::OtherScale { asset: name, kept: kept.scale, asked: scale }),
            None => {
                changed = true;
                transaction
                    .prepare_cached(
                        "INSERT INTO asset (name, scale, merge, overdraft) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute((name.as_str(), scale.decimals(), merge.as_str(), overdraft.as_str()))?;
            }
        }
    }
    if changed { row::move_revision(transaction) } else { Ok(()) }
}

fn asset(row: &Row) -> Result<Asset, Fault> {
    let (merge, overdraft) = (row::merge(row)?, row::overdraft(row)?);
    Ok(Asset { merge, overdraft, ..Asset::new(row::asset(row, "name")?, row::scale(row, "scale")?) })
}
