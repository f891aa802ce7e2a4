//! `onepurse demo`: everything at work, on two small databases made for it.

pub(crate) mod bot;
mod folder;
mod shell;
mod sight;
mod story;

use std::{
    future::pending,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use onepurse_core::Identity;
use tokio::sync::oneshot;

use self::{folder::DemoFolder, story::Story};
use super::{
    link,
    run::{Running, stop_signal},
};
use crate::{
    args,
    clock::SystemClock,
    config::{Config, Environment},
    error::Failure,
    house::House,
    lazy_ledger::Opening,
    random::OsRandom,
    texts::Language,
};

/// Unless something else is asked for, the system picks a port that is free.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How long attaching two small databases may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays the story, and leaves everything at work until it is told to stop.
pub(crate) async fn demo(args: args::demo::Demo) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let language = args.language.unwrap_or_else(language_of_environment);
    let folder = DemoFolder::make(args.folder.as_deref(), &OsRandom)?;
    folder.fill(language, args.listen.unwrap_or(LISTEN))?;
    let house = House::of(Config::load(&folder.config(), &Environment::default())?, Opening::Keeper)?;
    let running = Running::begin(&house, false).await?;
    let (telegram, discord) = (identity("telegram:456")?, identity("discord:123")?);
    let story = Story {
        folder: &folder,
        website: running.address(),
        records: Arc::clone(&house.ledger) as _,
        anna: telegram.clone(),
        clock: &SystemClock,
        language,
    };
    let (ready, is_ready) = oneshot::channel();
    let told = async {
        story.begin()?;
        if !matches!(tokio::time::timeout(PATIENCE, is_ready).await, Ok(Ok(()))) {
            let who = language.text("demo-title");
            return Err(Failure::DemoOutOfStep { who, expected: 0, shown: None });
        }
        let link =
            args::people::Link { stays: telegram, joins: discord, reason: None, key: None, json: false };
        link::link(&*house.ledger, (&SystemClock, &OsRandom), link, super::user()).await?;
        story.linked().await?;
        story.earn().await?;
        story.end()?;
        pending().await
    };
    tokio::select! {
        served = running.serve(&house, ready, stop) => served?,
        failed = told => return failed,
    }
    story.bye()
}

fn identity(text: &str) -> Result<Identity, Failure> {
    text.parse().map_err(|error: onepurse_core::IdentityError| Failure::Usage(error.to_string()))
}

/// The language that the environment asks for.
fn language_of_environment() -> Language {
    let set = |name: &&str| std::env::var(name).ok().filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set);
    Language::of_locale(locale.as_deref().unwrap_or_default())
}
