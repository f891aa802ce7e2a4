use async_trait::async_trait;
use onepurse_core::{Cursor, EventKey, Identity, LinkCode};

use crate::LedgerError;

/// Somebody's word that an identity leaves the purse that it shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlink {
    /// Made anew for each request; the same request sent twice has the same key.
    pub key: EventKey,
    /// Who leaves.
    pub identity: Identity,
    /// Who says so.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A link code that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeem {
    /// Made anew for each request.
    pub key: EventKey,
    /// The code.
    pub code: LinkCode,
    /// By whom: whoever has this account.
    pub by: Identity,
}

/// How people link their accounts by themselves, and part them.
#[async_trait]
pub trait Links: Send + Sync {
    /// Makes a one-time code by which another account can prove that it has this one as well. An older one that was not used
    /// is used up by it.
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError>;

    /// Makes the purses of who made the code and of who typed it one, as [`crate::Ledger::link`] does: the maker's stays. Who
    /// was never seen gets a purse first. A code is used once, also where several come with it at the same moment; a wrong one is
    /// counted, and after five in an hour none is looked at.
    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError>;

    /// Takes an identity out of the purse that it shares, in one transaction; returns the head after it. The balances stay
    /// with those whom it leaves, and it has a purse of its own with nothing. Sent twice with one key, it is done once.
    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError>;
}
