//! What the command can do, one verb a file.

pub(crate) mod demo;
pub(crate) mod history;
pub(crate) mod link;
pub(crate) mod show;

use std::{path::Path, sync::Arc};

use jiff::tz::TimeZone;
use onepurse_ledger::{Open, SqliteLedger};
use tokio::runtime::Runtime;

use crate::{
    args::{Arguments, Verb},
    clock::SystemClock,
    config::Config,
    error::{Exit, Failure},
    log, output,
    random::OsRandom,
};

/// Does what the command line says.
pub(crate) fn perform(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { config, log: log_options, verb } = arguments;
    let is_long = matches!(verb, Verb::Demo(_) | Verb::Run(_) | Verb::Sync(_));
    log::begin(&log_options, if is_long { "info" } else { "warn" });
    match verb {
        Verb::DemoBot(args) => demo::bot::be(&args.database, &args.sql).map(|()| Exit::Done),
        Verb::Link(args) => {
            let (config, ledger) = ledger_of(&config)?;
            let json = args.json;
            let report = runtime()?.block_on(link::link(&ledger, (&SystemClock, &OsRandom), args, user()))?;
            output::print(&report, json, config.language)
        }
        Verb::Show(args) => {
            let (config, ledger) = ledger_of(&config)?;
            let report = runtime()?.block_on(show::show(&ledger, args.identity))?;
            output::print(&report, args.json, config.language)
        }
        Verb::History(args) => {
            let (config, ledger) = ledger_of(&config)?;
            let json = args.json;
            let report = runtime()?.block_on(history::history(&ledger, args, TimeZone::system()))?;
            output::print(&report, json, config.language)
        }
        _ => Err(Failure::Usage("this verb needs the engine, which this build does not have".to_owned())),
    }
}

/// The configuration, with what the environment says.
fn configuration(path: &Path) -> Result<Config, Failure> {
    let database_url = std::env::var("DATABASE_URL").ok();
    Ok(Config::load(path, database_url.as_deref())?)
}

/// The ledger that the configuration names, which must be there already.
fn ledger_of(path: &Path) -> Result<(Config, SqliteLedger), Failure> {
    let config = configuration(path)?;
    let ledger =
        SqliteLedger::open(&config.ledger, Open::Existing, Arc::new(SystemClock), Arc::new(OsRandom))?;
    Ok((config, ledger))
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::System { doing: "starting", source })
}

/// Who is at the keyboard, as the system says.
fn user() -> Option<String> {
    ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|user| !user.is_empty())
}
