use onepurse_core::{Amount, AssetName, EntryKind, EventKey, Random, Rejection};

use super::{
    Facts, Flaw, Known, Plan,
    append::{Batch, What},
    writing::{Draft, Writing},
};
use crate::{Remembered, Reversed};

/// Makes purses that are remembered, unless somebody of theirs is known; and how many those are. `facts` name whoever of
/// them is known.
pub(crate) fn remember(
    facts: Facts,
    purses: &[Remembered],
    reason: &str,
    now_ms: i64,
    random: &dyn Random,
) -> Result<(u64, Plan), Flaw> {
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    let mut made = 0;
    for purse in purses {
        let people = &batch.writing.facts.people;
        if !purse.identities.iter().any(|identity| people.known(identity).is_some()) {
            batch.remember(purse, reason)?;
            made += 1;
        }
    }
    Ok((made, batch.writing.finish()))
}

/// Makes entries of what had been undone, as far as they are not known; and how many of them the rules reject.
pub(crate) fn undo(facts: Facts, reversals: &[Reversed], now_ms: i64, random: &dyn Random) -> (u64, Plan) {
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    let mut rejected = 0;
    for reversal in reversals {
        if batch.writing.facts.logged.contains_key(&reversal.key) {
            continue;
        }
        let Reversed { delta, actor, reason, .. } = reversal.clone();
        let what = What { kind: EntryKind::Reversal, delta, actor, reason };
        rejected += u64::from(batch.enter(&reversal.event(), what).is_err());
    }
    (rejected, batch.writing.finish())
}

impl Batch<'_> {
    fn remember(&mut self, purse: &Remembered, reason: &str) -> Result<(), Flaw> {
        let id = self.writing.new_purse();
        let people: Vec<_> =
            purse.identities.iter().map(|identity| self.welcome_into(id, identity)).collect();
        let first = people.first().ok_or_else(|| Flaw::Damaged("a purse of nobody".to_owned()))?;
        for (asset, &balance) in &purse.balances {
            let is_opened = |known: &&Known| purse.opened.contains(&(known.identity.clone(), asset.clone()));
            let mut delta = balance;
            for known in people.iter().filter(is_opened) {
                self.note(known, EntryKind::Opening, asset, (delta, balance), reason)?;
                delta = Amount::ZERO;
            }
            // Nobody was opened: what their bots show when they come will count.
            if !people.iter().any(|known| is_opened(&known)) {
                self.note(first, EntryKind::Adjust, asset, (delta, balance), reason)?;
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        known: &Known,
        kind: EntryKind,
        asset: &AssetName,
        (delta, balance): (Amount, Amount),
        reason: &str,
    ) -> Result<(), Flaw> {
        let unknown = || Rejection::UnknownAsset(asset.clone());
        let number = *self.writing.facts.assets.get(asset).ok_or_else(unknown)?;
        let opened = EventKey::opened(known.tag, asset);
        self.writing.enter(Draft {
            key: if kind == EntryKind::Opening { opened } else { opened.derived(0) },
            kind,
            purse: known.purse,
            identity: known,
            asset: (number, asset),
            delta,
            balance,
            captured_ms: self.writing.plan.now_ms,
            actor: None,
            reason: Some(reason.to_owned()),
        });
        Ok(())
    }
}
