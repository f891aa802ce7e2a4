//! `onepurse sync --until-idle`: everything in step once, without the website.

use std::{sync::Arc, time::Duration};

use onepurse_core::Platform;
use onepurse_ledger::Ledger;
use onepurse_sync::{Engine, Observer, Progress, Standing, status::State};
use serde::Serialize;

use crate::{
    args::platforms,
    error::{Exit, Failure},
    house::House,
    narrator::Narrator,
    output::Report,
    overseer::Overseer,
    seat::Seat,
    shown::state_name,
    texts::Language,
};

/// Between two rounds, so that a bot which waits for its database gets it.
const REST: Duration = Duration::from_millis(2);
/// Between two rounds when something could not be used.
const REST_AFTER_TROUBLE: Duration = Duration::from_millis(50);

/// Where everything stands at the end.
#[derive(Debug, Serialize)]
pub(crate) struct SyncReport {
    in_step: bool,
    /// Why the ledger cannot be used.
    ledger: Option<String>,
    platforms: Vec<PlatformEnd>,
}

#[derive(Debug, Serialize)]
struct PlatformEnd {
    name: Platform,
    state: State,
    reason: Option<String>,
}

/// Brings everything in step, or tries to for as long as the command line says.
pub(crate) async fn sync(house: &House, args: &platforms::Sync) -> Result<SyncReport, Failure> {
    let platforms = &house.config.platforms;
    let _seats = Seat::take_all(platforms, args.shared)?;
    house.check_scales().await?;
    let narrator: Arc<dyn Observer> = Arc::new(Narrator::new(house.config.language, &house.config.assets));
    let mut engines: Vec<Engine> =
        platforms.iter().map(|platform| house.engine(platform, Arc::clone(&narrator), None)).collect();
    let names = platforms.iter().map(|platform| platform.platform.clone());
    let mut overseer = Overseer::new(house.config.language, names);
    // What is left undone when the time is over is done by whoever comes next.
    let _ = tokio::time::timeout(args.timeout, until_idle(house, &mut engines, &mut overseer)).await;
    let end = |(name, state, reason): (&Platform, _, _)| PlatformEnd { name: name.clone(), state, reason };
    Ok(SyncReport {
        in_step: overseer.all_in_step(),
        ledger: overseer.ledger_trouble().map(ToOwned::to_owned),
        platforms: overseer.states().map(end).collect(),
    })
}

/// Round after round, until in one of them every platform was in step and nothing moved in the ledger: then all were in
/// step at the same moment. Platforms that wait for an operator are not waited for.
async fn until_idle(house: &House, engines: &mut [Engine], overseer: &mut Overseer) {
    loop {
        let before = house.ledger.head().await.ok();
        let mut is_quiet = true;
        for (place, engine) in engines.iter_mut().enumerate() {
            let standing = match engine.cycle().await {
                Ok(Progress::InStep) => Standing::InStep,
                Ok(Progress::Again | Progress::Lingering) => Standing::Starting,
                Ok(Progress::Paused(question)) => Standing::Paused(question),
                Err(error) => Standing::Failing(Arc::new(error)),
            };
            is_quiet &= !matches!(standing, Standing::Failing(_));
            overseer.note(place, standing);
        }
        let states: Vec<State> = overseer.states().map(|(_, state, _)| state).collect();
        let is_done = |state: &State| matches!(state, State::InStep | State::Paused | State::Refused);
        let moved =
            states.contains(&State::InStep) && (before.is_none() || house.ledger.head().await.ok() != before);
        if states.iter().all(is_done) && !moved {
            return;
        }
        tokio::time::sleep(if is_quiet { REST } else { REST_AFTER_TROUBLE }).await;
    }
}

impl Report for SyncReport {
    fn words(&self, language: Language) -> String {
        let line = |end: &PlatformEnd| {
            let state = state_name(language, end.state);
            let reason = end.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("{}: {state}{reason}", end.name)
        };
        self.platforms.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn exit(&self) -> Exit {
        let any = |wanted: &[State]| self.platforms.iter().any(|end| wanted.contains(&end.state));
        if self.in_step {
            Exit::Done
        } else if any(&[State::Paused, State::Refused]) {
            Exit::Waiting
        } else if self.ledger.is_some() || any(&[State::Unreachable]) {
            Exit::Unavailable
        } else {
            Exit::No
        }
    }
}
