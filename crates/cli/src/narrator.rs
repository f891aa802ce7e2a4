//! What happens, told in the log in the language of the configuration.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use onepurse_core::{Amount, Asset, AssetName, EventKind, Identity, Platform};
use onepurse_replica::{Comparison, Inward, Stale};
use onepurse_sync::{Happening, Observer};

use crate::{
    shown::{Scales, question_words},
    texts::{Blank, Language},
};

/// How many differences are told one by one.
const DIFFERENCES_MAX: usize = 20;

/// Tells the log.
pub(crate) struct Narrator {
    language: Language,
    scales: Scales,
    /// Who was in step before: the first time has a line of its own.
    known: Mutex<HashSet<Platform>>,
}

impl Narrator {
    /// For people who read `language`; amounts are those of these assets.
    pub(crate) fn new(language: Language, assets: &[Asset]) -> Self {
        Self { language, scales: Scales::of(assets.to_vec()), known: Mutex::default() }
    }

    fn text(&self, id: &str, platform: &Platform) -> String {
        self.language.fill(id, [("platform", Blank::text(platform))])
    }

    fn with(&self, id: &str, platform: &Platform, what: &impl ToString) -> String {
        self.language.fill(id, [("platform", Blank::text(platform)), ("what", Blank::text(what))])
    }

    fn in_step(&self, platform: &Platform) -> String {
        let is_first = self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(platform.clone());
        if is_first {
            self.language.fill("log-in-step", [("platform", Blank::text(&capital(platform.as_str())))])
        } else {
            self.text("log-in-step-again", platform)
        }
    }

    fn entered(&self, identity: &Identity, asset: &AssetName, delta: Amount, kind: EventKind) -> String {
        let id = match kind {
            EventKind::Change if *asset == AssetName::default() => "log-coins",
            EventKind::Change => "log-change",
            EventKind::Opening => "log-opening",
            EventKind::Repair => "log-repair",
        };
        self.language.fill(
            id,
            [
                ("platform", Blank::text(&identity.platform)),
                ("id", Blank::text(&identity.external)),
                ("asset", Blank::text(asset)),
                ("delta", Blank::text(&self.scales.show(asset, delta))),
            ],
        )
    }

    fn inward(&self, platform: &Platform, inward: &Inward) -> String {
        let show = |amount| Blank::text(&self.scales.show(&inward.asset, amount));
        let id = match &inward.refused {
            Some(_) => "log-inward-refused",
            None if inward.held.is_zero() => "log-inward",
            None => "log-inward-held",
        };
        self.language.fill(
            id,
            [
                ("platform", Blank::text(platform)),
                ("id", Blank::text(&inward.external)),
                ("asset", Blank::text(&inward.asset)),
                ("before", show(inward.before)),
                ("after", show(inward.after)),
                ("held", show(inward.held)),
                ("reason", Blank::text(&inward.refused.as_deref().unwrap_or_default())),
            ],
        )
    }

    fn stale(&self, platform: &Platform, stale: &Stale) -> String {
        self.language.fill(
            if stale.repaired { "log-stale-repaired" } else { "log-stale" },
            [
                ("platform", Blank::text(platform)),
                ("id", Blank::text(&stale.external)),
                ("asset", Blank::text(&stale.asset)),
                ("lost", Blank::text(&self.scales.show(&stale.asset, stale.lost))),
            ],
        )
    }

    fn compared(&self, platform: &Platform, comparison: &Comparison) {
        let count = comparison.changed + comparison.gone;
        if count == 0 {
            return;
        }
        let blanks = [("platform", Blank::text(platform)), ("count", Blank::count(count))];
        tracing::warn!(%platform, happening = "compared", "{}", self.language.fill("log-compared", blanks));
        for line in differences(self.language, &self.scales, platform, comparison) {
            tracing::warn!(%platform, happening = "difference", "{line}");
        }
    }
}

/// The first differences, a line each, and how many more there are.
pub(crate) fn differences(
    language: Language,
    scales: &Scales,
    platform: &Platform,
    comparison: &Comparison,
) -> Vec<String> {
    let all = comparison.changed + comparison.gone;
    let first = comparison.differences.iter().take(DIFFERENCES_MAX);
    let line = |one: &onepurse_replica::Difference| {
        let local = one.local.map_or_else(String::new, |local| scales.show(&one.asset, local).to_string());
        language.fill(
            if one.local.is_some() { "difference" } else { "difference-no-row" },
            [
                ("platform", Blank::text(platform)),
                ("id", Blank::text(&one.external)),
                ("asset", Blank::text(&one.asset)),
                ("local", Blank::text(&local)),
                ("expected", Blank::text(&scales.show(&one.asset, one.expected))),
            ],
        )
    };
    let mut lines: Vec<_> = first.map(line).collect();
    if let Some(more) = all.checked_sub(lines.len() as u64).filter(|more| *more > 0) {
        lines.push(language.fill("difference-more", [("count", Blank::count(more))]));
    }
    lines
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Observer for Narrator {
    fn see(&self, platform: &Platform, happening: Happening) {
        macro_rules! tell {
            ($level:ident, $name:literal, $text:expr) => {
                tracing::$level!(%platform, happening = $name, "{}", $text)
            };
        }
        match happening {
            Happening::Attached => tell!(info, "attached", self.text("log-attached", platform)),
            Happening::InStep => tell!(info, "in step", self.in_step(platform)),
            Happening::Entered { identity, asset, delta, kind, seq } => {
                let text = self.entered(&identity, &asset, delta, kind);
                let delta = self.scales.show(&asset, delta);
                tracing::info!(%platform, happening = "entered", %identity, %asset, %delta, seq, "{text}");
            }
            Happening::Bulk { rows } => tell!(info, "bulk", self.with("log-bulk", platform, &rows)),
            Happening::Quarantined { identity, rejection } => {
                let text = self.with("log-quarantined", platform, &format!("{identity}: {rejection}"));
                tracing::warn!(%platform, happening = "quarantined", %identity, "{text}");
            }
            Happening::Inward(inward) if inward.refused.is_some() => {
                tell!(warn, "refused", self.inward(platform, &inward));
            }
            Happening::Inward(inward) => tell!(info, "inward", self.inward(platform, &inward)),
            Happening::Stale(stale) => tell!(warn, "stale", self.stale(platform, &stale)),
            Happening::ReplicaRestored => {
                tell!(warn, "replica restored", self.text("log-replica-restored", platform));
            }
            Happening::LedgerRestored => {
                tell!(warn, "ledger restored", self.text("log-ledger-restored", platform));
            }
            Happening::CaptureRestored(tables) => {
                let tables = tables.join(", ");
                tell!(warn, "capture restored", self.with("log-capture-restored", platform, &tables));
            }
            Happening::Compared(comparison) => self.compared(platform, &comparison),
            Happening::Paused(question) => {
                let question = question_words(self.language, &question);
                tell!(warn, "paused", self.with("log-paused", platform, &question));
            }
            Happening::Resumed => tell!(info, "resumed", self.text("log-resumed", platform)),
            Happening::Moved => tell!(info, "moved", self.text("log-moved", platform)),
            Happening::Warned(what) => tell!(warn, "warned", self.with("log-warned", platform, &what)),
        }
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::Scale;

    use super::*;

    fn narrator(language: Language) -> Narrator {
        let gems = Asset::new("gems".parse().unwrap(), Scale::new(2).unwrap());
        let coins = Asset::new(AssetName::default(), Scale::WHOLE);
        Narrator::new(language, &[coins, gems])
    }

    #[test]
    fn the_founding_lines() {
        let narrator = narrator(Language::Ru);
        let (discord, identity) = ("discord".parse().unwrap(), "discord:123".parse().unwrap());
        assert_eq!(narrator.in_step(&discord), "✅ Синхронизация баланса включена (Discord)");
        assert_eq!(narrator.in_step(&discord), "discord: снова синхронно");
        let entered = narrator.entered(&identity, &AssetName::default(), Amount::new(50), EventKind::Change);
        assert_eq!(entered, "✅ Монеты синхронизированы: discord_id=123, delta=50");
    }

    #[test]
    fn every_change_is_a_line_with_its_asset_and_scale() {
        let narrator = narrator(Language::En);
        let identity: Identity = "telegram:456".parse().unwrap();
        let gems: AssetName = "gems".parse().unwrap();
        for (asset, kind, expected) in [
            (AssetName::default(), EventKind::Change, "✅ Coins synced: telegram_id=456, delta=-2050"),
            (gems.clone(), EventKind::Change, "✅ Balance of gems synced: telegram_id=456, delta=-20.50"),
            (gems.clone(), EventKind::Opening, "Opening balance taken: telegram_id=456, gems=-20.50"),
            (gems, EventKind::Repair, "Stale overwrite repaired: telegram_id=456, gems delta=-20.50"),
        ] {
            assert_eq!(narrator.entered(&identity, &asset, Amount::new(-2050), kind), expected);
        }
    }

    #[test]
    fn what_a_bot_refuses_is_told() {
        let held = Inward {
            asset: AssetName::default(),
            external: "456".parse().unwrap(),
            before: Amount::new(5),
            after: Amount::ZERO,
            held: Amount::new(-30),
            refused: None,
        };
        let told = |inward: &Inward| narrator(Language::En).inward(&"telegram".parse().unwrap(), inward);
        assert_eq!(told(&held), "telegram: row of 456, coins 5 → 0, held back -30");
        let refused = Inward { after: held.before, refused: Some("no right".to_owned()), ..held };
        assert_eq!(
            told(&refused),
            "telegram: row of 456 cannot be written, coins stays 5, held back -30; it is tried again. no right"
        );
    }
}
