//! What a replica needs besides any ledger.

use onepurse_core::Cursor;
use onepurse_replica::{Attachment, View};

use super::Engine;
use crate::{
    Happening, SyncError,
    plan::{self, Chore, Question},
};

/// How the chores ended.
pub(super) enum Rested {
    /// This is what is there now, and nothing is to be done about it.
    View(View),
    Asking(Question),
}

impl Engine {
    /// What the replica needs besides any ledger, until it needs nothing more or an operator.
    pub(super) async fn chores(&mut self) -> Result<Rested, SyncError> {
        loop {
            let attached = match self.parts.replica.view().await? {
                View::Detached => return Ok(Rested::View(View::Detached)),
                View::Attached(attached) => attached,
            };
            plan::refuse(&attached, &self.platform, None)?;
            self.notice(attached.cursor);
            let now_ms = self.parts.clock.now_ms();
            match plan::chore(&attached) {
                Chore::None => return Ok(Rested::View(View::Attached(attached))),
                Chore::Wait(mass) => return Ok(Rested::Asking(Question::Mass(mass))),
                Chore::Renew => self.parts.replica.renew().await?,
                Chore::Mend => self.mend(&attached, now_ms).await?,
                Chore::Compare => self.compare(&attached, now_ms).await?,
                Chore::Resolve(decision) => {
                    self.parts.replica.resolve(decision, now_ms).await?;
                    self.tell(Happening::Resumed);
                }
                Chore::Settle => {
                    for inward in self.parts.replica.settle(self.limits.rows, now_ms).await? {
                        self.tell(Happening::Inward(inward));
                    }
                }
            }
        }
    }

    async fn mend(&mut self, attached: &Attachment, now_ms: i64) -> Result<(), SyncError> {
        self.parts.replica.mend(now_ms).await?;
        if let onepurse_replica::Capture::Lost(tables) = &attached.capture {
            self.tell(Happening::CaptureRestored(tables.clone()));
        }
        Ok(())
    }

    async fn compare(&mut self, attached: &Attachment, now_ms: i64) -> Result<(), SyncError> {
        let comparison = self.parts.replica.compare().await?;
        match plan::judge(&comparison, attached.decision) {
            Ok(decision) => {
                self.parts.replica.resolve(decision, now_ms).await?;
                self.tell(Happening::Compared(comparison));
            }
            Err(mass) => self.parts.replica.ask(mass).await?,
        }
        Ok(())
    }

    /// The database was put back from an older copy where it has applied less than it had.
    fn notice(&mut self, has: Cursor) {
        if self.told.cursor.replace(has).is_some_and(|had| has.seq < had.seq) && has != Cursor::ZERO {
            self.told.restored = true;
            self.tell(Happening::ReplicaRestored);
        }
    }
}
