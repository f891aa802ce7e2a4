//! Where a platform stands, read from its database and the ledger, whether or not an engine is running.

use onepurse_core::{Answer, Clock, Cursor, Question as Pull};
use onepurse_ledger::{Ledger, LedgerError, Records};
use onepurse_replica::{Attachment, Capture, PausedIdentity, Replica, ReplicaError, Summary, View};
use serde::Serialize;

use crate::{
    engine::{Limits, is_idle},
    place::place,
    plan::{self, Place, Question, Refusal},
};

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// Everything is in step.
    #[serde(rename = "in step")]
    InStep,
    /// Something is on its way.
    #[serde(rename = "behind")]
    Behind,
    /// It waits for an operator.
    #[serde(rename = "paused")]
    Paused,
    /// Its database cannot be its replica on this ledger.
    #[serde(rename = "refused")]
    Refused,
    /// Its database cannot be used now.
    #[serde(rename = "unreachable")]
    Unreachable,
    /// Nothing of ours is in its database.
    #[serde(rename = "not attached")]
    NotAttached,
}

/// Where one platform stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformStatus {
    /// The platform.
    pub name: String,
    /// In one word.
    pub state: State,
    /// Why, where that is not plain.
    pub reason: Option<String>,
    /// What `resume` would answer.
    pub question: Option<Question>,
    /// Events that are not included yet.
    pub pending: u64,
    /// Identities of which something is held.
    pub held: u64,
    /// Events that the rules rejected.
    pub quarantined: u64,
    /// Identities known.
    pub identities: u64,
    /// Identities left alone.
    pub paused_identities: Vec<PausedIdentity>,
    /// Seconds since it was last in step; 0 when it is.
    pub seconds_behind: u64,
    /// Entries of the log that it has not applied.
    pub lag_entries: u64,
    /// Writes of the bot that put back exactly the value from just before an inbound change.
    pub put_backs: u64,
    /// Writes of the bot so soon after an inbound change that it may not have seen it.
    pub soon_overwrites: u64,
    /// What can cost its bot errors: as [`Replica::warnings`] says.
    pub warnings: Vec<String>,
}

/// Reads where a platform stands. A ledger that cannot be reached is an `Err` with its reason.
pub async fn of<L: Ledger + Records + ?Sized>(
    replica: &mut dyn Replica,
    ledger: Result<&L, &LedgerError>,
    clock: &dyn Clock,
) -> PlatformStatus {
    let mut status = blank(replica);
    if let Err(error) = look(&mut status, replica, ledger, clock).await {
        (status.state, status.reason) = match error {
            Trouble::Replica(error @ ReplicaError::Refused { .. }) => {
                (State::Refused, Some(error.to_string()))
            }
            Trouble::Replica(error) => (State::Unreachable, Some(error.to_string())),
            Trouble::Ledger(error) => (State::Behind, Some(error.to_string())),
            Trouble::Refused(refusal) => (State::Refused, Some(refusal.to_string())),
        };
    }
    status
}

fn blank(replica: &dyn Replica) -> PlatformStatus {
    PlatformStatus {
        name: replica.platform().to_string(),
        state: State::NotAttached,
        reason: None,
        question: None,
        pending: 0,
        held: 0,
        quarantined: 0,
        identities: 0,
        paused_identities: Vec::new(),
        seconds_behind: 0,
        lag_entries: 0,
        put_backs: 0,
        soon_overwrites: 0,
        warnings: Vec::new(),
    }
}

enum Trouble {
    Replica(ReplicaError),
    Ledger(LedgerError),
    Refused(Refusal),
}

impl From<ReplicaError> for Trouble {
    fn from(error: ReplicaError) -> Self {
        Self::Replica(error)
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

async fn look<L: Ledger + Records + ?Sized>(
    status: &mut PlatformStatus,
    replica: &mut dyn Replica,
    ledger: Result<&L, &LedgerError>,
    clock: &dyn Clock,
) -> Result<(), Trouble> {
    let view = replica.view().await?;
    status.warnings = replica.warnings().await?;
    if let View::Attached(_) = &view {
        count(status, replica.summary().await?, clock.now_ms());
    }
    let ledger = match ledger {
        Ok(ledger) => ledger,
        Err(error) => {
            return if matches!(view, View::Attached(_)) { Err(error.clone().into()) } else { Ok(()) };
        }
    };
    let registration = ledger.registration(replica.platform().clone()).await?;
    if let View::Attached(attached) = &view {
        plan::refuse(attached, replica.platform(), Some(ledger.id().await?))?;
    }
    if let Place::Ask(question) = place(replica, &view, registration.as_ref()).await? {
        ask(status, question);
        return Ok(());
    }
    let View::Attached(attached) = view else { return Ok(()) };
    status.quarantined = ledger.quarantined(Some(replica.platform().clone())).await?.len() as u64;
    status.state = State::Behind;
    if matches!(attached.capture, Capture::Lost(_)) {
        // The table may have changed so that capture cannot be put back.
        let problems = replica.problems().await?;
        if !problems.is_empty() {
            return Err(ReplicaError::Refused { place: replica.location(), problems }.into());
        }
    }
    if let Some(mass) = attached.question {
        ask(status, Question::Mass(mass));
        return Ok(());
    }
    compare_heads(status, &attached, replica, ledger, clock).await
}

fn ask(status: &mut PlatformStatus, question: Question) {
    status.state = State::Paused;
    status.reason = Some(question.to_string());
    status.question = Some(question);
}

fn count(status: &mut PlatformStatus, summary: Summary, now_ms: i64) {
    status.pending = summary.pending;
    status.held = summary.held;
    status.identities = summary.identities;
    status.paused_identities = summary.paused;
    status.put_backs = summary.put_backs;
    status.soon_overwrites = summary.soon_overwrites;
    status.seconds_behind = summary.oldest_pending_ms.map_or(0, |at_ms| seconds(at_ms, now_ms));
}

async fn compare_heads<L: Ledger + Records + ?Sized>(
    status: &mut PlatformStatus,
    attached: &Attachment,
    replica: &dyn Replica,
    ledger: &L,
    clock: &dyn Clock,
) -> Result<(), Trouble> {
    let now_ms = clock.now_ms();
    let pull = Pull { platform: replica.platform().clone(), from: attached.cursor, oldest_ms: now_ms };
    let is_current = match ledger.pull(pull).await? {
        Answer::HistoryMismatch => {
            status.reason = Some("the ledger was put back from a backup".to_owned());
            false
        }
        Answer::Changes(changes)
            if attached.cursor != Cursor::ZERO && is_idle(&changes, Limits::default()) =>
        {
            true
        }
        Answer::Changes(changes) => {
            status.lag_entries = u64::try_from(changes.to.seq - attached.cursor.seq).unwrap_or_default();
            if let Some(entry) = ledger.entry_after(attached.cursor.seq).await? {
                status.seconds_behind = status.seconds_behind.max(seconds(entry.at_ms, now_ms));
            }
            status.lag_entries == 0 && !attached.resync
        }
    };
    // What waits in quarantine is not on its way: it waits for someone to decide.
    let is_settled = !(attached.unsettled || attached.locked || matches!(attached.capture, Capture::Lost(_)));
    if is_current && status.pending <= status.quarantined && is_settled {
        status.state = State::InStep;
        status.seconds_behind = 0;
    }
    Ok(())
}

fn seconds(since_ms: i64, now_ms: i64) -> u64 {
    u64::try_from(now_ms.saturating_sub(since_ms)).unwrap_or_default() / 1_000
}
