//! `onepurse worker`: wrapped bots and the ledger in step, without a website.

use std::{env, path::Path, sync::atomic::AtomicBool};

use tokio::task::spawn_blocking;

use super::run::stop_signal;
use crate::{
    args::worker,
    config::{Config, ConfigError, Environment},
    error::Failure,
    texts::Blank,
    worker::{FindError, Found, all_there, each_named, named, work},
};

/// What names sidecars where the command line does not.
const SIDECARS: &str = "ONEPURSE_SIDECARS";

/// Works until SIGINT or SIGTERM.
pub(crate) async fn worker(path: &Path, args: worker::Worker) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let (mut config, ledger) = configuration(path, &args)?;
    let from_environment = env::var(SIDECARS).ok();
    let names: Vec<String> = match &from_environment {
        Some(text) if args.sidecars.is_empty() => each_named(text).map(ToOwned::to_owned).collect(),
        _ => args.sidecars,
    };
    let folder = env::current_dir().map_err(|source| Failure::System { doing: "starting", source })?;
    let below = folder.clone();
    // To ask a server waits for it.
    let found = spawn_blocking(move || find(&names, &below, &ledger)).await;
    let found = found
        .map_err(|source| Failure::System { doing: "looking for sidecars", source: source.into() })??;
    for one in &found {
        let place = one.place()?;
        config.add_wrapped(&place, one.platform.clone(), &one.assets, &folder);
        let blanks = [("platform", Blank::text(&one.platform)), ("place", Blank::text(&place))];
        tracing::info!(platform = %one.platform, happening = "found", "{}", config.language.fill("log-sidecar", blanks));
    }
    work(config, &AtomicBool::new(false), stop).await
}

fn find(names: &[String], folder: &Path, ledger: &str) -> Result<Vec<Found>, Failure> {
    let found = if names.is_empty() {
        all_there(folder, ledger)
    } else {
        names.iter().map(|name| named(name)).collect::<Result<Vec<_>, FindError>>()?.concat()
    };
    let twice = found
        .iter()
        .enumerate()
        .find(|(at, one)| found[..*at].iter().any(|other| other.platform == one.platform));
    if let Some((_, twice)) = twice {
        return Err(Failure::Usage(format!(
            "there is more than one sidecar of {}: name the one that is meant, or give one of the bots another platform",
            twice.platform
        )));
    }
    if found.is_empty() { Err(Failure::NoSidecar) } else { Ok(found) }
}

/// Without a platform in it; and the ledger's URL, which may name sidecars too.
fn configuration(path: &Path, args: &worker::Worker) -> Result<(Config, String), Failure> {
    let language = args.language;
    if let Some(ledger) = &args.ledger {
        let config = Config::of_ledger(ledger, language.unwrap_or_default(), Path::new(""))?;
        return Ok((config, ledger.clone()));
    }
    match Config::load(path, &Environment::of_process()) {
        Ok(mut config) => {
            config.platforms.clear();
            config.language = language.unwrap_or(config.language);
            Ok((config, String::new()))
        }
        Err(ConfigError::Missing { .. }) => Err(Failure::NoLedger),
        Err(error) => Err(error.into()),
    }
}
