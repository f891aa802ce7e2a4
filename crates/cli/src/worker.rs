//! A worker inside a bot's own process: the engine between a sidecar and the ledger, without a command line, a configuration
//! file or a website. What it has to say is handed to whoever listens.

mod lines;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use onepurse_core::AssetName;
use onepurse_replica::wrap::Sidecar;
use onepurse_sync::{Observer, Standing};
use tokio::sync::oneshot;

use crate::{
    config::{Config, Environment},
    crew::Crew,
    error::Failure,
    house::House,
    lazy_ledger::Opening,
    narrator::Narrator,
    seat::Seat,
};
pub use lines::{Lines, listen};

/// What a worker is for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The sidecar of the store.
    pub sidecar: PathBuf,
    /// Whose bot it is.
    pub platform: String,
    /// What is counted.
    pub assets: Vec<String>,
    /// The URL of the ledger.
    pub ledger: String,
    /// `en` or `ru`.
    pub language: String,
}

/// An engine at work on threads of its own, until it is stopped or dropped.
#[derive(Debug)]
pub struct Worker {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    in_step: Arc<AtomicBool>,
}

impl Worker {
    /// Begins. A ledger that cannot be reached is tried again for as long as it takes; settings that cannot be used are told
    /// in words.
    pub fn start(settings: &Settings) -> Result<Self, String> {
        let config = config(settings)?;
        let (stop, stopped) = oneshot::channel();
        let in_step = Arc::new(AtomicBool::new(false));
        let is_in_step = Arc::clone(&in_step);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let work = move || {
            if let Err(failure) = runtime.block_on(work(config, &is_in_step, stopped)) {
                tracing::error!("{failure}");
            }
        };
        let thread = thread::Builder::new().name("onepurse".to_owned()).spawn(work);
        let thread = Some(thread.map_err(|error| error.to_string())?);
        Ok(Self { stop: Some(stop), thread, in_step })
    }

    /// Whether everything captured is in the ledger, and everything in the ledger is in the sidecar, as far as is known.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.in_step.load(Ordering::Relaxed)
    }

    /// Ends after the step that it is in, and waits for that. What it leaves behind is as good as after a crash.
    pub fn stop(&mut self) {
        // A worker that ended by itself hears nothing.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn work(config: Config, in_step: &AtomicBool, stopped: oneshot::Receiver<()>) -> Result<(), Failure> {
    let house = House::of(config, Opening::Keeper)?;
    // The bot's process works on its own store, whoever else does: two are merely wasteful.
    let seats = Seat::take_all(&house.config.platforms, false)
        .or_else(|_| Seat::take_all(&house.config.platforms, true))?;
    let narrator: Arc<dyn Observer> = Arc::new(Narrator::new(house.config.language, &house.config.assets));
    let crew = Crew::start(&house, &narrator, seats)?;
    let mut standings = crew.standings();
    let watch = async {
        while let Some((_, standing)) = standings.recv().await {
            let is = matches!(standing, Some(Standing::InStep));
            in_step.store(is, Ordering::Relaxed);
        }
    };
    tokio::select! {
        // Also where whoever started it is gone.
        _ = stopped => {}
        () = watch => {}
    }
    in_step.store(false, Ordering::Relaxed);
    crew.disband().await;
    Ok(())
}

/// The same as a file would say.
fn config(settings: &Settings) -> Result<Config, String> {
    let Settings { sidecar, platform, assets, ledger, language } = settings;
    let text = |text: &str| toml::Value::from(text).to_string();
    let folder = std::env::current_dir().map_err(|error| error.to_string())?;
    let sidecar = format!("sqlite://{}", folder.join(sidecar).display());
    let mut file = format!(
        "language = {}\n[ledger]\nurl = {}\n[[platform]]\nname = {}\ndatabase = {}\n",
        text(language),
        text(ledger),
        text(platform),
        text(&sidecar)
    );
    let assets: Vec<AssetName> = assets
        .iter()
        .map(|asset| asset.parse())
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error}"))?;
    for mapping in Sidecar::mappings(&assets) {
        file.push_str(&format!(
            "[[platform.balance]]\nasset = {}\ntable = {}\nid = {}\ncolumn = {}\n",
            text(mapping.asset.as_str()),
            text(&mapping.table),
            text(&mapping.id.concat()),
            text(&mapping.column)
        ));
    }
    let nothing_else = Environment::default();
    Config::read(Path::new("settings"), &folder, &file, &nothing_else).map_err(|error| error.to_string())
}
