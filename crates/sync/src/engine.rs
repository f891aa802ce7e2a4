use std::{collections::HashSet, sync::Arc};

use onepurse_core::{
    Answer, Balance, Changes, Clock, Cursor, Event, EventKey, EventKind, Platform, Question as Pull, Random,
    ReplicaId,
};
use onepurse_ledger::{Ledger, Outcome, Registration};
use onepurse_replica::{Applied, Attach, Attachment, Decision, Replica, View};

use crate::{
    Happening, Observer, SyncError,
    plan::{self, Chore, Place, Question},
};

/// Events sent at once.
const BATCH_EVENTS: usize = 1_000;
/// Bot rows written in one transaction.
const SETTLE_ROWS: usize = 200;
/// How far a replica may stand behind a log in which nothing is news to it, before its cursor is moved all the same.
const IDLE_ENTRIES_MAX: i64 = 1_000;
/// How often what is kept is looked through, in milliseconds.
const TIDY_EVERY_MS: i64 = 60_000;
/// Rows captured in one millisecond that are called a bulk.
const BULK_ROWS: usize = 10;

/// What an engine works with.
pub struct Parts {
    /// The bot's database.
    pub replica: Box<dyn Replica>,
    /// The unified one.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For ids.
    pub random: Arc<dyn Random>,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
}

/// How an engine works.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long included events are kept, in milliseconds: longer than the oldest backup of the ledger that one would
    /// put back.
    pub keep_ms: i64,
    /// What the operator said beforehand about differences found when attaching.
    pub decision: Option<Decision>,
}

/// How a cycle ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Everything captured before it is in the ledger or in quarantine, and everything in the ledger is applied.
    InStep,
    /// In step for everyone who looks; that the ledger has the replica's own events is to be noted in a moment.
    Lingering,
    /// Something moved meanwhile: another cycle is due at once.
    Again,
    /// An operator has to answer first.
    Paused(Question),
}

/// Keeps one replica and the ledger in step.
pub struct Engine {
    pub(crate) parts: Parts,
    options: Options,
    platform: Platform,
    linger_ms: i64,
    /// Only so that people are told of things once, and databases are not written too often; nothing else depends on it.
    told: Told,
}

#[derive(Default)]
struct Told {
    in_step: bool,
    cursor: Option<Cursor>,
    restored: bool,
    tidied_ms: i64,
    applied_ms: i64,
    question: Option<Question>,
    quarantined: HashSet<EventKey>,
}

/// What was sent in one cycle.
#[derive(Default)]
struct Sent {
    /// The last row's place in the outbox.
    last: i64,
    nonces: HashSet<[u8; 8]>,
}

/// How the chores ended.
enum Rested {
    /// This is what is there now, and nothing is to be done about it.
    View(View),
    Asking(Question),
}

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

/// What came of asking the ledger.
enum Pulled {
    Nothing,
    Applied,
    /// It can wait.
    Later,
    /// The replica has moved on meanwhile, or has to begin anew.
    Outdated,
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(parts: Parts, options: Options) -> Self {
        let platform = parts.replica.platform().clone();
        Self { parts, options, platform, linger_ms: 0, told: Told::default() }
    }

    /// Lets the replica wait so long before it is told that the ledger has its own events, if that is all the news there
    /// is: nobody sees it, and each time is a write to the bot's database.
    #[must_use]
    pub const fn lingering(mut self, linger_ms: i64) -> Self {
        self.linger_ms = linger_ms;
        self
    }

    /// The platform whose replica this is.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Does all that there is to do now: puts capture in or back, sends what was captured, applies what is new.
    ///
    /// On an error, everything done so far stays done and the rest is done by a later cycle.
    pub async fn cycle(&mut self) -> Result<Progress, SyncError> {
        let progress = self.all().await;
        match &progress {
            Ok(Progress::InStep | Progress::Lingering) if !self.told.in_step => self.tell(Happening::InStep),
            Ok(Progress::Paused(question)) if self.told.question.as_ref() != Some(question) => {
                self.tell(Happening::Paused(question.clone()));
            }
            _ => {}
        }
        match &progress {
            Ok(Progress::InStep | Progress::Lingering) => self.told.in_step = true,
            Ok(Progress::Again) => {}
            Err(error) if error.is_busy() => {}
            Ok(Progress::Paused(_)) | Err(_) => self.told.in_step = false,
        }
        self.told.question = match &progress {
            Ok(Progress::Paused(question)) => Some(question.clone()),
            _ => None,
        };
        progress
    }

    async fn all(&mut self) -> Result<Progress, SyncError> {
        let view = match self.chores().await? {
            Rested::Asking(question) => return Ok(Progress::Paused(question)),
            Rested::View(view) => view,
        };
        let mut attached = match self.take_place(view).await? {
            Placed::Asking(question) => return Ok(Progress::Paused(question)),
            Placed::Elsewhere => return Ok(Progress::Again),
            Placed::Good(attached) => attached,
        };
        let (mut sent, mut lingering) = (Sent::default(), false);
        loop {
            let count = if attached.pending { self.push(&mut sent).await? } else { 0 };
            match self.pull(&attached).await? {
                Pulled::Nothing => {}
                Pulled::Later => lingering = true,
                Pulled::Outdated => return Ok(Progress::Again),
                Pulled::Applied => match self.chores().await? {
                    Rested::Asking(question) => return Ok(Progress::Paused(question)),
                    Rested::View(View::Detached) => return Ok(Progress::Again),
                    Rested::View(View::Attached(now)) => attached = now,
                },
            }
            if count < BATCH_EVENTS {
                break;
            }
        }
        if attached.pending && self.has_unsent(&sent).await? {
            return Ok(Progress::Again);
        }
        self.tidy().await?;
        Ok(if lingering { Progress::Lingering } else { Progress::InStep })
    }

    /// Something was captured since: by a trigger of the bot's own, perhaps, when its row was written.
    async fn has_unsent(&mut self, sent: &Sent) -> Result<bool, SyncError> {
        let batch = self.parts.replica.outbox(0, BATCH_EVENTS).await?;
        Ok(batch.rows.iter().any(|row| !sent.nonces.contains(&row.nonce)))
    }

    async fn tidy(&mut self) -> Result<(), SyncError> {
        let now_ms = self.parts.clock.now_ms();
        if (now_ms - self.told.tidied_ms).abs() >= TIDY_EVERY_MS {
            self.parts.replica.tidy(now_ms.saturating_sub(self.options.keep_ms), now_ms).await?;
            self.told.tidied_ms = now_ms;
        }
        Ok(())
    }

    /// What the replica needs besides any ledger, until it needs nothing more or an operator.
    async fn chores(&mut self) -> Result<Rested, SyncError> {
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
                Chore::Mend => self.mend(&attached, now_ms).await?,
                Chore::Compare => self.compare(&attached, now_ms).await?,
                Chore::Resolve(decision) => {
                    self.parts.replica.resolve(decision, now_ms).await?;
                    self.tell(Happening::Resumed);
                }
                Chore::Settle => {
                    for inward in self.parts.replica.settle(SETTLE_ROWS, now_ms).await? {
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

    /// Attaches and registers where that is due.
    async fn take_place(&mut self, view: View) -> Result<Placed, SyncError> {
        let ledger = self.parts.ledger.id().await?;
        let registration = self.parts.ledger.registration(self.platform.clone()).await?;
        if let View::Attached(attached) = &view {
            plan::refuse(attached, &self.platform, Some(ledger))?;
        }
        let location = self.parts.replica.location();
        match plan::place(&view, registration.as_ref(), &location, onepurse_replica::is_there) {
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

    /// Sends the next part of the outbox; returns how many events that were.
    async fn push(&mut self, sent: &mut Sent) -> Result<usize, SyncError> {
        let batch = self.parts.replica.outbox(sent.last, BATCH_EVENTS).await?;
        let Some(last) = batch.rows.last() else { return Ok(0) };
        sent.last = last.n;
        sent.nonces.extend(batch.rows.iter().map(|row| row.nonce));
        let events: Vec<Event> =
            batch.rows.into_iter().map(|row| row.into_event(&self.platform, batch.ledger)).collect();
        let outcomes = self.parts.ledger.append(events.clone()).await?;
        self.tell_bulk(&events);
        for (event, outcome) in events.iter().zip(outcomes) {
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
    async fn pull(&mut self, attached: &Attachment) -> Result<Pulled, SyncError> {
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
            Answer::Changes(changes) if is_idle(&changes) && !attached.resync => Ok(Pulled::Nothing),
            Answer::Changes(changes) if !attached.resync && self.can_wait(&changes, now_ms) => {
                Ok(Pulled::Later)
            }
            Answer::Changes(changes) => self.apply(&changes, now_ms).await,
        }
    }

    /// All that is new are this replica's own events, which its rows show already.
    fn can_wait(&self, changes: &Changes, now_ms: i64) -> bool {
        let is_lately = (0..self.linger_ms).contains(&now_ms.saturating_sub(self.told.applied_ms));
        let own = i64::try_from(changes.own.len()).unwrap_or(i64::MAX);
        is_lately && changes.to.seq - changes.from.seq == own
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
                Ok(Pulled::Applied)
            }
        }
    }

    /// How many of the events that were sent the rules rejected: they stay in the outbox.
    pub(crate) fn quarantined(&self) -> u64 {
        self.told.quarantined.len() as u64
    }

    fn tell(&self, happening: Happening) {
        self.parts.observer.see(&self.platform, happening);
    }
}

/// Nothing in it is news to this platform, so its cursor need not be moved yet: a bot's database is not written for
/// what happens elsewhere.
pub(crate) fn is_idle(changes: &Changes) -> bool {
    changes.own.is_empty()
        && changes.openings.is_empty()
        && changes.balances.is_empty()
        && changes.to.seq - changes.from.seq < IDLE_ENTRIES_MAX
}
