//! What the bot's rows showed when the database was detached. What they have moved from there without us is the bot's own
//! doing; what differs from the ledger besides is what others did meanwhile.

use std::collections::HashMap;

use onepurse_core::{Amount, Balance, local};
use rusqlite::params;

use super::{Work, connect::Fault, terms::Bound};

/// Notes a balance that was applied when the database was detached.
pub(super) fn note(work: &Work<'_>, balance: &Balance) -> Result<(), Fault> {
    let Balance { asset, external, amount } = balance;
    work.db
        .prepare_cached(
            "INSERT INTO onepurse_identity (mapping, id, base) \
             SELECT mapping, ?2, ?3 FROM onepurse_mapping WHERE asset = ?1 \
             ON CONFLICT (mapping, id) DO UPDATE SET base = excluded.base",
        )?
        .execute(params![asset.as_str(), external.as_str(), amount.units()])?;
    Ok(())
}

/// Forgets them: they are good for one comparison.
pub(super) fn forget(work: &Work<'_>) -> Result<(), Fault> {
    work.db.execute("UPDATE onepurse_identity SET base = NULL WHERE base IS NOT NULL", [])?;
    Ok(())
}

/// What rows would show if nothing had moved them but what was captured since the database was attached again.
pub(super) struct Bases(HashMap<String, Amount>);

impl Bases {
    /// No base is known, or none matters.
    pub(super) fn none() -> Self {
        Self(HashMap::new())
    }

    /// Those of a mapping. What was captured since is in the outbox, or among what is kept if it is included already.
    pub(super) fn read(work: &Work<'_>, bound: &Bound) -> Result<Self, Fault> {
        let (floor, step) = (floor(work, bound)?, Amount::new(bound.step()));
        let mut statement = work.db.prepare(
            "WITH captured AS (
                 SELECT id, sum(delta) AS delta FROM (
                     SELECT id, delta FROM onepurse_outbox WHERE mapping = ?1 AND kind = 'change'
                     UNION ALL
                     SELECT id, delta FROM onepurse_kept WHERE mapping = ?1 AND kind = 'change'
                 ) GROUP BY id
             )
             SELECT i.id, i.base, ifnull(captured.delta, 0) FROM onepurse_identity AS i
             LEFT JOIN captured ON captured.id = i.id
             WHERE i.mapping = ?1 AND i.base IS NOT NULL",
        )?;
        let mut rows = statement.query([bound.number])?;
        let mut bases = HashMap::new();
        while let Some(row) = rows.next()? {
            let shown = local::written(Amount::new(row.get(1)?), floor, step);
            if let Some(moved) = shown.checked_add(Amount::new(row.get(2)?)) {
                bases.insert(row.get(0)?, moved);
            }
        }
        Ok(Self(bases))
    }

    /// That of an identity, where one is known.
    pub(super) fn of(&self, id: &str) -> Option<Amount> {
        self.0.get(id).copied()
    }
}

/// Zero, unless the configuration says otherwise or the bot itself goes below it.
fn floor(work: &Work<'_>, bound: &Bound) -> Result<Option<Amount>, Fault> {
    if bound.mapping.floor.is_some() {
        return Ok(bound.mapping.floor);
    }
    let negatives: bool = work.db.query_row(
        "SELECT negatives FROM onepurse_mapping WHERE mapping = ?1",
        [bound.number],
        |row| row.get(0),
    )?;
    Ok((!negatives).then_some(Amount::ZERO))
}
