//! A replica as its engine reaches it: each call is a step of its own, and its disk may fail in the middle of it.

use std::{io, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{Changes, Cursor, ExternalId, Platform};
use onepurse_replica::{
    Applied, Attach, Audited, Batch, Comparison, Decision, Detached, Inward, Mass, Problem, Replica,
    ReplicaError, Summary, Testimony, View,
};

use crate::{
    disk::Disk,
    gate::{Gate, Point, Verdict},
};

/// One engine's way to its replica.
pub struct GatedReplica {
    /// The replica itself.
    pub replica: Box<dyn Replica>,
    /// Its disk.
    pub disk: Arc<Disk>,
    /// Where the engine waits.
    pub gate: Arc<Gate>,
}

impl GatedReplica {
    async fn before(&mut self, call: &'static str) -> Result<Verdict, ReplicaError> {
        let verdict = self.gate.wait(Point::Replica(call)).await;
        match verdict {
            Verdict::Lose => {
                let source = io::Error::other("the disk does not answer").into();
                return Err(ReplicaError::Unavailable { place: self.replica.location(), source });
            }
            Verdict::Cut(looks) | Verdict::Die(looks) => self.disk.arm(looks),
            Verdict::Go => {}
        }
        Ok(verdict)
    }

    async fn after(&mut self, verdict: Verdict) {
        self.gate.note_cut(self.disk.disarm());
        if matches!(verdict, Verdict::Die(_)) {
            std::future::pending::<()>().await;
        }
    }
}

/// Between two parts of a call that takes several transactions: the next one has a fate of its own.
pub async fn next_part(call: &'static str, gate: Arc<Gate>, disk: Arc<Disk>) {
    gate.note_cut(disk.disarm());
    if let Verdict::Cut(looks) | Verdict::Die(looks) = gate.wait(Point::Replica(call)).await {
        disk.arm(looks);
    }
}

macro_rules! gated {
    ($self:ident.$call:ident($($argument:expr),*)) => {{
        let verdict = $self.before(stringify!($call)).await?;
        let done = $self.replica.$call($($argument),*).await;
        $self.after(verdict).await;
        done
    }};
}

#[async_trait]
impl Replica for GatedReplica {
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
        gated!(self.view())
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        gated!(self.problems())
    }

    async fn renew(&mut self) -> Result<(), ReplicaError> {
        gated!(self.renew())
    }

    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError> {
        gated!(self.attach(attach))
    }

    async fn mend(&mut self, now_ms: i64) -> Result<(), ReplicaError> {
        gated!(self.mend(now_ms))
    }

    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
        gated!(self.detach(at, pending_max))
    }

    async fn outbox(&mut self, after: i64, limit: usize) -> Result<Batch, ReplicaError> {
        gated!(self.outbox(after, limit))
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        gated!(self.apply(changes, now_ms))
    }

    async fn rewind(&mut self, from: Cursor) -> Result<(), ReplicaError> {
        gated!(self.rewind(from))
    }

    async fn forget(&mut self, external: &ExternalId) -> Result<bool, ReplicaError> {
        gated!(self.forget(external))
    }

    async fn settle(&mut self, limit: usize, now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        gated!(self.settle(limit, now_ms))
    }

    async fn compare(&mut self) -> Result<Comparison, ReplicaError> {
        gated!(self.compare())
    }

    async fn ask(&mut self, mass: Mass) -> Result<(), ReplicaError> {
        gated!(self.ask(mass))
    }

    async fn decide(&mut self, decision: Decision) -> Result<(), ReplicaError> {
        gated!(self.decide(decision))
    }

    async fn resolve(&mut self, decision: Decision, now_ms: i64) -> Result<(), ReplicaError> {
        gated!(self.resolve(decision, now_ms))
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
        gated!(self.tidy(accepted, before_ms, now_ms))
    }

    async fn oldest_ms(&mut self) -> Result<Option<i64>, ReplicaError> {
        gated!(self.oldest_ms())
    }

    async fn summary(&mut self) -> Result<Summary, ReplicaError> {
        gated!(self.summary())
    }

    async fn audit(&mut self) -> Result<Audited, ReplicaError> {
        gated!(self.audit())
    }

    async fn testimony(&mut self) -> Result<Testimony, ReplicaError> {
        gated!(self.testimony())
    }
}
