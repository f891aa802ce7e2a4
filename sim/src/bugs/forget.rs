//! Bugs of a ledger in how it forgets people.

use async_trait::async_trait;
use onepurse_core::{Cursor, Identity, Rejection};
use onepurse_ledger::{Forgetting, LedgerError, Unlink};

use super::{Bug, BuggyLedger};

#[async_trait]
impl Forgetting for BuggyLedger {
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        self.ledger.part(unlink).await
    }

    async fn erase(&self, identity: Identity) -> Result<(), LedgerError> {
        match self.ledger.erase(identity.clone()).await {
            Err(LedgerError::Rejected(Rejection::NotParted(_))) if self.plant.is(Bug::ErasesAnyone) => {
                // Where the file cannot be written now, this one is just no victim.
                let _ = self.open().and_then(|db| {
                    db.execute(
                        "UPDATE identity SET external = NULL, purse = NULL, salt = NULL \
                         WHERE platform = ?1 AND external = ?2",
                        (identity.platform.as_str(), identity.external.as_str()),
                    )
                });
                Ok(())
            }
            done => done,
        }
    }
}
