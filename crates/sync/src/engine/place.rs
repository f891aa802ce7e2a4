//! Where a database stands with the ledger: attaching it, and registering it.

use onepurse_core::{Balance, ReplicaId};
use onepurse_ledger::Registration;
use onepurse_replica::{Attach, Attachment, Decision, View};

use super::Engine;
use crate::{
    Happening, SyncError,
    place::place,
    plan::{self, Place, Question},
};

/// Where the database stands.
pub(crate) enum Placed {
    Good(Box<Attachment>),
    Asking(Question),
    /// Somebody took capture out meanwhile.
    Elsewhere,
}

impl From<View> for Placed {
    fn from(view: View) -> Self {
        match view {
            View::Attached(attached) => Self::Good(attached),
            View::Detached => Self::Elsewhere,
        }
    }
}

impl Engine {
    /// Attaches and registers where that is due.
    pub(super) async fn take_place(&mut self, view: View) -> Result<Placed, SyncError> {
        let ledger = self.parts.ledger.id().await?;
        let registration = self.parts.ledger.registration(self.platform.clone()).await?;
        if let View::Attached(attached) = &view {
            plan::refuse(attached, &self.platform, Some(ledger))?;
        }
        match place(&mut *self.parts.replica, &view, registration.as_ref()).await {
            Place::Good => {}
            Place::Ask(question) => return Ok(Placed::Asking(question)),
            Place::Register(replica) => {
                self.register(replica, None).await?;
                if registration.is_some() {
                    self.tell(Happening::Moved);
                }
            }
            Place::Attach(replica) => {
                // Of a platform that never had a database here, nobody can say that it changed outside its bot's ways.
                let first = replica.is_none().then_some(Decision::Ledger);
                let replica = replica.unwrap_or_else(|| ReplicaId::random(&*self.parts.random));
                return self.attach(replica, self.options.decision.or(first)).await;
            }
        }
        Ok(view.into())
    }

    pub(crate) async fn attach(
        &mut self,
        replica: ReplicaId,
        decision: Option<Decision>,
    ) -> Result<Placed, SyncError> {
        let ledger = self.parts.ledger.id().await?;
        let base = self.base(replica, decision).await?;
        self.parts.replica.attach(Attach { replica, ledger, decision, base }).await?;
        // Another engine may have been first: what is in the database counts.
        let view = self.parts.replica.view().await?;
        if let View::Attached(attached) = &view {
            self.register(attached.replica, None).await?;
            self.tell(Happening::Attached);
        }
        Ok(view.into())
    }

    /// What the replica had applied when it was detached, where that is known and its rows may be counted from there.
    async fn base(&self, replica: ReplicaId, decision: Option<Decision>) -> Result<Vec<Balance>, SyncError> {
        let registration = self.parts.ledger.registration(self.platform.clone()).await?;
        match registration.filter(|known| known.replica == replica).and_then(|known| known.left_at) {
            Some(seq) if decision != Some(Decision::Ledger) => {
                Ok(self.parts.ledger.balances_as_of(self.platform.clone(), seq).await?)
            }
            _ => Ok(vec![]),
        }
    }

    pub(crate) async fn register(&self, replica: ReplicaId, left_at: Option<i64>) -> Result<(), SyncError> {
        let location = self.parts.replica.location();
        Ok(self
            .parts
            .ledger
            .register(Registration { platform: self.platform.clone(), replica, location, left_at })
            .await?)
    }
}
