//! The replica, as an engine of this world asks it.

use async_trait::async_trait;
use onepurse_core::{Changes, Cursor, ExternalId, Platform};
use onepurse_replica::{
    Applied, Attach, Audited, Batch, Comparison, Decision, Detached, Inward, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
};

use super::{
    desk::Desk,
    names::LEDGER,
    words::{Call, Said},
};

/// The database is locked, or gone: the call failed, and nobody knows whether it was carried out.
fn lost() -> ReplicaError {
    ReplicaError::Busy { place: "this world".to_owned() }
}

/// An engine between a replica and a ledger has no need of this, or made something of what it was told that it should
/// not have: found, since a cycle that fails though nothing was lost is a violation.
fn beyond() -> ReplicaError {
    ReplicaError::Damaged { place: "this world".to_owned(), what: "no engine should ask for this".to_owned() }
}

fn otherwise(said: &Said) -> ReplicaError {
    if *said == Said::Lost { lost() } else { beyond() }
}

impl Desk {
    async fn have_done(&self, call: Call) -> Result<(), ReplicaError> {
        match self.question(call).await {
            Said::Done => Ok(()),
            other => Err(otherwise(&other)),
        }
    }
}

#[async_trait]
impl Replica for Desk {
    fn platform(&self) -> &Platform {
        &self.names.platforms[self.platform]
    }

    fn location(&self) -> String {
        "memory".to_owned()
    }

    async fn fingerprint(&mut self) -> Result<Option<String>, ReplicaError> {
        Ok(None)
    }

    async fn view(&mut self) -> Result<View, ReplicaError> {
        match self.question(Call::View).await {
            Said::View(seen) => Ok(self.names.view(self.platform, seen)),
            other => Err(otherwise(&other)),
        }
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        Err(beyond())
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        Err(beyond())
    }

    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError> {
        if attach.ledger != LEDGER || !attach.base.is_empty() || attach.decision == Some(Decision::Count) {
            return Err(beyond());
        }
        self.have_done(Call::Attach { replica: attach.replica.0[0], is_decided: attach.decision.is_some() })
            .await
    }

    async fn mend(&mut self, _: i64) -> Result<(), ReplicaError> {
        Err(beyond())
    }

    async fn detach(&mut self, _: Cursor, _: u64) -> Result<Detached, ReplicaError> {
        Err(beyond())
    }

    /// Every outbox of this world fits into one batch.
    async fn outbox(&mut self, after: i64, _: usize) -> Result<Batch, ReplicaError> {
        match self.question(Call::Outbox).await {
            Said::Rows(rows) => {
                let rows = (1..).zip(&rows).filter(|(n, _)| *n > after);
                Ok(Batch { ledger: LEDGER, rows: rows.map(|(n, event)| self.names.row(event, n)).collect() })
            }
            other => Err(otherwise(&other)),
        }
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        let news = self.names.news(self.platform, changes).ok_or_else(beyond)?;
        match self.question(Call::Apply { news, now_ms }).await {
            // What people are told of it is not explored.
            Said::Applied(true) => Ok(Applied::Done { inward: vec![], stale: vec![], forgotten: 0 }),
            Said::Applied(false) => Ok(Applied::Outdated),
            other => Err(otherwise(&other)),
        }
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        self.have_done(Call::Rewind(from)).await
    }

    async fn forget(&mut self, _: &ExternalId) -> Result<bool, ReplicaError> {
        Err(beyond())
    }

    async fn settle(&mut self, _: usize, _: i64) -> Result<Vec<Inward>, ReplicaError> {
        self.have_done(Call::Settle).await?;
        Ok(vec![])
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        match self.question(Call::Compare).await {
            Said::Compared(changed) => Ok(Comparison { differences: vec![], changed, gone: 0, of: 0 }),
            other => Err(otherwise(&other)),
        }
    }

    async fn ask(&mut self, _: Mass) -> Result<(), ReplicaError> {
        Err(beyond())
    }

    async fn decide(&mut self, _: Decision) -> Result<(), ReplicaError> {
        Err(beyond())
    }

    async fn resolve(&mut self, decision: Decision, _: i64) -> Result<(), ReplicaError> {
        if decision == Decision::Count { Err(beyond()) } else { self.have_done(Call::Resolve).await }
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, _: i64) -> Result<(), ReplicaError> {
        self.have_done(Call::Tidy { accepted, before_ms }).await
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        match self.question(Call::OldestMs).await {
            Said::OldestMs(oldest_ms) => Ok(oldest_ms),
            other => Err(otherwise(&other)),
        }
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        Err(beyond())
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        Err(beyond())
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        Err(beyond())
    }
}
