//! `onepurse import`: what another program kept becomes purses of the ledger, once.

mod csv;
mod error;
mod file;
mod json;
mod people;
mod postgres;
mod report;
mod rows;
mod sqlite;

use onepurse_core::{Asset, AssetName, Scale, intake::ForeignPurse};
use onepurse_ledger::{Came, Intake, Ledger, LedgerError, Purses, Records};

use crate::{
    args::import::{Imported, UnifiedUsers},
    config::{Database, Environment},
    error::Failure,
    house::House,
    shown::Scales,
    texts::{Blank, Language},
};
pub(crate) use error::ImportError;
use report::{Form, ImportReport};
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
    imported: &Imported,
    actor: Option<String>,
) -> Result<ImportReport, Failure> {
    match imported {
        Imported::UnifiedUsers(args) => unified_users(house, args, actor).await,
        Imported::Csv(args) => file::import(house, args, Form::Csv, actor).await,
        Imported::Jsonl(args) => file::import(house, args, Form::Jsonl, actor).await,
        Imported::Json(args) => file::import(house, args, Form::Json, actor).await,
    }
}

async fn unified_users(
    house: &House,
    args: &UnifiedUsers,
    actor: Option<String>,
) -> Result<ImportReport, Failure> {
    let database = match &args.from {
        Some(from) => house.config.database("--from", from, &Environment::of_process())?,
        None => house.config.ledger.clone(),
    };
    let rows = read(&database, args).await?;
    let assets = assets(house, args.dry_run).await?;
    let form = Form::UnifiedUsers { table: args.table.clone() };
    let scales = Scales::of(assets.clone());
    let mut report = ImportReport::new(form, database.to_string(), args.dry_run, rows.len(), scales);
    let Sorted { purses, skipped } = rows::sort_out(&rows, &assets);
    report.skip(skipped);
    let reason = Some(args.table.clone());
    let given = Purses { purses: Vec::new(), actor, reason, rehearsal: args.dry_run };
    take_all(house, &given, &purses, rows.len(), &mut report).await?;
    Ok(report.finish())
}

/// Takes these over, batch by batch, and notes in the report what became of each; `rows` is how many there are with those
/// that were left out before.
async fn take_all(
    house: &House,
    given: &Purses,
    purses: &[(u64, ForeignPurse)],
    rows: usize,
    report: &mut ImportReport,
) -> Result<(), Failure> {
    let mut done = rows - purses.len();
    for batch in purses.chunks(BATCH) {
        let purses = batch.iter().map(|(_, purse)| purse.clone()).collect();
        let came = take_over(house, Purses { purses, ..given.clone() }).await?;
        report.note(batch, came);
        let before = done / PROGRESS;
        done += batch.len();
        if done / PROGRESS > before && rows > PROGRESS {
            tell_progress(house.config.language, done, rows);
        }
    }
    Ok(())
}

/// All rows of the table, as of one moment.
async fn read(database: &Database, args: &UnifiedUsers) -> Result<Vec<Row>, ImportError> {
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
async fn take_over(house: &House, purses: Purses) -> Result<Vec<Came>, Failure> {
    let (count, is_rehearsal) = (purses.purses.len(), purses.rehearsal);
    match house.ledger.take_over(purses).await {
        Err(LedgerError::Missing { .. }) if is_rehearsal => Ok(vec![Came::New; count]),
        came => Ok(came?),
    }
}

/// On standard error: what is printed as the result stays alone on standard output.
fn tell_progress(language: Language, done: usize, all: usize) {
    let blanks = [("done", Blank::text(&done)), ("all", Blank::text(&all))];
    eprintln!("{}", language.fill("import-progress", blanks));
}
