//! A ledger that was lost without a backup, made anew from what the platforms' databases know of it.

mod plan;

use onepurse_core::{Event, EventKind, Identity, LedgerId, Platform};
use onepurse_ledger::{Ledger, LedgerError, Outcome, Rebuilding, Registration, Remembered, Reversed};
use onepurse_replica::{OutboxRow, Replica, Testimony, View};

use crate::{SyncError, plan::refuse};
pub use plan::{Beyond, Differs, Plan, plan};

/// So many purses, or events, are stored in one transaction.
const AT_ONCE: usize = 5_000;

/// What one platform's database says of the ledger that was lost.
#[derive(Debug, Clone)]
pub struct Witness {
    /// The ledger.
    pub ledger: LedgerId,
    /// The last entry that it had applied.
    pub seq: i64,
    /// It was about to begin from zero: what it has stored is not what the ledger had last.
    pub resync: bool,
    /// What it knows.
    pub testimony: Testimony,
    /// Which database it is, for the new ledger.
    pub registration: Registration,
}

impl Witness {
    /// Asks a replica; `None` where nothing of ours is in its database. Refused where it was attached as another platform, or
    /// with another mapping: what it knows would be taken for something else.
    pub async fn ask(replica: &mut dyn Replica) -> Result<Option<Self>, SyncError> {
        let View::Attached(attached) = replica.view().await? else { return Ok(None) };
        refuse(&attached, replica.platform(), None)?;
        let testimony = replica.testimony().await?;
        let registration = Registration {
            platform: replica.platform().clone(),
            replica: attached.replica,
            location: replica.location(),
            fingerprint: replica.fingerprint().await?,
            left_at: None,
            held: vec![],
            revision: 1,
        };
        let (ledger, seq, resync) = (attached.ledger, attached.cursor.seq, attached.resync);
        Ok(Some(Self { ledger, seq, resync, testimony, registration }))
    }

    /// Its platform.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.registration.platform
    }

    /// What the ledger had undone of what people did there.
    fn reversed(&self) -> impl Iterator<Item = Reversed> {
        self.testimony.reversals.iter().map(|undone| Reversed {
            key: undone.key,
            identity: Identity::new(self.platform().clone(), undone.external.clone()),
            asset: undone.asset.clone(),
            delta: undone.delta,
            captured_ms: undone.captured_ms,
            actor: undone.actor.clone(),
            reason: undone.reason.clone(),
        })
    }

    /// Its events that were in the ledger, openings apart.
    fn entered(&self) -> impl Iterator<Item = Event> {
        let event = |row: &OutboxRow| row.clone().into_event(self.platform(), self.ledger);
        self.testimony.kept.iter().filter(|row| row.kind != EventKind::Opening).map(event)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Purses made, by this call.
    pub purses: u64,
    /// Events that are in the ledger again.
    pub events: u64,
    /// Events that the rules reject: where the ends of amounts were come near to, their order matters.
    pub rejected: u64,
}

/// Makes the ledger what was planned, and then the platforms' own. Everything that a call which was ended in the middle has
/// done is known again. The assets must be declared without a policy that undoes what is entered. `tell` hears how many
/// purses and events are done.
pub async fn rebuild<L: Ledger + Rebuilding + ?Sized>(
    ledger: &L,
    lost: LedgerId,
    witnesses: &[Witness],
    plan: Plan,
    reason: &str,
    mut tell: impl FnMut(usize),
) -> Result<Rebuilt, LedgerError> {
    let (mut rebuilt, mut done) = (Rebuilt::default(), 0);
    let Plan { purses, events, reversals, .. } = plan;
    for purses in chunks(purses) {
        done += purses.len();
        rebuilt.purses += ledger.remember(purses, reason.to_owned()).await?;
        tell(done);
    }
    for events in chunks(events) {
        done += events.len();
        for outcome in ledger.append(events).await? {
            match outcome {
                Outcome::Quarantined(_) => rebuilt.rejected += 1,
                Outcome::Entered { .. } | Outcome::Known { .. } => rebuilt.events += 1,
            }
        }
        tell(done);
    }
    for reversals in chunks(reversals) {
        rebuilt.rejected += ledger.undo(reversals).await?;
    }
    for witness in witnesses {
        ledger.register(witness.registration.clone()).await?;
    }
    ledger.take_place_of(lost).await?;
    Ok(rebuilt)
}

fn chunks<T>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rest = all.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<_> = rest.by_ref().take(AT_ONCE).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// How many people, purses and the like a plan is about.
impl Plan {
    /// Purses that more than one platform knows.
    #[must_use]
    pub fn shared(&self) -> usize {
        self.purses.iter().filter(|purse: &&Remembered| purse.identities.len() > 1).count()
    }
}
