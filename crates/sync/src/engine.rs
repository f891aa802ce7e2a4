mod chores;
mod exchange;
mod limits;
mod place;

use std::{collections::HashSet, sync::Arc};

use onepurse_core::{Clock, Cursor, EventKey, Platform, Random};
use onepurse_ledger::Ledger;
use onepurse_replica::{Decision, Replica, View};

use crate::{Happening, Observer, SyncError, plan::Question};
use chores::Rested;
use exchange::{Pulled, Sent};
pub use limits::Limits;
pub(crate) use place::Left;
use place::Placed;

pub(crate) use exchange::is_idle;

/// How often what is kept is looked through, in milliseconds.
const TIDY_EVERY_MS: i64 = 60_000;

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
    /// All is done but what is better done in a moment: to note that the ledger has the replica's own events, to give
    /// rows their balances that the bot has locked just now.
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
    limits: Limits,
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
    warnings: Vec<String>,
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(parts: Parts, options: Options) -> Self {
        let platform = parts.replica.platform().clone();
        let limits = Limits::default();
        Self { parts, options, platform, linger_ms: 0, limits, told: Told::default() }
    }

    /// Lets the replica wait so long before it is told that the ledger has its own events, if that is all the news there
    /// is: nobody sees it, and each time is a write to the bot's database.
    #[must_use]
    pub const fn lingering(mut self, linger_ms: i64) -> Self {
        self.linger_ms = linger_ms;
        self
    }

    /// Does so much at once, and no more.
    #[must_use]
    pub const fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
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
            Ok(Progress::InStep | Progress::Lingering) if !self.told.in_step => {
                self.warn().await;
                self.tell(Happening::InStep);
            }
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
        let began_ms = self.parts.clock.now_ms();
        let view = match self.chores().await? {
            Rested::Asking(question) => return Ok(Progress::Paused(question)),
            Rested::View(view) => view,
        };
        let mut attached = match self.take_place(view).await? {
            Placed::Asking(question) => return Ok(Progress::Paused(question)),
            Placed::Again => return Ok(Progress::Again),
            Placed::Good(attached) => attached,
        };
        let (mut sent, mut lingering) = (Sent::default(), false);
        let accepted = loop {
            let count = if attached.pending { self.push(&mut sent, attached.cursor).await? } else { 0 };
            let mut accepted = attached.cursor;
            match self.pull(&attached).await? {
                Pulled::Nothing => {}
                Pulled::Later => lingering = true,
                Pulled::Outdated => return Ok(Progress::Again),
                Pulled::Applied(to) => {
                    accepted = to;
                    match self.chores().await? {
                        Rested::Asking(question) => return Ok(Progress::Paused(question)),
                        Rested::View(View::Detached) => return Ok(Progress::Again),
                        Rested::View(View::Attached(now)) => attached = now,
                    }
                }
            }
            if sent.has_unknown_opening {
                self.parts.replica.rewind(accepted).await?;
                return Ok(Progress::Again);
            }
            if count < self.limits.events {
                break accepted;
            }
        };
        if attached.pending && self.has_unsent(&sent).await? {
            return Ok(Progress::Again);
        }
        self.tidy(accepted, began_ms).await?;
        Ok(if lingering || attached.locked { Progress::Lingering } else { Progress::InStep })
    }

    /// Tells of what was not there before. That it cannot be read now keeps nobody from being in step.
    async fn warn(&mut self) {
        let Ok(warnings) = self.parts.replica.warnings().await else { return };
        for warning in warnings.iter().filter(|warning| !self.told.warnings.contains(warning)) {
            self.tell(Happening::Warned(warning.clone()));
        }
        self.told.warnings = warnings;
    }

    /// What the ledger has accepted since the cycle began, and what was kept for long when it began, is safe to remove.
    /// An engine that slept meanwhile may wake to a ledger that was put back, and must not take its sleep for time kept.
    async fn tidy(&mut self, accepted: Cursor, began_ms: i64) -> Result<(), SyncError> {
        if (began_ms - self.told.tidied_ms).abs() >= TIDY_EVERY_MS {
            let before_ms = began_ms.saturating_sub(self.options.keep_ms);
            self.parts.replica.tidy(accepted, before_ms, began_ms).await?;
            self.told.tidied_ms = began_ms;
        }
        Ok(())
    }

    /// How many of the events that were sent the rules rejected: they stay in the outbox.
    pub(crate) fn quarantined(&self) -> u64 {
        self.told.quarantined.len() as u64
    }

    fn tell(&self, happening: Happening) {
        self.parts.observer.see(&self.platform, happening);
    }
}
