//! `onepurse detach`: takes every trace out of the bots' databases.

use std::sync::Arc;

use onepurse_core::Platform;
use onepurse_sync::{Engine, Progress, operate};
use serde::Serialize;

use crate::{
    args::platforms,
    config::PlatformConfig,
    error::{Exit, Failure},
    house::House,
    narrator::Narrator,
    output::Report,
    patience::{patient, rest},
    seat::Seat,
    texts::{Blank, Language},
};

/// What came of it, platform by platform.
#[derive(Debug, Serialize)]
pub(crate) struct DetachReport {
    platforms: Vec<DetachEnd>,
}

#[derive(Debug, Serialize)]
struct DetachEnd {
    name: Platform,
    /// False where nothing was in its database.
    was_attached: bool,
    /// Events that the ledger never heard of.
    lost: u64,
    /// The ledger itself is in that database, and stays there.
    ledger_stays: bool,
}

/// Detaches what the command line names.
pub(crate) async fn detach(house: &House, args: &platforms::Detach) -> Result<DetachReport, Failure> {
    let mut ends = Vec::new();
    for platform in house.platforms(&args.platforms)? {
        let _seat = Seat::take(platform)?;
        ends.push(one(house, platform, args.force).await?);
    }
    Ok(DetachReport { platforms: ends })
}

async fn one(house: &House, platform: &PlatformConfig, force: bool) -> Result<DetachEnd, Failure> {
    let name = platform.platform.clone();
    let ledger_stays = house.config.ledger.is_same(&platform.database);
    let narrator = Narrator::new(house.config.language, &house.config.assets);
    let mut engine = house.engine(platform, Arc::new(narrator), None);
    if !patient(async || operate::is_attached(&mut engine).await).await? {
        // A call that was interrupted may have left something behind.
        patient(async || operate::detach(&mut engine, false).await).await?;
        return Ok(DetachEnd { name, was_attached: false, lost: 0, ledger_stays });
    }
    loop {
        let lost = match send(&mut engine).await? {
            None => 0,
            Some((pending, _)) if force => pending,
            Some((pending, why)) => {
                let (reason, exit) = (why.to_string(), why.exit());
                return Err(Failure::Pending { platform: name, pending, reason, exit });
            }
        };
        // The bot may have written since: that is sent first, too.
        if patient(async || operate::detach(&mut engine, force).await).await? {
            return Ok(DetachEnd { name, was_attached: true, lost, ledger_stays });
        }
    }
}

/// Sends what is pending to the ledger; how many events cannot be sent, and why, if that is so.
async fn send(engine: &mut Engine) -> Result<Option<(u64, Failure)>, Failure> {
    let why = match operate::settle_down(engine, rest).await {
        Ok(Progress::InStep) => return Ok(None),
        Ok(Progress::Paused(question)) => Failure::Paused(question),
        Ok(Progress::Again | Progress::Lingering) => Failure::Restless,
        Err(error) => error.into(),
    };
    let pending = patient(async || operate::pending(&mut *engine).await).await?;
    let is_safe = pending == 0 && !matches!(why, Failure::Paused(_));
    Ok((!is_safe).then_some((pending, why)))
}

impl Report for DetachReport {
    fn words(&self, language: Language) -> String {
        let line = |end: &DetachEnd| {
            let id = match (end.was_attached, end.lost) {
                (false, _) => "detach-nothing",
                (true, 0) if end.ledger_stays => "detach-done-there",
                (true, 0) => "detach-done",
                (true, _) => "detach-lost",
            };
            let blanks = [("platform", Blank::text(&end.name)), ("count", Blank::count(end.lost))];
            let done = language.fill(id, blanks);
            let stays = end.was_attached && end.ledger_stays;
            if stays { format!("{done} {}", language.text("detach-ledger-stays")) } else { done }
        };
        self.platforms.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn exit(&self) -> Exit {
        Exit::Done
    }
}
