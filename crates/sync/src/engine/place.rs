//! Where a database stands with the ledger: attaching it, and registering it.

use onepurse_core::{Balance, Cursor, ReplicaId};
use onepurse_ledger::{LedgerError, Registration};
use onepurse_replica::{Attach, Attachment, Decision, View};

use super::Engine;
use crate::{
    Happening, SyncError,
    place::{here, place},
    plan::{self, Here, Place, Question},
};

/// How a database was left.
pub(crate) struct Left {
    /// The last entry that it had applied.
    pub(crate) at: Cursor,
    /// What its rows could not show of that.
    pub(crate) held: Vec<Balance>,
}

/// Where the database stands.
pub(crate) enum Placed {
    Good(Box<Attachment>),
    Asking(Question),
    /// It was registered just now, or somebody else did something about it: look again.
    Again,
}

impl From<View> for Placed {
    fn from(view: View) -> Self {
        match view {
            View::Attached(attached) => Self::Good(attached),
            View::Detached => Self::Again,
        }
    }
}

impl Engine {
    /// Attaches and registers where that is due.
    pub(super) async fn take_place(&mut self, view: View) -> Result<Placed, SyncError> {
        match self.try_place(view).await {
            Err(SyncError::Ledger(
                LedgerError::RegistrationChanged { .. } | LedgerError::NotInHistory { .. },
            )) => Ok(Placed::Again),
            placed => placed,
        }
    }

    async fn try_place(&mut self, view: View) -> Result<Placed, SyncError> {
        let ledger = self.parts.ledger.id().await?;
        let registration = self.parts.ledger.registration(self.platform.clone()).await?;
        if let View::Attached(attached) = &view {
            plan::refuse(attached, &self.platform, Some(ledger))?;
        }
        match place(&mut *self.parts.replica, &view, registration.as_ref()).await? {
            Place::Good => Ok(view.into()),
            Place::Ask(question) => Ok(Placed::Asking(question)),
            Place::Register(replica) => self.take_over(registration.as_ref(), replica).await,
            Place::Attach(replica) => {
                // Of a platform that never had a database here, nobody can say that it changed outside its bot's ways.
                let first = replica.is_none().then_some(Decision::Ledger);
                let replica = replica.unwrap_or_else(|| ReplicaId::random(&*self.parts.random));
                self.attach(replica, self.options.decision.or(first)).await
            }
        }
    }

    /// Registers a database that is attached, if it still is: what was seen of it may be older than what the ledger
    /// knows, and a database that was detached since must stay known as that.
    async fn take_over(
        &mut self,
        known: Option<&Registration>,
        replica: ReplicaId,
    ) -> Result<Placed, SyncError> {
        let view = self.parts.replica.view().await?;
        if matches!(view, View::Attached(attached) if attached.replica == replica) {
            self.register(known, replica, None).await?;
            let here = here(&mut *self.parts.replica).await?;
            if known.is_some_and(|known| !here.is(known)) {
                self.tell(Happening::Moved);
            }
        }
        Ok(Placed::Again)
    }

    pub(crate) async fn attach(
        &mut self,
        replica: ReplicaId,
        decision: Option<Decision>,
    ) -> Result<Placed, SyncError> {
        let ledger = self.parts.ledger.id().await?;
        let known = self.parts.ledger.registration(self.platform.clone()).await?;
        let base = self.base(known.as_ref(), replica, decision).await?;
        self.parts.replica.attach(Attach { replica, ledger, decision, base }).await?;
        // Another engine may have been first: what is in the database counts.
        let view = self.parts.replica.view().await?;
        if let View::Attached(attached) = &view {
            self.register(known.as_ref(), attached.replica, None).await?;
            self.tell(Happening::Attached);
        }
        Ok(view.into())
    }

    /// What the replica had applied when it was detached, where that is known and its rows may be counted from there.
    async fn base(
        &self,
        known: Option<&Registration>,
        replica: ReplicaId,
        decision: Option<Decision>,
    ) -> Result<Vec<Balance>, SyncError> {
        let known = known.filter(|known| known.replica == replica && decision != Some(Decision::Ledger));
        match known.and_then(|known| Some((known.left_at?, &known.held))) {
            Some((at, held)) => {
                let balances = self.parts.ledger.balances_as_of(self.platform.clone(), at).await?;
                Ok(plan::shown(balances, held))
            }
            None => Ok(vec![]),
        }
    }

    /// Tells the ledger that this database is the platform's replica, unless it knows something else by now than what
    /// this was decided on.
    pub(crate) async fn register(
        &mut self,
        known: Option<&Registration>,
        replica: ReplicaId,
        left: Option<Left>,
    ) -> Result<(), SyncError> {
        let (left_at, held) = left.map(|Left { at, held }| (at, held)).unzip();
        let Here { location, fingerprint } = here(&mut *self.parts.replica).await?;
        let registration = Registration {
            platform: self.platform.clone(),
            replica,
            location,
            fingerprint,
            left_at,
            held: held.unwrap_or_default(),
            revision: known.map_or(0, |known| known.revision) + 1,
        };
        Ok(self.parts.ledger.register(registration).await?)
    }
}
