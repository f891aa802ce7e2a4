//! A worker for wrapped bots, inside a bot's own process or beside it: the engines between their sidecars and the ledger, without
//! a configuration file or a website. What it has to say is handed to whoever listens.

mod find;
mod lines;
mod whose;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use crate::{
    config::Config,
    crew::Crew,
    error::Failure,
    house::House,
    lazy_ledger::Opening,
    narrator::Narrator,
    overseer,
    seat::Seat,
    texts::{Blank, Language},
};
pub use find::{FindError, Found, all_there, each_named, named, split_name};
pub use lines::{Lines, listen};
pub use whose::whose;

/// What a worker is for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The sidecars of its bots.
    pub sidecars: Vec<Found>,
    /// The URL of the ledger.
    pub ledger: String,
    /// `en` or `ru`.
    pub language: String,
}

/// Engines at work on threads of their own, until it is stopped or dropped.
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
        let language = Language::of_locale(&settings.language);
        Self::begin(config(&settings.sidecars, &settings.ledger, language)?)
    }

    /// Begins with the platforms of a configuration.
    pub(crate) fn begin(config: Config) -> Result<Self, String> {
        let (stop, stopped) = oneshot::channel();
        let in_step = Arc::new(AtomicBool::new(false));
        let is_in_step = Arc::clone(&in_step);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let work = move || {
            let stop = async {
                // Also where whoever started it is gone.
                let _ = stopped.await;
            };
            if let Err(failure) = runtime.block_on(work(config, &is_in_step, stop)) {
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

/// Works until `stop`.
async fn work(config: Config, in_step: &AtomicBool, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let house = House::of(config, Opening::Keeper)?;
    let narrator = Arc::new(Narrator::new(house.config.language, &house.config.assets)) as _;
    let crew = Crew::start(&house, &narrator, seats(&house.config)?)?;
    tokio::select! {
        () = stop => {}
        () = overseer::oversee(&house, &crew, |overseer| {
            in_step.store(overseer.all_in_step(), Ordering::Relaxed);
        }) => {}
    }
    in_step.store(false, Ordering::Relaxed);
    crew.disband().await;
    Ok(())
}

/// A bot's process works on its own store, whoever else does: two are merely wasteful.
fn seats(config: &Config) -> Result<Vec<Seat>, Failure> {
    Seat::take_all(&config.platforms, false).or_else(|taken| {
        tracing::info!(
            happening = "beside",
            "{}",
            config.language.fill("log-beside", [("who", Blank::text(&taken))])
        );
        Seat::take_all(&config.platforms, true)
    })
}

/// The same as a file would say.
fn config(sidecars: &[Found], ledger: &str, language: Language) -> Result<Config, String> {
    let folder = env::current_dir().map_err(|error| error.to_string())?;
    let mut config = Config::of_ledger(ledger, language, &folder).map_err(|error| error.to_string())?;
    for found in sidecars {
        config.add_wrapped(&found.place, found.platform.clone(), &found.assets, &folder);
    }
    Ok(config)
}
