//! What the command can do, one verb a file.

pub(crate) mod demo;
pub(crate) mod history;
pub(crate) mod link;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod verify;

use std::path::Path;

use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use crate::{
    args::{Arguments, Verb},
    clock::SystemClock,
    config::Config,
    error::{Exit, Failure},
    house::House,
    lazy_ledger::Opening,
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
        verb => runtime()?.block_on(in_house(&config, verb)),
    }
}

/// Does what needs a configuration.
async fn in_house(config: &Path, verb: Verb) -> Result<Exit, Failure> {
    let json = verb.prints_json();
    let opening = match verb {
        Verb::Run(_) | Verb::Sync(_) | Verb::Attach(_) => Opening::Keeper,
        _ => Opening::Reader,
    };
    let house = House::of(configuration(config)?, opening)?;
    let language = house.config.language;
    if opening == Opening::Keeper && house.config.platforms.is_empty() {
        return Err(Failure::NoPlatform);
    }
    match verb {
        Verb::Run(args) => run::run(&house, args.shared).await.map(|()| Exit::Done),
        Verb::Sync(args) => output::print(&sync::sync(&house, &args).await?, json, language),
        Verb::Link(args) => {
            let report = link::link(&*house.ledger, (&SystemClock, &OsRandom), args, user()).await?;
            output::print(&report, json, language)
        }
        Verb::Show(args) => output::print(&show::show(&*house.ledger, args.identity).await?, json, language),
        Verb::History(args) => {
            let report = history::history(&*house.ledger, args, TimeZone::system()).await?;
            output::print(&report, json, language)
        }
        Verb::Status(_) => output::print(&status::status(&house, &SystemClock).await, json, language),
        Verb::Verify(_) => output::print(&verify::verify(&house).await?, json, language),
        _ => Err(Failure::Usage("not wired yet".to_owned())),
    }
}

/// The configuration, with what the environment says.
fn configuration(path: &Path) -> Result<Config, Failure> {
    let database_url = std::env::var("DATABASE_URL").ok();
    Ok(Config::load(path, database_url.as_deref())?)
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
