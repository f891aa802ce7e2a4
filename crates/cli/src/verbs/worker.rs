//! `onepurse worker`: wrapped bots and the ledger in step, without a website.

use std::{
    env,
    path::{Path, PathBuf},
    pin::pin,
    sync::atomic::AtomicBool,
    time::Duration,
};

use tokio::{task::spawn_blocking, time::sleep};

use super::run::stop_signal;
use crate::{
    args::worker,
    config::{Config, ConfigError, Environment},
    error::Failure,
    texts::{Blank, Language},
    worker::{FindError, Found, all_there, each_named, named, work},
};

/// What names sidecars where the command line does not.
const SIDECARS: &str = "ONEPURSE_SIDECARS";

/// A bot may begin after its worker: so often it is looked for.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

/// Works until SIGINT or SIGTERM.
pub(crate) async fn worker(path: &Path, args: worker::Worker) -> Result<(), Failure> {
    let (mut config, ledger) = configuration(path, &args)?;
    let from_environment = env::var(SIDECARS).ok();
    let names = match &from_environment {
        Some(text) if args.sidecars.is_empty() => each_named(text).map(ToOwned::to_owned).collect(),
        _ => args.sidecars,
    };
    let folder = env::current_dir().map_err(|source| Failure::System { doing: "starting", source })?;
    let search = Search { names, folder: folder.clone(), ledger };
    let mut stop = pin!(stop_signal()?);
    let found = tokio::select! {
        () = &mut stop => return Ok(()),
        found = search.until_found(config.language) => found?,
    };
    for one in &found {
        let place = &one.place;
        config.add_wrapped(place, one.platform.clone(), &one.assets, &folder);
        let blanks = [("platform", Blank::text(&one.platform)), ("place", Blank::text(place))];
        tracing::info!(platform = %one.platform, happening = "found", "{}", config.language.fill("log-sidecar", blanks));
    }
    work(config, &AtomicBool::new(false), stop).await
}

/// Where sidecars are looked for.
#[derive(Clone)]
struct Search {
    names: Vec<String>,
    folder: PathBuf,
    /// Its database may have some.
    ledger: String,
}

impl Search {
    async fn until_found(&self, language: Language) -> Result<Vec<Found>, Failure> {
        let mut said = None;
        loop {
            let search = self.clone();
            // To ask a server waits for it.
            let found = spawn_blocking(move || search.find()).await;
            let found = found
                .map_err(|source| Failure::System { doing: "looking for sidecars", source: source.into() })?;
            let trouble = match found {
                Err(trouble) if trouble.may_come() => trouble.to_string(),
                found => return found,
            };
            if said.as_ref() != Some(&trouble) {
                let text = language.fill("log-sidecar-missing", [("why", Blank::text(&trouble))]);
                tracing::warn!(happening = "no sidecar", "{text}");
                said = Some(trouble);
            }
            sleep(LOOKS_EVERY).await;
        }
    }

    fn find(&self) -> Result<Vec<Found>, Failure> {
        let found = if self.names.is_empty() {
            all_there(&self.folder, &self.ledger)
        } else {
            self.names.iter().map(|name| named(name)).collect::<Result<Vec<_>, FindError>>()?.concat()
        };
        let is_again =
            |(at, one): &(usize, &Found)| found[..*at].iter().any(|other| other.platform == one.platform);
        if let Some((_, twice)) = found.iter().enumerate().find(is_again) {
            return Err(Failure::Usage(format!(
                "there is more than one sidecar of {}: name the one that is meant, or give one of the bots another platform",
                twice.platform
            )));
        }
        if found.is_empty() { Err(Failure::NoSidecar) } else { Ok(found) }
    }
}

impl Failure {
    /// Whether a bot that has yet to begin may be all that is missing.
    fn may_come(&self) -> bool {
        match self {
            Self::NoSidecar | Self::Sidecar(FindError::None(_)) => true,
            Self::Sidecar(FindError::Sidecar(error)) => error.passes(),
            _ => false,
        }
    }
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
