//! `onepurse quarantine`: what the rules rejected, and what becomes of it.

use onepurse_core::{AssetName, EventKey, Identity};
use onepurse_ledger::{Decided, Quarantine, Quarantined, Records, Verdict};
use serde::Serialize;

use crate::{
    args::quarantine::Waiting,
    error::Failure,
    output::Report,
    shown::{Scales, Shown, Time},
    table::{Side, table},
    texts::{Blank, Language},
};

/// What waits, oldest first.
#[derive(Debug, Serialize)]
pub(crate) struct QuarantineReport {
    waiting: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    key: String,
    identity: Identity,
    asset: AssetName,
    delta: Shown,
    rejection: String,
    message: String,
    captured: Time,
    time: Time,
}

/// Lists what waits.
pub(crate) async fn list(records: &dyn Records) -> Result<QuarantineReport, Failure> {
    let scales = Scales::of(records.assets().await?);
    let waiting = records.quarantined(None).await?;
    Ok(QuarantineReport { waiting: waiting.into_iter().map(|waits| Item::of(waits, &scales)).collect() })
}

impl Item {
    fn of(waits: Quarantined, scales: &Scales) -> Self {
        let Quarantined { event, rejection, message, at_ms } = waits;
        Self {
            key: event.key.to_string(),
            delta: scales.show(&event.asset, event.delta),
            identity: event.identity,
            asset: event.asset,
            rejection,
            message,
            captured: Time::from_ms(event.captured_ms),
            time: Time::from_ms(at_ms),
        }
    }
}

impl Report for QuarantineReport {
    fn words(&self, language: Language) -> String {
        if self.waiting.is_empty() {
            return language.text("quarantine-empty");
        }
        let row = |item: &Item| {
            vec![
                item.key.clone(),
                item.identity.to_string(),
                item.asset.to_string(),
                format!("{:+}", item.delta),
                item.message.clone(),
            ]
        };
        let header = ["key", "identity", "asset", "delta", "reason"];
        let mut rows = vec![header.map(|name| language.text(name)).to_vec()];
        rows.extend(self.waiting.iter().map(row));
        let left = Side::Left;
        format!(
            "{}\n{}",
            table(&[left, left, left, Side::Right, left], &rows),
            language.text("quarantine-advice")
        )
    }
}

/// An event that waits no more.
#[derive(Debug, Serialize)]
pub(crate) struct DecidedReport {
    key: String,
    seq: i64,
    #[serde(skip)]
    verdict: Verdict,
}

/// Does what was decided about one event; `user` is who is at the keyboard.
pub(crate) async fn decide(
    ledger: &(impl Quarantine + Records),
    args: Waiting,
    verdict: Verdict,
    user: Option<String>,
) -> Result<DecidedReport, Failure> {
    let key = find(ledger, &args.key).await?;
    let actor = args.actor.or(user);
    let seq = ledger.decide(Decided { key, verdict, actor, reason: args.reason }).await?;
    Ok(DecidedReport { key: key.to_string(), seq, verdict })
}

/// The one event that waits whose key begins so.
async fn find(records: &impl Records, begins: &str) -> Result<EventKey, Failure> {
    let begins = begins.to_ascii_lowercase();
    let waiting = records.quarantined(None).await?;
    let mut found =
        waiting.iter().map(|waits| waits.event.key).filter(|key| key.to_string().starts_with(&begins));
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(Failure::NoSuchKey { begins }),
        (Some(_), Some(_)) => Err(Failure::SeveralKeys { begins }),
    }
}

impl Report for DecidedReport {
    fn words(&self, language: Language) -> String {
        let text = match self.verdict {
            Verdict::Release => "quarantine-released",
            Verdict::Dismiss => "quarantine-dismissed",
        };
        language.fill(text, [("key", Blank::text(&self.key)), ("seq", Blank::text(&self.seq))])
    }
}
