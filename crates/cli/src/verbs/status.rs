//! `onepurse status`: how each platform is doing, whether or not anything runs.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use onepurse_core::{Clock, LedgerId};
use onepurse_ledger::{Ledger, LedgerError, Records};
use onepurse_replica::{Presence, ReplicaError, View};
use onepurse_sync::{
    plan,
    status::{self, PlatformStatus, State},
};
use serde::Serialize;

use crate::{
    config::PlatformConfig,
    error::{of_ledger, of_replica, refusal_hint},
    house::{House, HouseLedger},
    output::Report,
    seat::Seat,
    shown::{question_words, state_name},
    table::{Side, table},
    texts::{Blank, Language},
    wrapped::Wrapped,
};

/// How often a database is looked at again that its bot holds at just that moment.
const LOOKS: u32 = 40;
/// So many debts of an asset are counted; more are more than one looks through.
const DEBTS_MAX: u32 = 1_000;
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The ledger and every platform.
#[derive(Debug, Serialize)]
pub(crate) struct StatusReport {
    ledger: LedgerStatus,
    platforms: Vec<PlatformStatus>,
    /// Platforms that stand in no configuration.
    #[serde(flatten)]
    wrapped: Wrapped,
    /// Platforms that are not in step, and nobody brings them there.
    #[serde(skip)]
    alone: HashSet<String>,
    /// What to do, for people: about the ledger, and about each platform that cannot be used.
    #[serde(skip)]
    hint: Option<String>,
    #[serde(skip)]
    hints: HashMap<String, String>,
}

#[derive(Debug, Serialize)]
struct LedgerStatus {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<LedgerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<i64>,
    /// Purses with less than nothing, of each asset up to [`DEBTS_MAX`].
    #[serde(skip_serializing_if = "Option::is_none")]
    debts: Option<usize>,
}

/// Reads where everything stands.
pub(crate) async fn status(house: &House, wrapped: Wrapped, clock: &dyn Clock) -> StatusReport {
    let url = house.config.ledger_url.clone();
    let looked = look(&house.ledger).await;
    let ledger = match &looked {
        Ok((id, head)) => {
            let debts = debts(&house.ledger).await.ok();
            LedgerStatus { state: "ok", reason: None, url, id: Some(*id), head: Some(*head), debts }
        }
        Err(error) => {
            let (state, reason) = (state(error), Some(error.to_string()));
            LedgerStatus { state, reason, url, id: None, head: None, debts: None }
        }
    };
    let (mut platforms, mut alone, mut hints) = (Vec::new(), HashSet::new(), HashMap::new());
    for platform in &house.config.platforms {
        let ledger = looked.as_ref().map(|_| &*house.ledger);
        let mut status = of(platform, ledger, clock).await;
        if matches!(status.state, State::Unreachable | State::Refused) {
            let id = looked.as_ref().ok().map(|(id, _)| *id);
            hints.extend(hint(platform, id).await.map(|hint| (status.name.clone(), hint)));
        }
        if status.state == State::Behind && status.reason.is_none() {
            // What only who tries to write can know: a full disk, a lock.
            status.reason = Presence::trouble_at(&platform.seat);
        }
        if matches!(status.state, State::Behind | State::NotAttached) && !Seat::is_taken(platform) {
            alone.insert(status.name.clone());
        }
        platforms.push(status);
    }
    let hint = looked.as_ref().err().and_then(of_ledger);
    StatusReport { ledger, platforms, wrapped, alone, hint, hints }
}

/// What to do about a database that cannot be used, as every other verb says it.
async fn hint(platform: &PlatformConfig, ledger: Option<LedgerId>) -> Option<String> {
    match platform.replica().view().await {
        Err(error) => of_replica(&error),
        Ok(View::Detached) => None,
        Ok(View::Attached(attached)) => {
            let refusal = plan::refuse(&attached, &platform.platform, ledger).err()?;
            Some(refusal_hint(&refusal).to_owned())
        }
    }
}

async fn look(ledger: &HouseLedger) -> Result<(LedgerId, i64), LedgerError> {
    Ok((ledger.id().await?, ledger.head().await?.seq))
}

async fn debts(ledger: &HouseLedger) -> Result<usize, LedgerError> {
    let mut count = 0;
    for asset in ledger.assets().await? {
        count += ledger.debts(asset.name, DEBTS_MAX).await?.len();
    }
    Ok(count)
}

/// A bot that commits at just this moment holds its database: that is not worth telling.
async fn of(
    platform: &PlatformConfig,
    ledger: Result<&HouseLedger, &LedgerError>,
    clock: &dyn Clock,
) -> PlatformStatus {
    let mut replica = platform.replica();
    for _ in 0..LOOKS {
        let status = status::of(&mut *replica, ledger, clock).await;
        let is_held = status.state == State::Unreachable
            && !matches!(replica.view().await, Err(error) if !matches!(error, ReplicaError::Busy { .. }));
        if !is_held {
            return status;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    status::of(&mut *replica, ledger, clock).await
}

const fn state(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Missing { .. } => "missing",
        LedgerError::Locked { .. } => "locked",
        LedgerError::NotALedger { .. } => "not a ledger",
        LedgerError::Damaged { .. } => "damaged",
        LedgerError::NewerSchema { .. } => "newer",
        LedgerError::OtherLedger { .. } => "other ledger",
        LedgerError::Unfinished { .. } => "being rebuilt",
        LedgerError::Unavailable { .. }
        | LedgerError::OtherScale { .. }
        | LedgerError::RegistrationChanged { .. }
        | LedgerError::NotInHistory { .. }
        | LedgerError::Rejected(_) => "unavailable",
    }
}

impl Report for StatusReport {
    fn words(&self, language: Language) -> String {
        let head = self.ledger.head.map_or_else(String::new, |head| head.to_string());
        let ledger = language.fill(
            "status-ledger",
            [
                ("url", Blank::text(&self.ledger.url)),
                (
                    "state",
                    Blank::text(&language.text(&format!("ledger-{}", self.ledger.state.replace(' ', "-")))),
                ),
                ("head", Blank::text(&head)),
            ],
        );
        let mut parts = vec![ledger.trim_end().to_owned()];
        parts.extend(self.ledger.reason.iter().map(|reason| format!("  {reason}")));
        parts.extend(self.hint.iter().map(|hint| format!("  hint: {hint}")));
        if let Some(count) = self.ledger.debts.filter(|count| *count > 0) {
            let blanks = [("count", Blank::count(count as u64))];
            parts.push(format!("  {}", language.fill("status-debts", blanks)));
        }
        parts.push(String::new());
        parts.push(self.table(language));
        let said = self.ledger.reason.as_deref();
        for platform in &self.platforms {
            parts.extend(advice(language, platform, said));
            parts.extend(self.hints.get(&platform.name).map(|hint| format!("hint: {hint}")));
            if self.alone.contains(&platform.name) {
                parts.push(language.fill("status-nobody", [("platform", Blank::text(&platform.name))]));
            }
        }
        parts.extend(self.wrapped.words(language));
        parts.join("\n")
    }
}

impl StatusReport {
    fn table(&self, language: Language) -> String {
        let header =
            ["platform", "state", "pending", "held", "quarantined", "identities-known", "seconds", "lag"];
        let mut rows = vec![header.map(|name| language.text(name)).to_vec()];
        rows.extend(self.platforms.iter().map(|platform| {
            vec![
                platform.name.clone(),
                state_name(language, platform.state),
                platform.pending.to_string(),
                platform.held.to_string(),
                platform.quarantined.to_string(),
                platform.identities.to_string(),
                platform.seconds_behind.to_string(),
                platform.lag_entries.to_string(),
            ]
        }));
        let (left, right) = (Side::Left, Side::Right);
        table(&[left, left, right, right, right, right, right, right], &rows)
    }
}

/// What is not plain from the numbers nor `said` already, and what to do.
fn advice(language: Language, platform: &PlatformStatus, said: Option<&str>) -> Vec<String> {
    let name = || ("platform", Blank::text(&platform.name));
    let mut lines = Vec::new();
    if let Some(question) = &platform.question {
        lines.push(format!("\n{}: {}", platform.name, question_words(language, question)));
        lines.push(language.fill("status-resume", [name()]));
    } else if let Some(reason) = platform.reason.as_deref().filter(|reason| Some(*reason) != said) {
        lines.push(format!("\n{}: {reason}", platform.name));
    }
    if !platform.paused_identities.is_empty() {
        lines.push(String::new());
    }
    for paused in &platform.paused_identities {
        lines.push(format!("{}:{} ({}): {}", platform.name, paused.external, paused.asset, paused.reason));
    }
    if !platform.paused_identities.is_empty() {
        lines.push(language.fill("status-left-alone", [name()]));
    }
    if platform.held > 0 {
        let blanks = [name(), ("count", Blank::count(platform.held))];
        lines.push(format!("\n{}", language.fill("status-held", blanks)));
    }
    for warning in &platform.warnings {
        let blanks = [name(), ("what", Blank::text(warning))];
        lines.push(format!("\n{}", language.fill("log-warned", blanks)));
    }
    if platform.put_backs == 0 {
        return lines;
    }
    let blanks = [
        name(),
        ("exact", Blank::count(platform.put_backs)),
        ("bound", Blank::count(platform.put_backs + platform.soon_overwrites)),
    ];
    lines.push(format!("\n{}", language.fill("status-stale", blanks)));
    lines
}
