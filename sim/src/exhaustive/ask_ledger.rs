//! The ledger, as an engine of this world asks it.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, Balance, Cursor, Event, LedgerId, Platform, Question as Pull, Rejection, ReplicaId,
};
use onepurse_ledger::{Ledger, LedgerError, Link, Outcome, Registration};
use tokio::sync::watch;

use super::{
    desk::Desk,
    names::LEDGER,
    words::{Call, Question, Said, Taken},
};

/// The network is down, on the way there or on the way back.
fn lost() -> LedgerError {
    LedgerError::Unavailable {
        place: "this world".to_owned(),
        source: Arc::from(Box::from("the network is down")),
    }
}

/// An engine has no need of this, or made something of what it was told that it should not have.
fn beyond() -> LedgerError {
    LedgerError::Damaged { place: "this world".to_owned(), what: "no engine should ask for this".to_owned() }
}

fn otherwise(said: &Said) -> LedgerError {
    if *said == Said::Lost { lost() } else { beyond() }
}

#[async_trait]
impl Ledger for Desk {
    /// It is the same always, so to ask for it is no step.
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        Ok(LEDGER)
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        match self.question(Call::Head).await {
            Said::Head(head) => Ok(head),
            other => Err(otherwise(&other)),
        }
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        let events = events.iter().map(|event| self.names.event(self.platform, event));
        match self.question(Call::Append(events.collect::<Option<_>>().ok_or_else(beyond)?)).await {
            Said::Taken(taken) => Ok(taken.into_iter().map(outcome).collect()),
            other => Err(otherwise(&other)),
        }
    }

    async fn pull(&self, question: Pull) -> Result<Answer, LedgerError> {
        let Pull { platform, from, oldest_ms } = question;
        if platform != self.names.platforms[self.platform] {
            return Err(beyond());
        }
        match self.question(Call::Pull(Question { from, oldest_ms })).await {
            Said::News(Some(news)) => Ok(Answer::Changes(self.names.changes(news))),
            Said::News(None) => Ok(Answer::HistoryMismatch),
            other => Err(otherwise(&other)),
        }
    }

    async fn link(&self, _: Link) -> Result<Cursor, LedgerError> {
        Err(beyond())
    }

    async fn declare(&self, _: Vec<Asset>) -> Result<(), LedgerError> {
        Err(beyond())
    }

    async fn balances_as_of(&self, _: Platform, _: Cursor) -> Result<Vec<Balance>, LedgerError> {
        Err(beyond())
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        match self.question(Call::Registration).await {
            Said::Registration(replica) => Ok(replica.map(|replica| Registration {
                platform,
                replica: ReplicaId([replica; 16]),
                location: "memory".to_owned(),
                fingerprint: None,
                left_at: None,
                held: vec![],
                revision: 1,
            })),
            other => Err(otherwise(&other)),
        }
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        let Registration { replica, left_at: None, .. } = registration else { return Err(beyond()) };
        match self.question(Call::Register { replica: replica.0[0] }).await {
            Said::Done => Ok(()),
            other => Err(otherwise(&other)),
        }
    }

    /// Nobody waits for hints here: an engine may begin at any time.
    fn hints(&self) -> watch::Receiver<u64> {
        watch::channel(0).1
    }
}

fn outcome(taken: Taken) -> Outcome {
    match taken {
        Taken::Entered(seq) => Outcome::Entered { seq },
        Taken::Known(seq) => Outcome::Known { seq },
        Taken::Refused => Outcome::Quarantined(Rejection::SameKeyDifferentContent),
    }
}
