use async_trait::async_trait;
use onepurse_core::EventKey;

use crate::LedgerError;

/// What becomes of an event that waits in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken in after all, if the rules let it by now.
    Release,
    /// It never counts: an entry of nothing with its key takes its place, and its replica lets go of it.
    Dismiss,
}

/// Somebody's decision about an event in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The event's key.
    pub key: EventKey,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Who says so.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What decides about events that the rules rejected.
#[async_trait]
pub trait Quarantine: Send + Sync {
    /// Does this in one transaction; returns the number of the entry that the event is now. What the rules still reject
    /// stays where it is, and so does everything else.
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError>;
}
