use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State, rejection::PathRejection, rejection::QueryRejection},
    response::{Html, Response},
};
use onepurse_core::{Amount, Entry, EntryKind, Identity, LoggedIdentity, Platform, PurseId};
use onepurse_ledger::{EntryFilter, Records};
use serde::Deserialize;

use crate::{
    Language, Website,
    failure::Failure,
    live,
    serve::Stopping,
    show::{Scales, rfc3339},
};

const PAGE_ENTRIES: usize = 50;
/// So many changes of a platform in one millisecond are one statement of its bot.
const BULK_EVENTS: u64 = 10;

/// Which part of the history.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Part {
    before: Option<i64>,
}

/// A purse: who shares it, what is in it, and how that came.
pub(super) async fn page(
    State(website): State<Website>,
    id: Result<Path<PurseId>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Html<String>, Failure> {
    let page = PursePage::read(&website, id?.0, part?.0).await?;
    Ok(Html(page.render()?))
}

/// The page's live half.
pub(super) async fn events(
    State(website): State<Website>,
    stopping: Option<Extension<Stopping>>,
    id: Result<Path<PurseId>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Failure> {
    let (Path(id), Query(part)) = (id?, part?);
    let render = move |website| async move {
        let page = PursePage::read(&website, id, part).await?;
        Ok(page.as_live().render()?)
    };
    live::events(website, stopping, render).await
}

#[derive(Template)]
#[template(path = "purse.html", blocks = ["live"])]
struct PursePage {
    language: Language,
    troubles: Vec<String>,
    id: PurseId,
    identities: Vec<Identity>,
    balances: Vec<Balance>,
    before: Option<i64>,
    rows: Vec<Row>,
    next: Option<i64>,
}

struct Balance {
    asset: String,
    amount: String,
    is_negative: bool,
}

struct Row {
    seq: i64,
    time: String,
    datetime: String,
    kind: &'static str,
    kind_name: String,
    is_bulk: bool,
    identity: LoggedIdentity,
    asset: String,
    delta: String,
    direction: &'static str,
    balance: String,
    actor: Option<String>,
    reason: Option<String>,
}

impl PursePage {
    async fn read(website: &Website, id: PurseId, part: Part) -> Result<Self, Failure> {
        let (records, language) = (&*website.records, website.language);
        let before = super::before(part.before)?;
        let purse = records.purse(id).await?.ok_or(Failure::PurseUnknown(id))?;
        let limit = u32::try_from(PAGE_ENTRIES + 1).unwrap_or(u32::MAX);
        let mut entries = records.entries(EntryFilter { purse: Some(id), before_seq: before, limit }).await?;
        let has_more = entries.len() > PAGE_ENTRIES;
        entries.truncate(PAGE_ENTRIES);
        let next = entries.last().filter(|_| has_more).map(|entry| entry.seq);
        let bulks = bulks(records, &entries).await?;
        let scales = Scales::read(records).await?;
        let balance = |(asset, &amount)| Balance {
            asset: ToString::to_string(asset),
            amount: language.amount(scales.of(asset), amount),
            is_negative: amount < Amount::ZERO,
        };
        Ok(Self {
            language,
            troubles: website.health.borrow().troubles(),
            id,
            identities: purse.identities,
            balances: purse.balances.iter().map(balance).collect(),
            before,
            rows: entries.into_iter().map(|entry| row(language, &scales, &bulks, entry)).collect(),
            next,
        })
    }
}

fn row(language: Language, scales: &Scales, bulks: &BTreeSet<(Platform, i64)>, entry: Entry) -> Row {
    let scale = scales.of(&entry.asset);
    Row {
        seq: entry.seq,
        time: language.time(entry.at_ms),
        datetime: rfc3339(entry.at_ms),
        kind: entry.kind.as_str(),
        kind_name: language.text(&format!("kind-{}", entry.kind.as_str())),
        is_bulk: entry.kind == EntryKind::Change
            && bulks.contains(&(entry.identity.platform().clone(), entry.captured_ms)),
        identity: entry.identity,
        asset: entry.asset.to_string(),
        delta: language.delta(scale, entry.delta),
        direction: match entry.delta.units() {
            0 => "same",
            1.. => "up",
            _ => "down",
        },
        balance: language.amount(scale, entry.balance),
        actor: entry.actor,
        reason: entry.reason,
    }
}

/// The moments among these entries in which one statement changed many balances at once.
async fn bulks(records: &dyn Records, entries: &[Entry]) -> Result<BTreeSet<(Platform, i64)>, Failure> {
    let changes = entries.iter().filter(|entry| entry.kind == EntryKind::Change);
    let moments: BTreeSet<_> =
        changes.map(|entry| (entry.identity.platform().clone(), entry.captured_ms)).collect();
    let mut bulks = BTreeSet::new();
    for (platform, captured_ms) in moments {
        if records.captured_with(platform.clone(), captured_ms).await? >= BULK_EVENTS {
            bulks.insert((platform, captured_ms));
        }
    }
    Ok(bulks)
}
