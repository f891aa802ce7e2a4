//! What bots wrote, as entries of the log; and whose purse an entry is in.

use std::{collections::HashMap, rc::Rc};

use onepurse_core::{Amount, Entry, EntryKind, EventKey, Identity};
use onepurse_ledger::Verdict;

use super::{Books, Checked, Key, Violation, Wishes, Written, books::Moment};

impl Books {
    /// Invariant 2, the other way round: nothing is in the log that nobody did; and it is in the purse of who did it. What
    /// brings a purse below zero is undone right after it where that is the policy, also where an operator has taken it in; how many
    /// entries that is.
    pub(super) fn captured(
        &mut self,
        entries: &[Entry],
        written: &HashMap<Key, Written>,
        wishes: &Wishes,
    ) -> Checked<usize> {
        let entry = &entries[0];
        self.check_origin(entry, written, wishes)?;
        self.settle(entry)?;
        let is_overdrawn = entry.kind == EntryKind::Change
            && self.policies.reverse.contains(entry.asset.as_str())
            && entry.delta < Amount::ZERO
            && entry.balance < Amount::ZERO;
        if !is_overdrawn {
            return Ok(1);
        }
        match entries.get(1) {
            Some(next) if undoes(next, entry) => {
                self.overdrawn += 1;
                Ok(2)
            }
            next => {
                let what = format!("entry {} overdraws, and is followed by {next:?}", entry.seq);
                Err(Violation::new(3, what))
            }
        }
    }

    /// Whoever has an entry is in its purse, or was never seen and gets one that nobody had.
    pub(super) fn settle(&mut self, entry: &Entry) -> Checked {
        let (who, purse) = (whose(entry), entry.purse.0);
        match self.mirror.now.purse_of.get(&who) {
            Some(known) if *known == purse => Ok(()),
            None if self.is_fresh(purse) => {
                Rc::make_mut(&mut self.mirror.now.purse_of).insert(who, purse);
                Ok(())
            }
            known => {
                let what =
                    format!("entry {} of {} is in purse {purse}, not {known:?}", entry.seq, entry.identity);
                Err(Violation::new(3, what))
            }
        }
    }

    /// The key that a platform knows an entry's event by: an opening is in the log under another, which tells no name.
    pub(super) fn captured_key(&self, entry: &Entry) -> EventKey {
        match entry.identity.known().filter(|_| entry.kind == EntryKind::Opening) {
            Some(identity) => EventKey::opening(self.ledger, identity, &entry.asset),
            None => entry.key,
        }
    }

    fn check_origin(&self, entry: &Entry, written: &HashMap<Key, Written>, wishes: &Wishes) -> Checked {
        let key = self.captured_key(entry);
        let as_written =
            |one: &Written| one.kind == entry.kind.as_str() && one.deltas.contains(&entry.delta.units());
        let as_nothing = |one: &Written| {
            let kind = if one.kind == "opening" { EntryKind::Opening } else { EntryKind::Dismissal };
            entry.kind == kind && entry.delta.is_zero()
        };
        let as_decided = |one: &Written| {
            (as_written(one) && wishes.is_decided(key, Verdict::Release))
                || (as_nothing(one) && wishes.is_decided(key, Verdict::Dismiss))
        };
        let says = |one: &Written| {
            let (platform, external) = whose(entry);
            one.platform == platform
                && one.who == (entry.asset.as_str().to_owned(), external)
                && if entry.actor.is_some() { as_decided(one) } else { as_written(one) }
        };
        if entry.kind == EntryKind::Opening && entry.key != EventKey::opened(entry.tag, &entry.asset) {
            return Err(Violation::new(2, format!("entry {} is an opening under another key", entry.seq)));
        }
        match written.get(&key.0) {
            Some(one) if says(one) => Ok(()),
            found => {
                let what = format!(
                    "entry {} says {} of {} by {}, and what was written under its key is {found:?}",
                    entry.seq,
                    entry.kind.as_str(),
                    entry.identity,
                    entry.delta
                );
                Err(Violation::new(2, what))
            }
        }
    }

    /// Nobody ever had this purse.
    pub(super) fn is_fresh(&self, purse: i64) -> bool {
        let Moment { purse_of, balances, .. } = &self.mirror.now;
        !purse_of.values().any(|known| *known == purse) && !balances.keys().any(|(known, _)| *known == purse)
    }
}

/// An identity as the auditor's own tables have it.
pub(super) fn named(identity: &Identity) -> (String, String) {
    (identity.platform.as_str().to_owned(), identity.external.as_str().to_owned())
}

/// Whose entry it is, in the same way. Nobody is nameless whose entry was read while it was new.
pub(super) fn whose(entry: &Entry) -> (String, String) {
    let nameless = || (entry.identity.platform().as_str().to_owned(), String::new());
    entry.identity.known().map_or_else(nameless, named)
}

/// The one entry takes the other back, as a rule of the ledger's and not by somebody's word.
fn undoes(one: &Entry, other: &Entry) -> bool {
    one.kind == EntryKind::Reversal
        && one.key == other.key.reversal()
        && (one.purse, &one.identity, &one.asset) == (other.purse, &other.identity, &other.asset)
        && i128::from(one.delta.units()) == -i128::from(other.delta.units())
        && one.captured_ms == other.captured_ms
        && one.actor.is_none()
}
