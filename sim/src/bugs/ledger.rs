//! Bugs of a ledger, and of the way to it.

use std::{
    collections::HashSet,
    fs,
    sync::{Arc, PoisonError},
};

use async_trait::async_trait;
use onepurse_core::{
    Amount, Answer, Asset, AssetName, Balance, ChainHash, Cursor, Event, EventKey, EventKind, LedgerId,
    Platform, Question, Random,
};
use onepurse_ledger::{Ledger, LedgerError, Link, Outcome, Registration, SqliteLedger};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::watch;

use super::{Bug, Plant};

/// A ledger with a bug planted around it.
pub(crate) struct BuggyLedger {
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) plant: Arc<Plant>,
    pub(crate) random: Arc<dyn Random>,
}

impl BuggyLedger {
    pub(super) fn fresh_key(&self, at_ms: i64) -> EventKey {
        let mut nonce = [0; 8];
        self.random.fill(&mut nonce);
        EventKey::captured(at_ms, nonce)
    }

    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        Connection::open(&self.plant.ledger)
    }

    /// What would be lost if the next batch were not durable.
    fn remember_before(&self) -> rusqlite::Result<()> {
        let copy = self.plant.ledger.with_extension("before");
        let _ = fs::remove_file(&copy);
        self.open()?.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        *self.plant.before_append.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
        Ok(())
    }

    /// Who had an entry that moved something after `from`.
    fn moved_since(&self, platform: &Platform, from: i64) -> rusqlite::Result<HashSet<String>> {
        let db = self.open()?;
        let mut statement = db.prepare(
            "SELECT DISTINCT i.external FROM entry AS e JOIN identity AS i ON i.purse = e.purse \
             WHERE e.seq > ?1 AND (e.delta <> 0 OR e.kind = 'opening') AND i.platform = ?2",
        )?;
        statement.query_map((from, platform.as_str()), |row| row.get(0))?.collect()
    }

    fn merged_since(&self, seq: i64) -> rusqlite::Result<i64> {
        let merged =
            "SELECT ifnull(sum(delta), 0) FROM entry WHERE seq > ?1 AND kind = 'merge' AND delta > 0";
        self.open()?.query_row(merged, [seq], |row| row.get(0))
    }

    fn hash_at(&self, seq: i64) -> rusqlite::Result<Option<ChainHash>> {
        self.open()?
            .query_row("SELECT hash FROM entry WHERE seq = ?1", [seq], |row| row.get(0).map(ChainHash))
            .optional()
    }

    async fn again(&self, events: &[Event], outcomes: &[Outcome]) -> Result<(), LedgerError> {
        let known =
            events.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Known { .. }));
        let again: Vec<_> = known
            .map(|(event, _)| Event {
                key: self.fresh_key(event.captured_ms),
                kind: EventKind::Change,
                ..event.clone()
            })
            .collect();
        self.ledger.append(again).await.map(drop)
    }
}

/// An asset that no ledger of a world has.
fn unheard_of() -> AssetName {
    "rubies".parse().unwrap_or_default()
}

#[async_trait]
impl Ledger for BuggyLedger {
    async fn append(&self, mut events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        let plant = &*self.plant;
        if plant.is(Bug::OpensAtRandom) {
            for event in events.iter_mut().filter(|event| event.kind == EventKind::Opening) {
                (event.key, event.kind) = (self.fresh_key(event.captured_ms), EventKind::Change);
            }
        }
        if plant.is(Bug::RejectsSpending) {
            // The key, the content and the quarantine are those of the event; only the reason is made up.
            let spending = events.iter_mut().filter(|event| event.delta < Amount::ZERO);
            spending.for_each(|event| event.asset = unheard_of());
        }
        if plant.is(Bug::AcknowledgesEarly) {
            // Where the copy fails, this batch is just no victim.
            let _ = self.remember_before();
        }
        let outcomes = self.ledger.append(events.clone()).await?;
        if plant.is(Bug::TrustsAcknowledgements) {
            plant.acknowledged().extend(events.iter().map(|event| event.key));
        }
        if plant.is(Bug::TakesTwice) {
            self.again(&events, &outcomes).await?;
        }
        Ok(outcomes)
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        let (platform, asked) = (question.platform.clone(), question.from);
        let mut from = asked;
        if self.plant.is(Bug::ForgetsHash)
            && let Ok(Some(hash)) = self.hash_at(from.seq)
        {
            from.hash = hash;
        }
        let mut answer = self.ledger.pull(Question { from, ..question.clone() }).await?;
        if self.plant.is(Bug::GoesOn) && answer == Answer::HistoryMismatch {
            answer = self.ledger.pull(Question { from: self.ledger.head().await?, ..question }).await?;
        }
        if let Answer::Changes(changes) = &mut answer {
            changes.from = asked;
            changes.names_everyone &= asked == Cursor::ZERO || !self.plant.is(Bug::ForgetsSilently);
            if self.plant.is(Bug::MovesSilently) && asked != Cursor::ZERO {
                let moved = self.moved_since(&platform, asked.seq).unwrap_or_default();
                changes.balances.retain(|balance| moved.contains(balance.external.as_str()));
            }
            if self.plant.is(Bug::NamesNoNothing) && asked != Cursor::ZERO {
                changes.balances.retain(|balance| !balance.amount.is_zero());
            }
        }
        Ok(answer)
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        if !self.plant.is(Bug::MergesTwice) {
            return self.ledger.link(link).await;
        }
        let (before, joins) = (self.ledger.head().await?, link.joins.clone());
        let after = self.ledger.link(link).await?;
        if after == before {
            return Ok(after);
        }
        let once_more = Event {
            key: self.fresh_key(0),
            identity: joins,
            asset: AssetName::default(),
            delta: Amount::new(self.merged_since(before.seq).unwrap_or_default()),
            kind: EventKind::Change,
            captured_ms: 0,
            reason: None,
        };
        self.ledger.append(vec![once_more]).await?;
        self.ledger.head().await
    }

    async fn id(&self) -> Result<LedgerId, LedgerError> {
        self.ledger.id().await
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.ledger.head().await
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.ledger.declare(assets).await
    }

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        self.ledger.balances_as_of(platform, at).await
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        self.ledger.registration(platform).await
    }

    async fn register(&self, mut registration: Registration) -> Result<(), LedgerError> {
        if self.plant.is(Bug::LeavesAnywhere)
            && let Some(at) = registration.left_at
        {
            let hash = self.hash_at(at.seq).unwrap_or_default();
            registration.left_at = hash.map(|hash| Cursor { hash, ..at });
        }
        let refused = match self.ledger.register(registration.clone()).await {
            Err(LedgerError::RegistrationChanged { .. }) if self.plant.is(Bug::RegistersLate) => registration,
            done => return done,
        };
        let known = self.ledger.registration(refused.platform.clone()).await?;
        let revision = known.map_or(0, |known| known.revision) + 1;
        self.ledger.register(Registration { revision, ..refused }).await
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.ledger.hints()
    }
}
