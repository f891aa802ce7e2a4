//! Reads on in the log and posts what there is to tell.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use onepurse_core::{AssetName, Clock, Random, Scale};
use onepurse_ledger::{Bookmarks, Ledger, LedgerError, Records};
use serde_json::json;
use thiserror::Error;
use tokio::{
    sync::watch,
    task::{JoinError, spawn_blocking},
    time::{sleep, timeout},
};

use crate::{Item, Webhook, items};

/// So many entries are read at once, and told in one message.
const AT_ONCE: u32 = 200;
/// The bookmark moves without a message only now and then: it costs a commit.
const PASSED_MAX: i64 = 10_000;
/// Hints may be lost; it is looked this often at the latest.
const POLL: Duration = Duration::from_secs(2);
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it is waited after the first failure, and at most.
const PAUSE_MS: u64 = 1_000;
const PAUSE_MAX_MS: u64 = 300_000;

/// Who carries messages to one receiver.
pub struct Courier<L: ?Sized> {
    /// The receiver.
    pub webhook: Webhook,
    /// The ledger.
    pub ledger: Arc<L>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For pauses of different lengths.
    pub random: Arc<dyn Random>,
    /// Where it posts from.
    agent: ureq::Agent,
}

/// Why a message did not arrive.
#[derive(Debug, Error)]
enum Undelivered {
    #[error("it answers {0}")]
    Status(u16),
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] ureq::Error),
    #[error("the message could not be sent: {0}")]
    Interrupted(#[from] JoinError),
}

impl<L: Ledger + Records + Bookmarks + ?Sized> Courier<L> {
    /// A courier to this receiver.
    #[must_use]
    pub fn new(webhook: Webhook, ledger: Arc<L>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { webhook, ledger, clock, random, agent: config.into() }
    }
}

/// Carries for ever; drop the future to stop. A receiver that is new is told of what happens from now on.
pub async fn carry<L>(courier: Courier<L>, mut hints: watch::Receiver<u64>)
where
    L: Ledger + Records + Bookmarks + ?Sized,
{
    let mut failures = 0;
    loop {
        match courier.round().await {
            Ok(()) => {
                failures = 0;
                // That there are no hints any more is no reason to stop: there is the poll.
                let _ = timeout(POLL, hints.changed()).await;
                if hints.has_changed().is_err() {
                    sleep(POLL).await;
                }
            }
            Err(error) => {
                let pause = courier.pause(failures);
                failures = failures.saturating_add(1);
                let webhook = &courier.webhook.name;
                tracing::warn!(webhook, happening = "webhook", "{webhook}: {error}; next try in {pause:?}");
                sleep(pause).await;
            }
        }
    }
}

#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Receiver(#[from] Undelivered),
}

impl<L: Ledger + Records + Bookmarks + ?Sized> Courier<L> {
    /// Tells everything that there is to tell now.
    async fn round(&self) -> Result<(), Trouble> {
        let name = &self.webhook.name;
        let Some(mut told) = self.ledger.bookmark(name.clone()).await? else {
            let end = self.ledger.head().await?.seq;
            return Ok(self.ledger.set_bookmark(name.clone(), end).await?);
        };
        let mut noted = told;
        let scales = self.scales().await?;
        loop {
            let page = self.ledger.log(told, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            let topics = &self.webhook.topics;
            let items: Vec<_> = page.iter().flat_map(|entry| items(entry, topics, &scales)).collect();
            if !items.is_empty() {
                self.post(&items).await?;
            }
            told = last.seq;
            if !items.is_empty() || told - noted > PASSED_MAX {
                self.ledger.set_bookmark(name.clone(), told).await?;
                noted = told;
            }
        }
        Ok(())
    }

    async fn scales(&self) -> Result<BTreeMap<AssetName, Scale>, LedgerError> {
        let assets = self.ledger.assets().await?;
        Ok(assets.into_iter().map(|asset| (asset.name, asset.scale)).collect())
    }

    /// Posts a message, and hears that it was taken.
    async fn post(&self, items: &[Item]) -> Result<(), Undelivered> {
        let body = json!({ "items": items }).to_string();
        let at_s = self.clock.now_ms().div_euclid(1_000);
        // The same message sent again has the same id, as long as no other entries come along.
        let id = items.iter().map(|item| item.id.as_str()).next().unwrap_or_default();
        let id = format!("msg-{}-{id}", items.len());
        let signature = self.webhook.secret.sign(&id, at_s, &body);
        let (agent, url) = (self.agent.clone(), self.webhook.url.clone());
        let posted = spawn_blocking(move || {
            agent
                .post(&url)
                .header("content-type", "application/json")
                .header("webhook-id", &id)
                .header("webhook-timestamp", at_s.to_string())
                .header("webhook-signature", &signature)
                .send(&body)
        });
        let status = posted.await??.status();
        if status.is_success() { Ok(()) } else { Err(Undelivered::Status(status.as_u16())) }
    }

    /// Longer after each failure, and of another length each time.
    fn pause(&self, failures: u32) -> Duration {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        let longest = PAUSE_MS.saturating_mul(1 << failures.min(20)).min(PAUSE_MAX_MS);
        Duration::from_millis(longest / 2 + u64::from_le_bytes(bytes) % (longest / 2 + 1))
    }
}
