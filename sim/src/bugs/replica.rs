//! Bugs of a replica.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use onepurse_core::{Changes, Cursor, Platform};
use onepurse_replica::{
    Applied, Attach, Audited, Batch, Capture, Comparison, Decision, Detached, Inward, Mass, Problem, Replica,
    ReplicaError, Summary, View,
};
use rusqlite::Connection;

use super::{Bug, Plant};
use crate::{
    disk::Machine,
    gate::{Gate, Point},
};

/// A replica with a bug planted around it.
pub(crate) struct BuggyReplica {
    pub(crate) replica: Box<dyn Replica>,
    pub(crate) path: PathBuf,
    pub(crate) machine: Machine,
    pub(crate) gate: Arc<Gate>,
    pub(crate) plant: Arc<Plant>,
}

impl BuggyReplica {
    /// Does something to the database that no call of a replica would.
    fn meddle(&self, bug: Bug, sql: &str) -> Result<(), ReplicaError> {
        if !self.plant.is(bug) {
            return Ok(());
        }
        let meddled = Connection::open(&self.path).and_then(|mut db| {
            self.machine.connect(&mut db)?;
            db.execute_batch(sql)
        });
        meddled.map_err(|error| ReplicaError::Unavailable { place: self.location(), source: error.into() })
    }

    /// Makes every trigger of an update believe that the bot itself is writing.
    fn unsuppress(&self) -> Result<(), ReplicaError> {
        if !self.plant.is(Bug::Captures) {
            return Ok(());
        }
        let rewritten = || {
            let db = Connection::open(&self.path)?;
            let mut found = db.prepare(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'onepurse%update'",
            )?;
            let triggers = found
                .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            for (name, sql) in triggers {
                let sql = sql.replace("FROM onepurse_applying WHERE", "FROM onepurse_applying WHERE 0 AND");
                db.execute_batch(&format!("DROP TRIGGER \"{name}\"; {sql}"))?;
            }
            Ok(())
        };
        rewritten().map_err(|error: rusqlite::Error| ReplicaError::Unavailable {
            place: self.location(),
            source: error.into(),
        })
    }

    async fn cursor(&mut self) -> Result<Option<Cursor>, ReplicaError> {
        Ok(match self.replica.view().await? {
            View::Attached(attached) => Some(attached.cursor),
            View::Detached => None,
        })
    }

    /// Applies without marking; the marks come later, if nothing happens in between.
    async fn include_later(&mut self, changes: &Changes, now_ms: i64) -> Result<Applied, ReplicaError> {
        let unmarked = Changes { own: vec![], openings: vec![], ..changes.clone() };
        let applied = self.replica.apply(&unmarked, now_ms).await?;
        self.gate.wait(Point::Replica("apply")).await;
        let own: Vec<_> = changes.own.iter().map(|key| format!("x'{key}'")).collect();
        let columns = "mapping, id, kind, delta, before, after, at_ms, nonce, reason";
        let mine =
            format!("printf('%016x', at_ms) || lower(hex(nonce)) IN ({})", own.join(", ").replace("x'", "'"));
        self.meddle(
            Bug::IncludesLater,
            &format!(
                "INSERT INTO onepurse_kept ({columns}, included_ms) SELECT {columns}, {now_ms} FROM onepurse_outbox WHERE {mine}; \
                 DELETE FROM onepurse_outbox WHERE {mine};"
            ),
        )?;
        Ok(applied)
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

    async fn attach(&mut self, attach: Attach) -> Result<(), ReplicaError> {
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
        let applied = self.replica.apply(&changes, now_ms).await?;
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

    async fn settle(&mut self, limit: usize, now_ms: i64) -> Result<Vec<Inward>, ReplicaError> {
        let inward = self.replica.settle(limit, now_ms).await?;
        self.meddle(Bug::HoldsWhatItMeant, "UPDATE onepurse_identity SET held = 0")?;
        Ok(inward)
    }

    async fn problems(&mut self) -> Result<Vec<Problem>, ReplicaError> {
        self.replica.problems().await
    }

    async fn detach(&mut self, at: Cursor, pending_max: u64) -> Result<Detached, ReplicaError> {
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
        self.replica.resolve(decision, now_ms).await
    }

    async fn tidy(&mut self, accepted: Cursor, before_ms: i64, now_ms: i64) -> Result<(), ReplicaError> {
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
}
