//! `onepurse worker`: wrapped bots and the ledger in step, without a website.

use std::{
    env,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use onepurse_core::Platform;
use tokio::{task::spawn_blocking, time::sleep};

use super::run::stop_signal;
use crate::{
    args::worker,
    config::{Config, ConfigError, Environment},
    error::Failure,
    texts::Blank,
    worker::{FindError, Found, Worker, all_there, each_named, named},
};

/// What names sidecars where the command line does not.
const SIDECARS: &str = "ONEPURSE_SIDECARS";

/// A bot may begin after its worker: so often it is looked for.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

/// Works until SIGINT or SIGTERM.
pub(crate) async fn worker(path: &Path, args: worker::Worker) -> Result<(), Failure> {
    let (config, ledger) = configuration(path, &args)?;
    let from_environment = env::var(SIDECARS).ok();
    let names = match &from_environment {
        Some(text) if args.sidecars.is_empty() => each_named(text).map(ToOwned::to_owned).collect(),
        _ => args.sidecars,
    };
    let folder = env::current_dir().map_err(|source| Failure::System { doing: "starting", source })?;
    let mut stop = pin!(stop_signal()?);
    let mut foreman =
        Foreman { search: Search { names, folder, ledger }, config, workers: vec![], said: vec![] };
    loop {
        foreman.look().await?;
        tokio::select! {
            () = &mut stop => break,
            () = sleep(LOOKS_EVERY) => {}
        }
    }
    spawn_blocking(move || drop(foreman))
        .await
        .map_err(|source| Failure::System { doing: "stopping", source: source.into() })
}

/// Has a worker on every sidecar that was found.
struct Foreman {
    search: Search,
    /// Without platforms.
    config: Config,
    workers: Vec<(Platform, Worker)>,
    /// What was said to be missing.
    said: Vec<String>,
}

impl Foreman {
    /// Looks for sidecars that nobody works on yet.
    async fn look(&mut self) -> Result<(), Failure> {
        let search = self.search.clone();
        // To ask a server waits for it.
        let looked = spawn_blocking(move || search.look()).await;
        let looked = looked
            .map_err(|source| Failure::System { doing: "looking for sidecars", source: source.into() })?;
        let (found, missing) = looked?;
        for one in &found {
            self.begin(one)?;
        }
        let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
        for why in missing.iter().filter(|why| !self.said.contains(why)) {
            let text = self.config.language.fill("log-sidecar-missing", [("why", Blank::text(why))]);
            tracing::warn!(happening = "no sidecar", "{text}");
        }
        self.said = missing;
        Ok(())
    }

    fn begin(&mut self, found: &Found) -> Result<(), Failure> {
        if self.workers.iter().any(|(platform, _)| *platform == found.platform) {
            return Ok(());
        }
        let mut config = self.config.clone();
        config.add_wrapped(&found.place, found.platform.clone(), &found.assets, &self.search.folder);
        let blanks = [("platform", Blank::text(&found.platform)), ("place", Blank::text(&found.place))];
        let text = config.language.fill("log-sidecar", blanks);
        tracing::info!(platform = %found.platform, happening = "found", "{text}");
        let worker = Worker::begin(config).map_err(Failure::Usage)?;
        self.workers.push((found.platform.clone(), worker));
        Ok(())
    }
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
    /// Those that are there, and what is not there yet: a bot may begin after its worker.
    fn look(&self) -> Result<(Vec<Found>, Vec<Failure>), Failure> {
        let (mut found, mut missing) = (vec![], vec![]);
        if self.names.is_empty() {
            found = all_there(&self.folder, &self.ledger);
        }
        for name in &self.names {
            match named(name).map_err(Failure::from) {
                Ok(these) => found.extend(these),
                Err(failure) if failure.may_come() => missing.push(failure),
                Err(failure) => return Err(failure),
            }
        }
        let is_again =
            |(at, one): &(usize, &Found)| found[..*at].iter().any(|other| other.platform == one.platform);
        if let Some((_, twice)) = found.iter().enumerate().find(is_again) {
            return Err(Failure::Usage(format!(
                "there is more than one sidecar of {}: name the one that is meant, or give one of the bots another platform",
                twice.platform
            )));
        }
        if found.is_empty() && missing.is_empty() {
            missing.push(Failure::NoSidecar);
        }
        Ok((found, missing))
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
