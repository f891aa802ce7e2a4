use async_trait::async_trait;
use onepurse_core::intake::{ForeignPurse, LeftOut};

use crate::LedgerError;

/// Purses of another unified database that are to be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purses {
    /// As they are there.
    pub purses: Vec<ForeignPurse>,
    /// Who says that they are people of this ledger.
    pub actor: Option<String>,
    /// Where they come from, for the history.
    pub reason: Option<String>,
    /// Only say what would become of them, also where an asset is not counted yet; nothing is written.
    pub rehearsal: bool,
}

/// What became of a purse that came from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It is a purse here now, in which nobody was seen before.
    New,
    /// Some of those who share it were known: the others share their purse now, and all are opened.
    Joined,
    /// It was one before, and everyone was opened: nothing was done.
    Known,
    /// Nothing was done, and this is why.
    LeftOut(LeftOut),
}

/// What takes over another unified database.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Makes purses of these, in this order and in one durable transaction, each whole or not at all: an opening of every
    /// identity in every asset, of which one has the amount; and links, where somebody was known. All their keys follow from the identities, so the
    /// same purses taken over again are known. What became of each stands in the order of the purses.
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError>;
}
