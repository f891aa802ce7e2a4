use axum::{
    Json,
    extract::{Path, Query, State, rejection::PathRejection, rejection::QueryRejection},
};
use onepurse_core::{AssetName, Entry, EntryKind, LoggedIdentity, Platform};
use onepurse_ledger::EntryFilter;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Website,
    failure::Failure,
    routes,
    show::{Scales, rfc3339},
};

const LIMIT_MAX: u32 = 500;

/// Which part of the history.
#[derive(Debug, Deserialize)]
pub(in crate::routes) struct Part {
    before: Option<i64>,
    #[serde(default = "limit_unless_asked")]
    limit: u32,
}

const fn limit_unless_asked() -> u32 {
    50
}

/// Entries, newest first, and the `before` of the next page.
#[derive(Debug, Serialize)]
pub(in crate::routes) struct History {
    entries: Vec<Line>,
    next: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Line {
    seq: i64,
    time: String,
    captured: String,
    platform: Platform,
    identity: LoggedIdentity,
    asset: AssetName,
    delta: Value,
    balance: Value,
    kind: EntryKind,
    reason: Option<String>,
    actor: Option<String>,
}

/// `GET /api/v1/identities/telegram/456/entries`
pub(in crate::routes) async fn list(
    State(website): State<Website>,
    path: Result<Path<(String, String)>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<History>, Failure> {
    let (identity, Query(part)) = (routes::identity(path?.0)?, part?);
    if !(1..=LIMIT_MAX).contains(&part.limit) {
        return Err(Failure::bad("limit", format!("1 to {LIMIT_MAX} entries are listed at a time")));
    }
    let before_seq = routes::before(part.before)?;
    let purse = website.records.purse_of(identity.clone()).await?;
    let purse = purse.ok_or(Failure::IdentityUnknown(identity))?;
    let filter = EntryFilter { purse: Some(purse.id), before_seq, limit: part.limit + 1 };
    let mut entries = website.records.entries(filter).await?;
    let has_more = entries.len() > part.limit as usize;
    entries.truncate(part.limit as usize);
    let next = entries.last().filter(|_| has_more).map(|entry| entry.seq);
    let scales = Scales::read(&*website.records).await?;
    Ok(Json(History { entries: entries.into_iter().map(|entry| line(&scales, entry)).collect(), next }))
}

fn line(scales: &Scales, entry: Entry) -> Line {
    let scale = scales.of(&entry.asset);
    Line {
        seq: entry.seq,
        time: rfc3339(entry.at_ms),
        captured: rfc3339(entry.captured_ms),
        platform: entry.identity.platform().clone(),
        identity: entry.identity,
        asset: entry.asset,
        delta: super::amount(scale, entry.delta),
        balance: super::amount(scale, entry.balance),
        kind: entry.kind,
        reason: entry.reason,
        actor: entry.actor,
    }
}
