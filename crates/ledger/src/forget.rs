use async_trait::async_trait;
use onepurse_core::{Cursor, Identity};

use crate::{LedgerError, Unlink};

/// How a ledger forgets somebody for good, in two steps: between them their platform hears that they have nothing, while
/// their name can still be said. Entries, sums and the chain stay as they are.
#[async_trait]
pub trait Forgetting: Send + Sync {
    /// Takes the identity out of its purse, as [`crate::Links::unlink`] does, also where it is alone there: what was in it
    /// stays with those who share it, or with nobody. Returns the head after it.
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError>;

    /// Erases the identity's name, its salt, its link codes, and what else the ledger keeps under that name, in one
    /// transaction. From then on nothing tells whose its entries were. Who comes again is somebody new.
    /// Refused while the identity has or shares anything, where somebody else has the last entry in its purse, so that there is
    /// none by which its platform could hear of it, and while events of it wait in quarantine.
    async fn erase(&self, identity: Identity) -> Result<(), LedgerError>;
}
