//! What the bot's rows showed when the database was detached. What they have moved from there without us is the bot's own
//! doing; what differs from the ledger besides is what others did meanwhile.

use onepurse_core::{Amount, Balance, local};
use tokio_postgres::types::Type;

use super::{Work, fault::Fault, terms::Bound};
use crate::goal;

/// Notes the balances that were applied when the database was detached.
pub(super) async fn note(work: &Work<'_>, balances: &[Balance]) -> Result<(), Fault> {
    let assets: Vec<_> = balances.iter().map(|balance| balance.asset.as_str()).collect();
    let ids: Vec<_> = balances.iter().map(|balance| balance.external.as_str()).collect();
    let amounts: Vec<_> = balances.iter().map(|balance| balance.amount.units()).collect();
    work.execute(
        "INSERT INTO @.identity (mapping, id, base) \
         SELECT m.mapping, w.id, w.amount FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w(asset, id, amount) \
         JOIN @.mapping AS m ON m.asset = w.asset \
         ON CONFLICT (mapping, id) DO UPDATE SET base = excluded.base",
        &[(&assets, Type::TEXT_ARRAY), (&ids, Type::TEXT_ARRAY), (&amounts, Type::INT8_ARRAY)],
    )
    .await?;
    Ok(())
}

/// What rows would show if nothing had moved them but what was captured since the database was attached again.
#[derive(Clone, Copy)]
pub(super) struct Bases {
    floor: Option<Amount>,
    step: Amount,
}

impl Bases {
    pub(super) async fn of(work: &Work<'_>, bound: &Bound) -> Result<Self, Fault> {
        let negatives = work
            .one("SELECT negatives FROM @.mapping WHERE mapping = $1", &[(&bound.number, Type::INT8)])
            .await?;
        Ok(Self {
            floor: goal::floor(bound.mapping.floor, negatives.try_get(0)?),
            step: bound.mapping.step(bound.shape.decimals(&bound.mapping)),
        })
    }

    /// From the base that was noted, and what was captured since; whether that is included already or not.
    pub(super) fn moved(self, base: Amount, captured: Amount) -> Option<Amount> {
        local::written(base, self.floor, self.step).checked_add(captured)
    }
}
