use std::ops::RangeInclusive;

use async_trait::async_trait;
use onepurse_core::{Order, Rejection};

use crate::LedgerError;

/// What an order has become in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The numbers of its entries, which follow each other.
    pub entries: RangeInclusive<i64>,
    /// Whether it was done before, when it was asked for with the same key.
    pub was_known: bool,
}

/// What moves coins by somebody's word, straight on the ledger.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Does these orders, in this order and in one durable transaction: each is done whole, or refused by the rules of money
    /// with nothing changed, whatever becomes of the others. One that was done before is done once; another one
    /// under its key is refused. What became of each stands in the order of the orders.
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError>;
}
