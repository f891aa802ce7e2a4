//! A ledger that is opened when it is needed, and again after it could not be.

use std::sync::Arc;

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, AssetName, Balance, Cursor, Entry, Event, Identity, LedgerId, LinkCode, Order, Platform,
    PurseId, Question, Rejection,
};
use onepurse_ledger::{
    Audit, AuditScope, Bookmarks, Came, Decided, EntryFilter, Forgetting, Intake, Ledger, LedgerError, Link,
    Links, Open, Orders, Outcome, Past, PostgresLedger, Purse, Purses, Quarantine, Quarantined, Rank,
    Rebuilding, Receipt, Records, Redeem, Registration, Remembered, Reversed, SqliteLedger, Unlink,
};
use onepurse_replica::{ReplicaError, View};
use tokio::sync::{OnceCell, watch};

use crate::{
    clock::SystemClock,
    config::{Config, Database},
    random::OsRandom,
};

/// A reader of the log that is at entry 0 as long as the ledger is being rebuilt, and at 1 from then on.
pub(crate) const REBUILDING: &str = "rebuild";

/// Who opens the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Someone who looks: what is not there is not there.
    Reader,
    /// Someone who moves coins and people in it: what the configuration says of assets holds, and what is not there is not
    /// there.
    Clerk,
    /// Someone who keeps platforms in step: the assets are declared, and a ledger is made where there never was one.
    Keeper,
    /// Someone who makes one anew where the one that platforms belong to was lost.
    Rebuilder,
}

/// What a ledger has to be here.
trait AnyLedger:
    Ledger + Records + Intake + Links + Forgetting + Rebuilding + Orders + Quarantine + Bookmarks
{
}

impl<L> AnyLedger for L where
    L: Ledger + Records + Intake + Links + Forgetting + Rebuilding + Orders + Quarantine + Bookmarks
{
}

/// The ledger that the configuration names. It need not be there yet: every call tries to open it until that worked
/// once, and the error says why it did not. From then on the ledger itself knows what to do when it goes and comes.
pub(crate) struct LazyLedger {
    config: Config,
    opening: Opening,
    opened: OnceCell<Box<dyn AnyLedger>>,
    hints: Arc<watch::Sender<u64>>,
}

impl LazyLedger {
    /// Nothing is opened yet.
    pub(crate) fn new(config: Config, opening: Opening) -> Self {
        Self { config, opening, opened: OnceCell::new(), hints: Arc::new(watch::Sender::new(0)) }
    }

    async fn ledger(&self) -> Result<&dyn AnyLedger, LedgerError> {
        Ok(&**self.opened.get_or_try_init(|| self.open()).await?)
    }

    async fn open(&self) -> Result<Box<dyn AnyLedger>, LedgerError> {
        let ledger = match self.open_as(Open::Existing).await {
            Err(LedgerError::Missing { .. } | LedgerError::NotALedger { .. }) if self.may_be_made().await => {
                self.open_as(Open::Create).await?
            }
            opened => opened?,
        };
        if self.opening != Opening::Rebuilder && ledger.bookmark(REBUILDING.to_owned()).await? == Some(0) {
            return Err(LedgerError::Unfinished { place: self.config.ledger.to_string() });
        }
        if self.opening != Opening::Reader {
            ledger.declare(self.config.assets.clone()).await?;
        }
        self.pass_on(ledger.hints());
        Ok(ledger)
    }

    async fn open_as(&self, open: Open) -> Result<Box<dyn AnyLedger>, LedgerError> {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
        Ok(match &self.config.ledger {
            Database::Sqlite(path) => Box::new(SqliteLedger::open(path, open, clock, random)?),
            Database::Postgres(address) => {
                Box::new(PostgresLedger::open((**address).clone(), open, clock, random).await?)
            }
            // The configuration refuses it where it is read.
            Database::MariaDb(address) => {
                return Err(LedgerError::NotALedger { place: address.to_string() });
            }
        })
    }

    /// Those who wait for hints asked for them before there was a ledger.
    fn pass_on(&self, mut inner: watch::Receiver<u64>) {
        let outer = Arc::clone(&self.hints);
        tokio::spawn(async move {
            while inner.changed().await.is_ok() {
                outer.send_modify(|count| *count = count.wrapping_add(1));
            }
        });
    }

    /// No platform's database belongs to a ledger: else a ledger that was removed, or is not mounted yet, would be
    /// replaced by an empty one. What has something else in it is never made into a ledger; what has nothing is, since
    /// whoever was making one may have been killed.
    async fn may_be_made(&self) -> bool {
        match self.opening {
            Opening::Reader | Opening::Clerk => return false,
            Opening::Rebuilder => return true,
            Opening::Keeper => {}
        }
        for platform in &self.config.platforms {
            let view = platform.replica().view().await;
            if matches!(view, Ok(View::Attached(_)) | Err(ReplicaError::Busy { .. })) {
                return false;
            }
        }
        true
    }
}

#[async_trait]
impl Ledger for LazyLedger {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        self.ledger().await?.id().await
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        self.ledger().await?.head().await
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        self.ledger().await?.append(events).await
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        self.ledger().await?.pull(question).await
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        self.ledger().await?.link(link).await
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        self.ledger().await?.declare(assets).await
    }

    async fn balances_as_of(&self, platform: Platform, at: Cursor) -> Result<Vec<Balance>, LedgerError> {
        self.ledger().await?.balances_as_of(platform, at).await
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        self.ledger().await?.registration(platform).await
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        self.ledger().await?.register(registration).await
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }
}

#[async_trait]
impl Intake for LazyLedger {
    async fn take_over(&self, purses: Purses) -> Result<Vec<Came>, LedgerError> {
        self.ledger().await?.take_over(purses).await
    }
}

#[async_trait]
impl Links for LazyLedger {
    async fn issue_code(&self, identity: Identity) -> Result<LinkCode, LedgerError> {
        self.ledger().await?.issue_code(identity).await
    }

    async fn redeem(&self, redeem: Redeem) -> Result<Cursor, LedgerError> {
        self.ledger().await?.redeem(redeem).await
    }

    async fn unlink(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        self.ledger().await?.unlink(unlink).await
    }
}

#[async_trait]
impl Forgetting for LazyLedger {
    async fn part(&self, unlink: Unlink) -> Result<Cursor, LedgerError> {
        self.ledger().await?.part(unlink).await
    }

    async fn erase(&self, identity: Identity) -> Result<(), LedgerError> {
        self.ledger().await?.erase(identity).await
    }
}

#[async_trait]
impl Rebuilding for LazyLedger {
    async fn remember(&self, purses: Vec<Remembered>, reason: String) -> Result<u64, LedgerError> {
        self.ledger().await?.remember(purses, reason).await
    }

    async fn undo(&self, reversals: Vec<Reversed>) -> Result<u64, LedgerError> {
        self.ledger().await?.undo(reversals).await
    }

    async fn take_place_of(&self, lost: LedgerId) -> Result<(), LedgerError> {
        self.ledger().await?.take_place_of(lost).await
    }
}

#[async_trait]
impl Quarantine for LazyLedger {
    async fn decide(&self, decided: Decided) -> Result<i64, LedgerError> {
        self.ledger().await?.decide(decided).await
    }
}

#[async_trait]
impl Orders for LazyLedger {
    async fn order(&self, orders: Vec<Order>) -> Result<Vec<Result<Receipt, Rejection>>, LedgerError> {
        self.ledger().await?.order(orders).await
    }
}

#[async_trait]
impl Bookmarks for LazyLedger {
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError> {
        self.ledger().await?.bookmark(name).await
    }

    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError> {
        self.ledger().await?.set_bookmark(name, seq).await
    }
}

#[async_trait]
impl Records for LazyLedger {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        self.ledger().await?.purse_of(identity).await
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        self.ledger().await?.purse(id).await
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        self.ledger().await?.entries(filter).await
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        self.ledger().await?.captured_with(platform, captured_ms).await
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        self.ledger().await?.entry_after(seq).await
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.ledger().await?.leaderboard(asset, offset, limit).await
    }

    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.ledger().await?.debts(asset, limit).await
    }

    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        self.ledger().await?.captured_in(platform, captured_ms, after_seq, limit).await
    }

    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        self.ledger().await?.log(after_seq, limit).await
    }

    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError> {
        self.ledger().await?.past_of(identity, at_ms).await
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        self.ledger().await?.assets().await
    }

    async fn platforms(&self) -> Result<Vec<Platform>, LedgerError> {
        self.ledger().await?.platforms().await
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        self.ledger().await?.quarantined(platform).await
    }

    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError> {
        self.ledger().await?.audit(scope).await
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        self.ledger().await?.balances_at(platform, at).await
    }
}
