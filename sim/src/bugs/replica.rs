//! Bugs of a replica.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{Changes, Cursor, ExternalId, Platform, Scale};
use onepurse_replica::{
    Applied, Attach, Audited, Batch, Capture, Comparison, Decision, Detached, Inward, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
};

use super::{Bug, Plant};
use crate::{disk::Machine, gate::Gate, shape::Shape};

/// A replica with a bug planted around it.
pub(crate) struct BuggyReplica {
    pub(crate) replica: Box<dyn Replica>,
    pub(crate) path: PathBuf,
    pub(crate) machine: Machine,
    pub(crate) gate: Arc<Gate>,
    pub(crate) plant: Arc<Plant>,
    pub(crate) shape: Shape,
    pub(crate) scale: Scale,
}

/// Each repair once gets another key than the one that follows from the write.
const REPAIRS_AT_RANDOM: &str = "UPDATE onepurse_outbox SET nonce = randomblob(8), reason = 'at random' \
    WHERE kind = 'repair' AND reason <> 'at random'";

/// What was counted in this transaction is counted once more, and that is no comparison any more.
const COUNTS_TWICE: &str = "INSERT INTO onepurse_outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
    SELECT mapping, id, kind, delta, at_ms, randomblob(8), 'counted again' \
    FROM onepurse_outbox AS o WHERE reason = 'counted by comparing' AND NOT EXISTS \
    (SELECT 1 FROM onepurse_outbox AS a WHERE a.mapping = o.mapping AND a.id = o.id AND a.reason = 'counted again')";

impl BuggyReplica {
    async fn cursor(&mut self) -> Result<Option<Cursor>, ReplicaError> {
        Ok(match self.replica.view().await? {
            View::Attached(attached) => Some(attached.cursor),
            View::Detached => None,
        })
    }
}

#[async_trait]
impl Replica for BuggyReplica {
    fn platform(&self) -> &Platform {
        self.replica.platform()
    }

    fn location(&self) -> String {
        self.replica.location()
    }

    async fn fingerprint(&mut self) -> Result<Option<String>, ReplicaError> {
        self.replica.fingerprint().await
    }

    async fn view(&mut self) -> Result<View, ReplicaError> {
        let mut view = self.replica.view().await?;
        if self.plant.is(Bug::NeverMends)
            && let View::Attached(attached) = &mut view
            && matches!(attached.capture, Capture::Lost(_))
        {
            attached.capture = Capture::Whole;
        }
        Ok(view)
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        self.replica.renew().await
    }

    async fn attach(&mut self, mut attach: Attach) -> Result<(), ReplicaError> {
        if self.plant.is(Bug::CountsFromToday) {
            attach.base.clear();
        }
        self.replica.attach(attach).await?;
        self.unsuppress()
    }

    async fn mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        self.replica.mend(now_ms).await?;
        self.unsuppress()
    }

    async fn outbox(&mut self, after: i64, limit: usize) -> Result<Batch, ReplicaError> {
        let mut batch = self.replica.outbox(after, limit).await?;
        if self.plant.is(Bug::IgnoresNothing) {
            batch.rows.retain(|row| !row.delta.is_zero());
        }
        Ok(batch)
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        let mut changes = changes.clone();
        if self.plant.is(Bug::IncludesLater) {
            return self.include_later(&changes, now_ms).await;
        }
        if self.plant.is(Bug::AppliesAnything)
            && let Some(cursor) = self.cursor().await?
        {
            changes.from = cursor;
        }
        if self.plant.is(Bug::TrustsAcknowledgements) {
            changes.own = std::mem::take(&mut *self.plant.acknowledged());
        }
        if self.plant.is(Bug::KeepsUnnamed) && changes.from == Cursor::ZERO {
            self.name_everyone(&mut changes)?;
        }
        if self.plant.is(Bug::UndoesSilently) {
            changes.reversals.clear();
        }
        if self.plant.is(Bug::MixesPurses)
            && let Some(first) = changes.balances.first().map(|standing| standing.purse)
        {
            changes.balances.iter_mut().for_each(|standing| standing.purse = first);
        }
        let applied = self.replica.apply(&changes, now_ms).await?;
        self.meddle(Bug::RepairsAtRandom, REPAIRS_AT_RANDOM)?;
        self.show_debts()?;
        self.meddle(Bug::PrunesAtOnce, "DELETE FROM onepurse_kept")?;
        self.meddle(Bug::HoldsWhatItMeant, "UPDATE onepurse_identity SET held = 0")?;
        Ok(applied)
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        let sums = "(SELECT sum(delta) FROM onepurse_kept AS k WHERE k.mapping = i.mapping AND k.id = i.id)";
        self.meddle(
            Bug::RewindsHalf,
            &format!("UPDATE onepurse_identity AS i SET stored = stored + ifnull({sums}, 0)"),
        )?;
        self.replica.rewind(from).await
    }

    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError> {
        self.replica.forget(external).await
    }

    async fn settle(&mut self, limit: usize, now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        let inward = self.replica.settle(limit, now_ms).await?;
        self.show_debts()?;
        self.meddle(Bug::HoldsWhatItMeant, "UPDATE onepurse_identity SET held = 0")?;
        Ok(inward)
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        self.replica.problems().await
    }

    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        let pending_max = if self.plant.is(Bug::DetachesUnsent) { u64::MAX } else { pending_max };
        self.replica.detach(at, pending_max).await
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        self.replica.compare().await
    }

    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError> {
        self.replica.ask(mass).await
    }

    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError> {
        self.replica.decide(decision).await
    }

    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError> {
        self.replica.resolve(decision, now_ms).await?;
        self.meddle(Bug::CountsTwice, COUNTS_TWICE)
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
        if self.plant.is(Bug::NeverPrunes) {
            return Ok(());
        }
        self.replica.tidy(accepted, before_ms, now_ms).await
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        self.replica.oldest_ms().await
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        self.replica.summary().await
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        self.replica.audit().await
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        self.replica.testimony().await
    }
}
