//! `onepurse import unified-users`: the purses of the founding unified database become purses of the ledger, once.

mod error;
mod postgres;
mod report;
mod rows;
mod sqlite;

use onepurse_core::{Asset, AssetName, Scale, intake::ForeignPurse};
use onepurse_ledger::{Came, Intake, Ledger, LedgerError, Purses, Records};

use crate::{
    args,
    config::{Database, Environment},
    error::Failure,
    house::House,
    shown::Scales,
    texts::{Blank, Language},
};
pub(crate) use error::ImportError;
use report::ImportReport;
use rows::{Row, Skip, Sorted};

/// The columns that say who it is, with the platform of each.
const IDS: [(&str, &str); 3] =
    [("telegram_id", "telegram"), ("discord_id", "discord"), ("website_email", "website")];
/// The columns that say how much, with the asset of each: their names are the same.
const AMOUNTS: [&str; 2] = ["coins", "xp"];
/// So many rows are one transaction of the ledger.
const BATCH: usize = 1_000;
/// After so many rows a long import says how far it is.
const PROGRESS: usize = 5_000;

/// Imports what the command line says; `actor` is who says it.
pub(crate) async fn import(
    house: &House,
    args: &args::UnifiedUsers,
    actor: Option<String>,
) -> Result<ImportReport, Failure> {
    let database = match &args.from {
        Some(from) => house.config.database("--from", from, &Environment::of_process())?,
        None => house.config.ledger.clone(),
    };
    let rows = read(&database, args).await?;
    let assets = assets(house, args.dry_run).await?;
    let mut report = ImportReport::new(args, database.to_string(), rows.len(), Scales::of(assets.clone()));
    let Sorted { purses, skipped } = rows::sort_out(&rows, &assets);
    report.skip(skipped);
    let mut done = rows.len() - purses.len();
    for batch in purses.chunks(BATCH) {
        let came = take_over(house, args, actor.clone(), batch).await?;
        report.note(batch, came);
        let before = done / PROGRESS;
        done += batch.len();
        if done / PROGRESS > before && rows.len() > PROGRESS {
            tell_progress(house.config.language, done, rows.len());
        }
    }
    Ok(report.finish())
}

/// All rows of the table, as of one moment.
async fn read(database: &Database, args: &args::UnifiedUsers) -> Result<Vec<Row>, ImportError> {
    match database {
        Database::Sqlite(path) => sqlite::read(path, &args.table, args.from.is_some()),
        Database::Postgres(address) => postgres::read(address, &args.table).await,
        Database::MariaDb(address) => Err(ImportError::InMariaDb { place: address.to_string() }),
    }
}

/// What is counted, with the decimals that the ledger keeps; in a rehearsal, that it will.
async fn assets(house: &House, is_rehearsal: bool) -> Result<Vec<Asset>, Failure> {
    let known = match house.ledger.assets().await {
        Err(LedgerError::Missing { .. }) if is_rehearsal => house.config.assets.clone(),
        known => known?,
    };
    let asset = |name: &&str| {
        let name: AssetName = name.parse().unwrap_or_default();
        let of = |assets: &[Asset]| assets.iter().find(|asset| asset.name == name).cloned();
        of(&known).or_else(|| of(&house.config.assets)).unwrap_or(Asset::new(name, Scale::WHOLE))
    };
    let assets: Vec<_> = AMOUNTS.iter().map(asset).collect();
    if !is_rehearsal {
        house.ledger.declare(assets.clone()).await?;
    }
    Ok(assets)
}

/// One transaction of the ledger. Where there is no ledger yet, a rehearsal finds nobody in it.
async fn take_over(
    house: &House,
    args: &args::UnifiedUsers,
    actor: Option<String>,
    batch: &[(u64, ForeignPurse)],
) -> Result<Vec<Came>, Failure> {
    let purses = Purses {
        purses: batch.iter().map(|(_, purse)| purse.clone()).collect(),
        actor,
        reason: Some(args.table.clone()),
        rehearsal: args.dry_run,
    };
    match house.ledger.take_over(purses).await {
        Err(LedgerError::Missing { .. }) if args.dry_run => Ok(vec![Came::New; batch.len()]),
        came => Ok(came?),
    }
}

/// On standard error: what is printed as the result stays alone on standard output.
fn tell_progress(language: Language, done: usize, all: usize) {
    let blanks = [("done", Blank::text(&done)), ("all", Blank::text(&all))];
    eprintln!("{}", language.fill("import-progress", blanks));
}
