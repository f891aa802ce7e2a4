//! `onepurse rebuild`: a ledger that was lost without a backup, made anew from what the bots' databases know of it.

mod report;

use onepurse_core::{Asset, LedgerId, OverdraftPolicy};
use onepurse_ledger::{Bookmarks, Ledger, LedgerError};
use onepurse_sync::rebuild::{Plan, Witness, plan, rebuild as make};

use crate::{
    args::platforms,
    clock::SystemClock,
    config::{Config, PlatformConfig},
    error::Failure,
    house::House,
    lazy_ledger::{Opening, REBUILDING},
    pacing::Pacing,
    patience::patient,
    texts::{Blank, Language},
};
pub(crate) use report::RebuildReport;

/// Makes the ledger of this configuration anew.
pub(crate) async fn rebuild(config: Config, args: &platforms::Rebuild) -> Result<RebuildReport, Failure> {
    for platform in &args.without {
        config.platform(platform)?;
    }
    let witnesses = witnesses(&config, args).await?;
    let lost = one_ledger(&witnesses)?;
    check_place(&config).await?;
    let plan = plan(&witnesses)?;
    let mut report = RebuildReport::new(args, &config.assets, lost, &witnesses, &plan);
    if !args.dry_run {
        let rebuilt = make_anew(&config, lost, &witnesses, plan).await?;
        report.is_done(rebuilt);
    }
    Ok(report)
}

/// What every platform's database says that is not left out.
async fn witnesses(config: &Config, args: &platforms::Rebuild) -> Result<Vec<Witness>, Failure> {
    let mut witnesses = vec![];
    for platform in config.platforms.iter().filter(|one| !args.without.contains(&one.platform)) {
        tracing::info!("{}: reading {}", platform.platform, platform.database);
        witnesses.push(ask(platform).await?);
    }
    if witnesses.is_empty() { Err(Failure::NoPlatform) } else { Ok(witnesses) }
}

async fn ask(platform: &PlatformConfig) -> Result<Witness, Failure> {
    let silent = |why| Failure::NoWitness { platform: platform.platform.clone(), why };
    let mut replica = platform.replica();
    match patient(async || Witness::ask(&mut *replica).await).await {
        Ok(Some(witness)) => Ok(witness),
        Ok(None) => Err(silent("nothing of onepurse is in its database".to_owned())),
        Err(error) => Err(silent(error.to_string())),
    }
}

/// The ledger that all of them belong to.
fn one_ledger(witnesses: &[Witness]) -> Result<LedgerId, Failure> {
    let first = witnesses.first().ok_or(Failure::NoPlatform)?;
    match witnesses.iter().find(|witness| witness.ledger != first.ledger) {
        None => Ok(first.ledger),
        Some(other) => {
            Err(Failure::LedgersDiffer { one: first.platform().clone(), other: other.platform().clone() })
        }
    }
}

/// Nothing is there yet, or nothing but what an earlier call has begun.
async fn check_place(config: &Config) -> Result<(), Failure> {
    let there = House::of(config.clone(), Opening::Reader)?;
    let head = match there.ledger.head().await {
        Err(
            LedgerError::Missing { .. } | LedgerError::NotALedger { .. } | LedgerError::Unfinished { .. },
        ) => {
            return Ok(());
        }
        head => head?,
    };
    if head.seq == 0 {
        return Ok(());
    }
    Err(Failure::LedgerThere { place: config.ledger.to_string(), entries: head.seq })
}

async fn make_anew(
    config: &Config,
    lost: LedgerId,
    witnesses: &[Witness],
    plan: Plan,
) -> Result<onepurse_sync::rebuild::Rebuilt, Failure> {
    // What was undone once is part of what purses had; nothing is to be undone again on the way there.
    let allowing = |asset: &Asset| Asset { overdraft: OverdraftPolicy::Allow, ..asset.clone() };
    let lenient = Config { assets: config.assets.iter().map(allowing).collect(), ..config.clone() };
    let house = House::of(lenient, Opening::Rebuilder)?;
    house.ledger.set_bookmark(REBUILDING.to_owned(), 0).await?;
    let (language, all) = (config.language, plan.purses.len() + plan.events.len());
    let reason = language.text("rebuild-reason");
    let mut pacing = Pacing::begin(&SystemClock);
    let tell = |done| pacing.tell(|| eprintln!("{}", progress(language, done, all)));
    let rebuilt = make(&*house.ledger, lost, witnesses, plan, &reason, tell).await?;
    house.ledger.declare(config.assets.clone()).await?;
    house.ledger.set_bookmark(REBUILDING.to_owned(), 1).await?;
    Ok(rebuilt)
}

fn progress(language: Language, done: usize, all: usize) -> String {
    language
        .fill("rebuild-progress", [("done", Blank::count(done as u64)), ("all", Blank::count(all as u64))])
}
