//! Bugs of a ledger in what people ask of it.

use async_trait::async_trait;
use onepurse_core::{Amount, AssetName, Cursor, Entry, Identity, LinkCode, Movement, Order, Rejection};
use onepurse_ledger::{
    Decided, EntryFilter, Ledger as _, LedgerError, Links, Orders, Quarantine, Receipt, Records as _, Redeem,
    Unlink,
};

use super::{Bug, BuggyLedger};

impl BuggyLedger {
    /// The order under a key that nobody has used.
    fn anew(&self, order: &Order) -> Order {
        Order { key: self.fresh_key(0), ..order.clone() }
    }

    /// What makes a balance another, whatever there is.
    fn adjusting(&self, identity: Identity, asset: AssetName, delta: Amount) -> Order {
        let (actor, reason) = (Some("nobody".to_owned()), Some("a bug".to_owned()));
        Order { key: self.fresh_key(0), movement: Movement::Adjust { identity, asset, delta }, actor, reason }
    }

    /// What goes wrong after this was answered.
    async fn besides(
        &self,
        order: &Order,
        filled: &Result<Receipt, Rejection>,
    ) -> Result<Option<Order>, LedgerError> {
        let plant = &self.plant;
        Ok(match (filled, &order.movement) {
            (Ok(receipt), _) if receipt.was_known && plant.is(Bug::OrdersTwice) => Some(self.anew(order)),
            (Err(Rejection::AlreadyReversed { by, .. }), _) if plant.is(Bug::ReversesTwice) => {
                let filter = EntryFilter { before_seq: Some(by + 1), limit: 1, ..EntryFilter::default() };
                let reversal = self.ledger.entries(filter).await?.pop();
                let of = |entry: Entry| Some((entry.identity.known()?.clone(), entry.asset, entry.delta));
                reversal.and_then(of).map(|(identity, asset, delta)| self.adjusting(identity, asset, delta))
            }
            (Err(Rejection::InsufficientFunds { .. }), Movement::Spend { from, asset, quantity })
                if plant.is(Bug::SpendsTooMuch) =>
            {
                Some(self.adjusting(from.clone(), asset.clone(), quantity.negated()))
            }
            _ => None,
        })
    }

    /// Everything that is in the purse of whoever is about to leave it, as coming to them again.
    async fn taken_along(&self, unlink: &Unlink) -> Result<Vec<Order>, LedgerError> {
        let purse = self.ledger.purse_of(unlink.identity.clone()).await?;
        let there = purse.into_iter().flat_map(|purse| purse.balances);
        let coming = |(asset, amount)| self.adjusting(unlink.identity.clone(), asset, amount);
        Ok(there.filter(|(_, amount)| !amount.is_zero()).map(coming).collect())
    }
}

#[async_trait]
impl Links for BuggyLedger {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        self.ledger.issue_code(identity).await
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        self.ledger.redeem(redeem).await
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        if !self.plant.is(Bug::PartsWithCoins) {
            return self.ledger.unlink(unlink).await;
        }
        let (before, along) = (self.ledger.head().await?, self.taken_along(&unlink).await?);
        if self.ledger.unlink(unlink).await? != before {
            self.ledger.order(along).await?;
        }
        self.ledger.head().await
    }
}

#[async_trait]
impl Quarantine for BuggyLedger {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        self.ledger.decide(decided).await
    }
}

#[async_trait]
impl Orders for BuggyLedger {
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError> {
        let mut filled = self.ledger.order(orders.clone()).await?;
        for (order, filled) in orders.iter().zip(&mut filled) {
            if let Some(besides) = self.besides(order, filled).await? {
                *filled = self.ledger.order(vec![besides]).await?.remove(0);
            }
        }
        Ok(filled)
    }
}
