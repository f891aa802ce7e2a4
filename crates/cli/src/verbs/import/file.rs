//! People of a file: read, sorted, taken over.

use std::{fs, io::ErrorKind};

use onepurse_core::Asset;
use onepurse_ledger::{Ledger, LedgerError, Purses, Records};

use super::{
    ImportError, csv, json,
    people::{self, Person, Sorted},
    report::{Form, ImportReport},
    take_all,
};
use crate::{args::import::Openings, error::Failure, house::House, shown::Scales};

/// Imports a file of this form; `actor` is who says it.
pub(super) async fn import(
    house: &House,
    args: &Openings,
    form: Form,
    actor: Option<String>,
) -> Result<ImportReport, Failure> {
    let people = read(args, &form)?;
    let assets = counted(house, &form, args.dry_run).await?;
    let Sorted { purses, skipped } = people::sort_out(&people, &assets);
    let place = args.file.display().to_string();
    let mut report = ImportReport::new(form, place, args.dry_run, people.len(), Scales::of(assets));
    report.skip(skipped);
    let reason = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let given = Purses { purses: Vec::new(), actor, reason, rehearsal: args.dry_run };
    take_all(house, &given, &purses, people.len(), &mut report).await?;
    Ok(report.finish())
}

fn read(args: &Openings, form: &Form) -> Result<Vec<Person>, ImportError> {
    let place = args.file.display().to_string();
    let text = fs::read_to_string(&args.file).map_err(|source| match source.kind() {
        ErrorKind::InvalidData => {
            let what = "it is no text in UTF-8".to_owned();
            ImportError::Form { place: place.clone(), what, form: "save it as UTF-8" }
        }
        _ => ImportError::File { place: place.clone(), source },
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let wrong = |form: &'static str| move |what| ImportError::Form { place, what, form };
    match form {
        Form::Csv => csv::people(text).map_err(wrong(csv::FORM)),
        Form::Jsonl => Ok(json::lines(text)),
        Form::Json | Form::UnifiedUsers { .. } => json::users(text).map_err(wrong(json::FOUNDING)),
    }
}

/// What is counted, or will be: what the ledger knows, what the configuration names, and what the founding form has.
async fn counted(house: &House, form: &Form, is_rehearsal: bool) -> Result<Vec<Asset>, Failure> {
    let founding = match form {
        Form::Json => super::assets(house, is_rehearsal).await?,
        _ => Vec::new(),
    };
    let mut assets = match house.ledger.assets().await {
        Err(LedgerError::Missing { .. }) if is_rehearsal => Vec::new(),
        known => known?,
    };
    for asset in house.config.assets.iter().chain(&founding) {
        if assets.iter().all(|known| known.name != asset.name) {
            assets.push(asset.clone());
        }
    }
    if !is_rehearsal {
        house.ledger.declare(assets.clone()).await?;
    }
    Ok(assets)
}
