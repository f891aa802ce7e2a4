//! What the bot's rows showed when the database was detached. What they have moved from there without us is the bot's own
//! doing; what differs from the ledger besides is what others did meanwhile.

use onepurse_core::{Amount, Balance, local};

use super::{
    Work,
    fault::Fault,
    names::{ID, has_room},
    terms::Bound,
    work::{INT, get, given},
};
use crate::goal;

/// Notes the balances that were applied when the database was detached.
pub(super) async fn note(work: &mut Work<'_>, balances: &[Balance]) -> Result<(), Fault> {
    let numbers = work.numbers().await?;
    let rows: Vec<_> = balances
        .iter()
        .filter(|balance| has_room(balance.external.as_str()))
        .filter_map(|balance| {
            let (number, _) = numbers.get(balance.asset.as_str())?;
            Some((number, balance.external.as_str(), balance.amount.units()))
        })
        .collect();
    let sql = format!(
        "INSERT INTO @.identity (mapping, id, base) SELECT w.mapping, w.id, w.amount FROM {} \
         ON DUPLICATE KEY UPDATE base = VALUES(base)",
        given(&[("mapping", INT), ("id", ID), ("amount", INT)])
    );
    work.execute_over(&sql, &rows, &[]).await
}

/// What rows would show if nothing had moved them but what was captured since the database was attached again.
#[derive(Clone, Copy)]
pub(super) struct Bases {
    floor: Option<Amount>,
    step: Amount,
}

impl Bases {
    pub(super) async fn of(work: &mut Work<'_>, bound: &Bound) -> Result<Self, Fault> {
        let negatives =
            work.one("SELECT negatives FROM @.mapping WHERE mapping = ?", vec![bound.number.into()]).await?;
        Ok(Self {
            floor: goal::floor(bound.mapping.floor, get(&negatives, 0)?),
            step: bound.mapping.step(bound.shape.decimals(&bound.mapping)),
        })
    }

    /// From the base that was noted, and what was captured since; whether that is included already or not.
    pub(super) fn moved(self, base: Amount, captured: Amount) -> Option<Amount> {
        local::written(base, self.floor, self.step).checked_add(captured)
    }
}
