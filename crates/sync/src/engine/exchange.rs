//! What goes up to the ledger, and what comes down.

use std::collections::HashSet;

use onepurse_core::{Answer, Changes, Cursor, Event, EventKind, Question as Pull};
use onepurse_ledger::Outcome;
use onepurse_replica::{Applied, Attachment};

use super::{Engine, Limits};
use crate::{Happening, SyncError};

/// Rows captured in one millisecond that are called a bulk.
const BULK_ROWS: usize = 10;

/// What was sent in one cycle.
#[derive(Default)]
pub(super) struct Sent {
    /// The last row's place in the outbox.
    last: i64,
    nonces: HashSet<[u8; 8]>,
    /// An opening is in the log that the replica has applied and does not know: it has let go of somebody, whom the ledger knows
    /// all the same. No answer would name that opening but one from zero.
    pub(super) has_unknown_opening: bool,
}

/// What came of asking the ledger.
pub(super) enum Pulled {
    Nothing,
    /// Up to here.
    Applied(Cursor),
    /// It can wait.
    Later,
    /// The replica has moved on meanwhile, or has to begin anew.
    Outdated,
}

impl Engine {
    /// Something was captured since: by a trigger of the bot's own, perhaps, when its row was written.
    pub(super) async fn has_unsent(&mut self, sent: &Sent) -> Result<bool, SyncError> {
        let mut after = 0;
        loop {
            let rows = self.parts.replica.outbox(after, self.limits.events).await?.rows;
            if rows.iter().any(|row| !sent.nonces.contains(&row.nonce)) {
                return Ok(true);
            }
            match rows.last() {
                Some(last) if rows.len() >= self.limits.events => after = last.n,
                _ => return Ok(false),
            }
        }
    }

    /// Sends the next part of the outbox of a replica that has come to `cursor`; returns how many events that were.
    pub(super) async fn push(&mut self, sent: &mut Sent, cursor: Cursor) -> Result<usize, SyncError> {
        let batch = self.parts.replica.outbox(sent.last, self.limits.events).await?;
        let Some(last) = batch.rows.last() else { return Ok(0) };
        sent.last = last.n;
        sent.nonces.extend(batch.rows.iter().map(|row| row.nonce));
        let events: Vec<Event> =
            batch.rows.into_iter().map(|row| row.into_event(&self.platform, batch.ledger)).collect();
        let outcomes = self.parts.ledger.append(events.clone()).await?;
        self.tell_bulk(&events);
        for (event, outcome) in events.iter().zip(outcomes) {
            sent.has_unknown_opening |= event.kind == EventKind::Opening
                && matches!(outcome, Outcome::Known { seq } if seq <= cursor.seq);
            self.tell_outcome(event, outcome);
        }
        Ok(events.len())
    }

    fn tell_outcome(&mut self, event: &Event, outcome: Outcome) {
        let identity = event.identity.clone();
        match outcome {
            Outcome::Known { .. } => {}
            Outcome::Entered { seq } => {
                let (asset, delta, kind) = (event.asset.clone(), event.delta, event.kind);
                self.tell(Happening::Entered { identity, asset, delta, kind, seq });
            }
            Outcome::Quarantined(rejection) => {
                if self.told.quarantined.insert(event.key) {
                    self.tell(Happening::Quarantined { identity, rejection });
                }
            }
        }
    }

    /// One statement of a bot captures all its rows in one millisecond.
    fn tell_bulk(&self, events: &[Event]) {
        let bulks = events.chunk_by(|one, next| one.captured_ms == next.captured_ms && one.kind == next.kind);
        for bulk in bulks.filter(|bulk| bulk.len() >= BULK_ROWS && bulk[0].kind == EventKind::Change) {
            self.tell(Happening::Bulk { rows: bulk.len() });
        }
    }

    /// Asks what is new, and applies it.
    pub(super) async fn pull(&mut self, attached: &Attachment) -> Result<Pulled, SyncError> {
        let from = attached.cursor;
        if !attached.resync && self.parts.ledger.head().await? == from {
            return Ok(Pulled::Nothing);
        }
        let now_ms = self.parts.clock.now_ms();
        let oldest_ms = if from == Cursor::ZERO {
            self.parts.replica.oldest_ms().await?.unwrap_or(now_ms)
        } else {
            now_ms
        };
        let question = Pull { platform: self.platform.clone(), from, oldest_ms };
        match self.parts.ledger.pull(question).await? {
            Answer::HistoryMismatch => {
                self.tell(Happening::LedgerRestored);
                self.parts.replica.rewind(from).await?;
                self.told.cursor = None;
                Ok(Pulled::Outdated)
            }
            Answer::Changes(changes) if is_idle(&changes, self.limits) && !attached.resync => {
                Ok(Pulled::Nothing)
            }
            Answer::Changes(changes) if !attached.resync && self.can_wait(&changes, now_ms) => {
                Ok(Pulled::Later)
            }
            // The time from after the answer: what is in it was not included before.
            Answer::Changes(changes) => self.apply(&changes, self.parts.clock.now_ms()).await,
        }
    }

    /// All that is new are this replica's own events, which its rows show already.
    fn can_wait(&self, changes: &Changes, now_ms: i64) -> bool {
        let is_lately = (0..self.linger_ms).contains(&now_ms.saturating_sub(self.told.applied_ms));
        let own = i64::try_from(changes.own.len()).unwrap_or(i64::MAX);
        is_lately && changes.to.seq - changes.from.seq == own && !changes.names_everyone
    }

    async fn apply(&mut self, changes: &Changes, now_ms: i64) -> Result<Pulled, SyncError> {
        match self.parts.replica.apply(changes, now_ms).await? {
            Applied::Outdated => Ok(Pulled::Outdated),
            Applied::Done { inward, stale, forgotten } => {
                self.told.applied_ms = now_ms;
                let was_told = std::mem::take(&mut self.told.restored);
                if forgotten > 0 && !was_told {
                    self.tell(Happening::ReplicaRestored);
                }
                let inward = inward.into_iter().map(Happening::Inward);
                for happening in inward.chain(stale.into_iter().map(Happening::Stale)) {
                    self.tell(happening);
                }
                Ok(Pulled::Applied(changes.to))
            }
        }
    }
}

/// Nothing in it is news to this platform, so its cursor need not be moved yet: a bot's database is not written for
/// what happens elsewhere.
pub(crate) fn is_idle(changes: &Changes, limits: Limits) -> bool {
    changes.own.is_empty()
        && changes.openings.is_empty()
        && changes.balances.is_empty()
        && !changes.names_everyone
        && changes.reversals.is_empty()
        && changes.to.seq - changes.from.seq < limits.idle_entries
}
