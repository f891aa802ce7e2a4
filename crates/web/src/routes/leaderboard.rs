use askama::Template;
use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    response::{Html, Response},
};
use onepurse_core::{AssetName, Identity, PurseId};
use onepurse_ledger::Rank;
use serde::Deserialize;

use crate::{Language, Website, failure::Failure, live, serve::Stopping, show::Scales};

const PAGE_RANKS: u32 = 50;
/// To show a page, a ledger walks past everyone before it: 10,000 people take it a tenth of a second, and ten million a
/// minute. So nobody can ask for what comes after.
const PAGES_MAX: u32 = 200;

/// Which part of which leaderboard.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    asset: Option<AssetName>,
    #[serde(default = "first_page")]
    page: u32,
}

const fn first_page() -> u32 {
    1
}

/// The purses with the most.
pub(super) async fn page(
    State(website): State<Website>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Html<String>, Failure> {
    let leaderboard = Leaderboard::read(&website, &part?.0).await?;
    Ok(Html(leaderboard.render()?))
}

/// The page's live half.
pub(super) async fn events(
    State(website): State<Website>,
    stopping: Option<Extension<Stopping>>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(part) = part?;
    let render = move |website| {
        let part = part.clone();
        async move { Ok(Leaderboard::read(&website, &part).await?.as_live().render()?) }
    };
    live::events(website, stopping, render).await
}

#[derive(Template)]
#[template(path = "leaderboard.html", blocks = ["live"])]
struct Leaderboard {
    language: Language,
    troubles: Vec<String>,
    assets: Vec<AssetName>,
    asset: AssetName,
    page: u32,
    rows: Vec<Row>,
    has_next: bool,
}

struct Row {
    place: u64,
    purse: PurseId,
    identities: Vec<Identity>,
    amount: String,
}

impl Leaderboard {
    async fn read(website: &Website, part: &Part) -> Result<Self, Failure> {
        let (records, language) = (&*website.records, website.language);
        let offset = part.page.checked_sub(1).and_then(|page| page.checked_mul(PAGE_RANKS));
        let offset = offset.ok_or_else(|| Failure::bad("page", "pages are numbered from 1"))?;
        let scales = Scales::read(records).await?;
        let asset = chosen(part.asset.as_ref(), &scales)?;
        let ranks = if part.page > PAGES_MAX {
            Vec::new()
        } else {
            records.leaderboard(asset.clone(), offset, PAGE_RANKS + 1).await?
        };
        let has_next = ranks.len() > PAGE_RANKS as usize && part.page < PAGES_MAX;
        let row = |rank: Rank| Row {
            place: rank.place,
            purse: rank.purse,
            identities: rank.identities,
            amount: language.amount(scales.of(&asset), rank.amount),
        };
        Ok(Self {
            language,
            troubles: website.health.borrow().troubles(),
            assets: scales.names().cloned().collect(),
            page: part.page,
            rows: ranks.into_iter().take(PAGE_RANKS as usize).map(row).collect(),
            has_next,
            asset,
        })
    }
}

/// The asset asked for; without one `coins`, or the first that there is.
fn chosen(asked: Option<&AssetName>, scales: &Scales) -> Result<AssetName, Failure> {
    let default = AssetName::default();
    match asked {
        // A new ledger counts nothing yet, and the page of what is usual is there all the same.
        Some(asked) if scales.has(asked) || *asked == default => Ok(asked.clone()),
        Some(asked) => Err(Failure::AssetUnknown(asked.clone())),
        None if scales.has(&default) => Ok(default),
        None => Ok(scales.names().next().cloned().unwrap_or(default)),
    }
}
