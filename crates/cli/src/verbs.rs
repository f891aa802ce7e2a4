//! What the command can do, one verb a file.

pub(crate) mod attach;
pub(crate) mod bulk;
pub(crate) mod code;
pub(crate) mod debts;
pub(crate) mod demo;
pub(crate) mod detach;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod grant;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod link;
pub(crate) mod money;
pub(crate) mod newest;
pub(crate) mod order;
pub(crate) mod past;
pub(crate) mod people;
pub(crate) mod quarantine;
pub(crate) mod rebuild;
pub(crate) mod regrouped;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod unlink;
pub(crate) mod verify;
pub(crate) mod worker;

use std::path::Path;

use jiff::tz::TimeZone;
use onepurse_core::{Clock, EventKey, Random};

use crate::{
    args::{Arguments, Verb, log::LogForm},
    clock::SystemClock,
    config::{Config, Environment},
    error::{Exit, Failure},
    house::House,
    lazy_ledger::Opening,
    log::{self, Stream},
    output,
};

/// Does what the command line says.
pub(crate) fn perform(arguments: Arguments) -> Result<Exit, Failure> {
    let is_long = matches!(arguments.verb, Verb::Run(_) | Verb::Sync(_) | Verb::Worker(_));
    // What a driver says of its own connections is for who asks for it: errors tell the same in their place.
    let quietest = if is_long { "info,tokio_postgres=warn" } else { "warn" };
    log::begin(&arguments.log, quietest, stream(&arguments.verb));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Failure::System { doing: "starting", source })?;
    runtime.block_on(verb(&arguments.config, arguments.log.log, arguments.verb))
}

/// The log is all that `run` and `worker` have to say; every other verb prints a result.
const fn stream(verb: &Verb) -> Stream {
    if matches!(verb, Verb::Run(_) | Verb::Worker(_)) { Stream::Output } else { Stream::Error }
}

async fn verb(config: &Path, form: LogForm, verb: Verb) -> Result<Exit, Failure> {
    let json = verb.prints_json();
    let reader = || House::of(configuration(config)?, Opening::Reader);
    match verb {
        Verb::Demo(args) => demo::demo(args).await.map(|()| Exit::Done),
        Verb::DemoBot(args) => demo::bot::be(&args.database, &args.sql).map(|()| Exit::Done),
        Verb::Run(args) => {
            let house = House::of(configuration(config)?, Opening::Keeper)?;
            run::run(&house, args.shared, form).await.map(|()| Exit::Done)
        }
        Verb::Worker(args) => worker::worker(config, args).await.map(|()| Exit::Done),
        Verb::Sync(args) => {
            let house = keeper(config)?;
            house.tell(&sync::sync(&house, &args).await?, json)
        }
        Verb::Attach(args) => {
            let house = keeper(config)?;
            house.tell(&attach::attach(&house, &args).await?, json)
        }
        Verb::Detach(args) => {
            let house = reader()?;
            house.tell(&detach::detach(&house, &args).await?, json)
        }
        Verb::Resume(args) => {
            let house = reader()?;
            house.tell(&resume::resume(&house, args).await?, json)
        }
        Verb::People(verb) => people::perform(config, verb).await,
        Verb::Export(args) => {
            let house = reader()?;
            export::export(&*house.ledger, &SystemClock, &args).await
        }
        Verb::Money(verb) => money::perform(config, verb).await,
        Verb::Import(args) => {
            // A rehearsal makes nothing, no ledger either.
            let opening = if args.what.is_dry_run() { Opening::Reader } else { Opening::Keeper };
            let house = House::of(configuration(config)?, opening)?;
            house.tell(&import::import(&house, &args.what, user()).await?, json)
        }
        Verb::Rebuild(args) => {
            let config = configuration(config)?;
            let language = config.language;
            output::print(&rebuild::rebuild(config, &args).await?, json, language)
        }
        Verb::Show(args) => {
            let house = reader()?;
            match args.at {
                Some(at) => house.tell(&past::past(&*house.ledger, args.identity, at).await?, json),
                None => house.tell(&show::show(&*house.ledger, args.identity).await?, json),
            }
        }
        Verb::History(args) => {
            let house = reader()?;
            house.tell(&history::history(&*house.ledger, args, TimeZone::system()).await?, json)
        }
        Verb::Status(_) => {
            let mut house = reader()?;
            let wrapped = house.find_wrapped().await.unwrap_or_default();
            house.tell(&status::status(&house, wrapped, &SystemClock).await, json)
        }
        Verb::Verify(args) => {
            let mut house = reader()?;
            let wrapped = house.find_wrapped().await?;
            house.tell(&verify::verify(&house, wrapped, &args).await?, json)
        }
    }
}

/// The house of someone who keeps its platforms in step.
fn keeper(config: &Path) -> Result<House, Failure> {
    let config = configuration(config)?;
    if config.platforms.is_empty() {
        return Err(Failure::NoPlatform);
    }
    House::of(config, Opening::Keeper)
}

/// The house of someone who moves coins and people in the ledger, with or without platforms.
fn desk(config: &Path) -> Result<House, Failure> {
    House::of(configuration(config)?, Opening::Clerk)
}

/// The configuration, with what the environment says.
fn configuration(path: &Path) -> Result<Config, Failure> {
    Ok(Config::load(path, &Environment::of_process())?)
}

/// The key of a request that its caller knows by this text; or of one that is made now.
fn request_key(said: Option<&str>, clock: &dyn Clock, random: &dyn Random) -> EventKey {
    said.map_or_else(|| new_key(clock, random), EventKey::of_order)
}

/// The key of a request that is made now.
fn new_key(clock: &dyn Clock, random: &dyn Random) -> EventKey {
    let mut nonce = [0; 8];
    random.fill(&mut nonce);
    EventKey::captured(clock.now_ms(), nonce)
}

/// Who is at the keyboard, as the system says.
fn user() -> Option<String> {
    ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|user| !user.is_empty())
}
