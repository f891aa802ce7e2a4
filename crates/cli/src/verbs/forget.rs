//! `onepurse forget`: an identity and its name are erased for good.

use std::{collections::BTreeMap, sync::Arc};

use onepurse_core::{Amount, AssetName, Identity, PurseId, Rejection};
use onepurse_ledger::{Forgetting, Ledger, LedgerError, Purse, Records, Unlink};
use onepurse_sync::{Progress, Traces, operate};
use serde::Serialize;

use super::new_key;
use crate::{
    args::people,
    clock::SystemClock,
    error::{Exit, Failure},
    house::House,
    narrator::Narrator,
    output::Report,
    patience::{patient, rest},
    random::OsRandom,
    shown::{Scales, Shown},
    texts::{Blank, Language},
};

/// So often somebody is told that they have nothing who goes on meanwhile.
const TRIES: usize = 3;

/// What was erased, or would be.
#[derive(Debug, Serialize)]
pub(crate) struct ForgetReport {
    dry_run: bool,
    identity: Identity,
    /// The purse that they had, and what was in it: it stays there. None where the ledger knew nothing of them any more.
    purse: Option<PurseId>,
    balances: BTreeMap<AssetName, Shown>,
    /// Who has that purse now.
    stays_with: Vec<Identity>,
    /// What their platform's database keeps of them; nothing in a rehearsal.
    traces: Option<Traces>,
}

/// Forgets whom the command line names; `actor` is who says it.
pub(crate) async fn forget(
    house: &House,
    args: people::Forget,
    actor: Option<String>,
) -> Result<ForgetReport, Failure> {
    let ledger = &*house.ledger;
    let purse = ledger.purse_of(args.identity.clone()).await?;
    let scales = Scales::of(ledger.assets().await?);
    let report = |traces| ForgetReport::new(&args, purse.as_ref(), &scales, traces);
    check_reach(house, &args).await?;
    if args.dry_run {
        return if purse.is_some() { Ok(report(None)) } else { Err(Failure::unknown(args.identity)) };
    }
    if purse.is_none() {
        // Their bot may have deleted its row since the ledger forgot them.
        return match tell_platform(house, &args.identity).await? {
            Traces::Removed => Ok(report(Some(Traces::Removed))),
            _ => Err(Failure::unknown(args.identity)),
        };
    }
    // What their bot has done until now is done by who they are now; and a platform that cannot hear of it is found here,
    // before anything is done.
    tell_platform(house, &args.identity).await?;
    let waiting = ledger.quarantined(Some(args.identity.platform.clone())).await?;
    if waiting.iter().any(|one| one.event.identity == args.identity) {
        return Err(Rejection::InQuarantine(args.identity).into());
    }
    let purse = ledger.purse_of(args.identity.clone()).await?;
    let report = |traces| ForgetReport::new(&args, purse.as_ref(), &scales, traces);
    for _ in 0..TRIES {
        let key = new_key(&SystemClock, &OsRandom);
        let (actor, reason) = (actor.clone(), args.reason.clone());
        ledger.part(Unlink { key, identity: args.identity.clone(), actor, reason }).await?;
        let traces = tell_platform(house, &args.identity).await?;
        if traces == Traces::Moving {
            continue;
        }
        match ledger.erase(args.identity.clone()).await {
            Ok(()) => return Ok(report(Some(traces))),
            Err(LedgerError::Rejected(Rejection::NotParted(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Rejection::NotParted(args.identity).into())
}

/// A platform whose database is attached has to hear of it, or its bot would go on showing what nobody has; and in one that is
/// detached a row of theirs would count as new when it is attached again.
async fn check_reach(house: &House, args: &people::Forget) -> Result<(), Failure> {
    let platform = &args.identity.platform;
    let Some(known) = house.ledger.registration(platform.clone()).await? else { return Ok(()) };
    let is_named = house.config.platforms.iter().any(|one| one.platform == *platform);
    match (known.left_at, is_named) {
        (None, false) => Err(Failure::OutOfReach { platform: platform.clone() }),
        (Some(_), _) if !args.detached => Err(Failure::IsDetached { platform: platform.clone() }),
        _ => Ok(()),
    }
}

/// Brings the platform's database to where they have nothing; beside whoever else works on it.
async fn tell_platform(house: &House, identity: &Identity) -> Result<Traces, Failure> {
    let named = house.config.platforms.iter().find(|one| one.platform == identity.platform);
    let Some(platform) = named else { return Ok(Traces::Detached) };
    let narrator = Narrator::new(house.config.language, &house.config.assets);
    let mut engine = house.engine(platform, Arc::new(narrator), None);
    if !patient(async || operate::is_attached(&mut engine).await).await? {
        return Ok(Traces::Detached);
    }
    match operate::settle_down(&mut engine, rest).await? {
        Progress::InStep => {}
        Progress::Paused(question) => return Err(Failure::Paused(question)),
        Progress::Again | Progress::Lingering => return Err(Failure::Restless),
    }
    Ok(patient(async || onepurse_sync::forget(&mut engine, &identity.external).await).await?)
}

impl ForgetReport {
    fn new(args: &people::Forget, purse: Option<&Purse>, scales: &Scales, traces: Option<Traces>) -> Self {
        let show = |(asset, amount): (&AssetName, &Amount)| (asset.clone(), scales.show(asset, *amount));
        let others =
            purse.into_iter().flat_map(|purse| &purse.identities).filter(|one| **one != args.identity);
        let balances = purse.into_iter().flat_map(|purse| &purse.balances).map(show);
        Self {
            dry_run: args.dry_run,
            identity: args.identity.clone(),
            purse: purse.map(|purse| purse.id),
            balances: balances.collect(),
            stays_with: others.cloned().collect(),
            traces,
        }
    }
}

impl Report for ForgetReport {
    fn words(&self, language: Language) -> String {
        let balances: Vec<_> =
            self.balances.iter().map(|(asset, shown)| format!("{shown} {asset}")).collect();
        let others: Vec<_> = self.stays_with.iter().map(ToString::to_string).collect();
        let blanks = || {
            [
                ("identity", Blank::text(&self.identity)),
                ("purse", Blank::text(&self.purse.map_or_else(String::new, |purse| purse.to_string()))),
                ("balances", Blank::text(&balances.join(", "))),
                ("others", Blank::text(&others.join(", "))),
            ]
        };
        let mut lines =
            vec![language.fill(if self.dry_run { "forget-dry" } else { "forget-done" }, blanks())];
        if self.purse.is_some() {
            let stays = if others.is_empty() { "forget-lost" } else { "forget-stays" };
            lines.push(language.fill(stays, blanks()));
        }
        if self.traces == Some(Traces::Row) {
            lines.push(language.fill("forget-row", blanks()));
        }
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        Exit::Done
    }
}
