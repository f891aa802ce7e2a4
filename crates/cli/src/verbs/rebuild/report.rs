//! What a rebuilt ledger is made of, what is certain of it and what is not.

use std::collections::BTreeMap;

use onepurse_core::{Amount, Asset, AssetName, Identity, LedgerId, Platform};
use onepurse_sync::rebuild::{Differs, Plan, Rebuilt, Witness};
use serde::Serialize;

use crate::{
    args::platforms,
    error::Exit,
    output::Report,
    shown::{Scales, Shown},
    texts::{Blank, Language},
};

/// So many purses of which platforms do not say the same are named in words.
const NAMED_MAX: usize = 20;

/// What was made, or would be.
#[derive(Debug, Serialize)]
pub(crate) struct RebuildReport {
    dry_run: bool,
    ledger: String,
    platforms: Vec<Heard>,
    /// Platforms of the configuration that were not asked.
    without: Vec<Platform>,
    purses: usize,
    /// Purses that more than one platform has somebody in.
    shared: usize,
    /// Events that are in the ledger again.
    events: usize,
    /// Of them, those that the rules reject: they wait in quarantine.
    rejected: u64,
    /// What all purses have together.
    totals: BTreeMap<AssetName, Shown>,
    doubts: Vec<Doubt>,
}

/// How far a platform had heard.
#[derive(Debug, Serialize)]
struct Heard {
    name: Platform,
    /// The last entry that it had applied.
    entry: i64,
    /// It was about to be told everything anew: what it knows is not the last.
    begins_anew: bool,
    /// Another platform had heard of so many entries more; what of them was about this one may be missing.
    may_lack: i64,
    identities: usize,
    /// Events that it sends next: they are not in the rebuilt ledger yet.
    pending: usize,
}

/// A purse of which platforms do not say the same.
#[derive(Debug, Serialize)]
struct Doubt {
    asset: AssetName,
    /// Who was believed.
    identity: Identity,
    amount: Shown,
    others: BTreeMap<Identity, Shown>,
    /// What those others have still to send, which may be in the amount already.
    pending: Shown,
}

impl RebuildReport {
    pub(super) fn new(
        args: &platforms::Rebuild,
        assets: &[Asset],
        lost: LedgerId,
        witnesses: &[Witness],
        plan: &Plan,
    ) -> Self {
        let scales = Scales::of(assets.to_vec());
        let totals = totals(plan).into_iter().map(|(asset, sum)| {
            let shown = scales.show(&asset, Amount::new(i64::try_from(sum).unwrap_or(i64::MAX)));
            (asset, shown)
        });
        Self {
            dry_run: args.dry_run,
            ledger: lost.to_string(),
            platforms: witnesses.iter().map(|witness| Heard::of(witness, witnesses)).collect(),
            without: args.without.clone(),
            purses: plan.purses.len(),
            shared: plan.shared(),
            events: plan.events.len(),
            rejected: 0,
            totals: totals.collect(),
            doubts: plan.doubts.iter().map(|differs| Doubt::of(differs, &scales)).collect(),
        }
    }

    pub(super) const fn is_done(&mut self, rebuilt: Rebuilt) {
        self.rejected = rebuilt.rejected;
    }
}

/// What there was before the events, the events, and what was undone of them.
fn totals(plan: &Plan) -> BTreeMap<AssetName, i128> {
    let mut totals: BTreeMap<AssetName, i128> = BTreeMap::new();
    let before = plan.purses.iter().flat_map(|purse| &purse.balances);
    let since = plan.events.iter().map(|event| (&event.asset, &event.delta));
    let undone = plan.reversals.iter().map(|reversal| (&reversal.asset, &reversal.delta));
    for (asset, amount) in before.chain(since).chain(undone) {
        *totals.entry(asset.clone()).or_default() += i128::from(amount.units());
    }
    totals
}

impl Heard {
    fn of(witness: &Witness, all: &[Witness]) -> Self {
        let last = all.iter().map(|witness| witness.seq).max().unwrap_or_default();
        let mut people: Vec<_> = witness.testimony.people.iter().map(|known| &known.external).collect();
        people.sort_unstable();
        people.dedup();
        Self {
            name: witness.platform().clone(),
            entry: witness.seq,
            begins_anew: witness.resync,
            may_lack: last - witness.seq,
            identities: people.len(),
            pending: witness.testimony.pending.len(),
        }
    }
}

impl Doubt {
    fn of(differs: &Differs, scales: &Scales) -> Self {
        let show = |amount| scales.show(&differs.asset, amount);
        let (identity, amount) = differs.taken.clone();
        let others = differs.others.iter().map(|(identity, amount)| (identity.clone(), show(*amount)));
        let pending = Amount::new(i64::try_from(differs.pending).unwrap_or(i64::MAX));
        Self {
            asset: differs.asset.clone(),
            identity,
            amount: show(amount),
            others: others.collect(),
            pending: show(pending),
        }
    }

    fn words(&self, language: Language) -> String {
        let others: Vec<_> = self.others.iter().map(|(who, shown)| format!("{who} {shown}")).collect();
        let blanks = [
            ("identity", Blank::text(&self.identity)),
            ("amount", Blank::text(&self.amount)),
            ("asset", Blank::text(&self.asset)),
            ("others", Blank::text(&others.join(", "))),
            ("pending", Blank::text(&format!("{:+}", self.pending))),
        ];
        let is_pending = self.pending.amount() != Amount::ZERO;
        language.fill(if is_pending { "rebuild-doubt-pending" } else { "rebuild-doubt" }, blanks)
    }
}

impl Report for RebuildReport {
    fn words(&self, language: Language) -> String {
        let totals: Vec<_> = self.totals.iter().map(|(asset, shown)| format!("{shown} {asset}")).collect();
        let count = |count: usize| Blank::count(count as u64);
        let mut lines = vec![language.fill(
            if self.dry_run { "rebuild-would" } else { "rebuild-done" },
            [
                ("purses", count(self.purses)),
                ("shared", count(self.shared)),
                ("events", count(self.events)),
                ("totals", Blank::text(&totals.join(", "))),
            ],
        )];
        for heard in &self.platforms {
            let text = match (heard.begins_anew, heard.may_lack) {
                (true, _) => "rebuild-anew",
                (false, 0) => "rebuild-heard",
                (false, _) => "rebuild-behind",
            };
            lines.push(language.fill(
                text,
                [
                    ("platform", Blank::text(&heard.name)),
                    ("entry", Blank::text(&heard.entry)),
                    ("last", Blank::text(&(heard.entry + heard.may_lack))),
                    ("identities", count(heard.identities)),
                    ("pending", count(heard.pending)),
                ],
            ));
        }
        let missing = self
            .without
            .iter()
            .map(|name| language.fill("rebuild-without", [("platform", Blank::text(name))]));
        lines.extend(missing);
        lines.extend(self.doubts.iter().take(NAMED_MAX).map(|doubt| doubt.words(language)));
        if self.doubts.len() > NAMED_MAX {
            lines.push(language.fill("grant-more", [("count", count(self.doubts.len() - NAMED_MAX))]));
        }
        if self.rejected > 0 {
            lines.push(language.fill("rebuild-rejected", [("count", Blank::count(self.rejected))]));
        }
        lines.push(language.text("rebuild-gone"));
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        Exit::Done
    }
}
