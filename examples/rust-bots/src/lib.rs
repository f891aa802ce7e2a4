//! Two small bots whose coins are in memory and in a JSON file: `telegram` by teloxide, `discord` by poise. What they share is
//! here: the [`Bank`], what their commands do, and how onepurse is let in.

mod bank;
pub mod commands;

use std::{env, error::Error, path::PathBuf};

use onepurse::worker::{self, Found, Worker};
use onepurse_replica::wrap::{Settings, Wrapped};

pub use bank::{Bank, DAILY, User};

/// Whatever a bot cannot begin without.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The bank in the file that `BANK` names, wrapped, and a worker on it where `DATABASE_URL` says where the ledger is. The
/// worker is there as long as it is kept; without one, `onepurse worker` or `onepurse run` beside the bot fetches what it did.
pub fn open(platform: &str) -> Result<(Wrapped<Bank>, Option<Worker>), Failure> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let file = env::var_os("BANK").map_or_else(|| PathBuf::from("bank.json"), PathBuf::from);
    let beside = || file.with_extension("json.onepurse").display().to_string();
    let settings = Settings::new(platform, &env::var("ONEPURSE_SIDECAR").unwrap_or_else(|_| beside()))?;
    let bank = onepurse_replica::wrap(Bank::load(file)?, settings.clone());
    let worker = env::var("DATABASE_URL").ok().and_then(|ledger| start(settings, ledger));
    Ok((bank, worker))
}

/// A bot whose worker cannot be started goes on without: what it did is in the sidecar.
fn start(settings: Settings, ledger: String) -> Option<Worker> {
    let Settings { platform, sidecar, assets, .. } = settings;
    let worker = Worker::start(&worker::Settings {
        sidecars: vec![Found { place: sidecar, platform, assets }],
        ledger,
        language: "en".to_owned(),
    });
    worker.inspect_err(|error| tracing::error!(error, "the worker cannot be started")).ok()
}
