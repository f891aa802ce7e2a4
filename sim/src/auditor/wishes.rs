//! What people have asked the ledger for: nothing else may stand in its log than what bots wrote and what comes of this.

use std::collections::{BTreeSet, HashMap};

use onepurse_core::{Entry, EventKey, Identity, Movement, Order};
use onepurse_ledger::Verdict;

use super::{Checked, Key, Violation};

/// What somebody asked for.
#[derive(Debug, Clone)]
pub enum Asked {
    /// Two are one person.
    Link {
        /// Their purse stays.
        stays: Identity,
        /// Their purse joins.
        joins: Identity,
        /// They have shown it by a code: then nobody need be known.
        is_proven: bool,
    },
    /// Someone leaves the purse that they share.
    Unlink(Identity),
    /// Someone leaves their purse to be forgotten, be they alone in it or not.
    Part(Identity),
    /// Coins move.
    Order(Order),
}

/// All of it. What was asked under one key may be several things: the ledger does one of them.
#[derive(Debug, Default)]
pub struct Wishes {
    /// By the key of the first entry that may come of it.
    first: HashMap<Key, Vec<(EventKey, Asked)>>,
    /// The entries that were named to be undone.
    reversed: BTreeSet<i64>,
    /// What was decided about events that wait: that they are taken in, or never count.
    decided: BTreeSet<(Key, bool)>,
}

impl Wishes {
    /// Somebody asks for this under this key.
    pub fn add(&mut self, key: EventKey, asked: Asked) {
        if let Asked::Order(Order { movement: Movement::Reverse { seq }, .. }) = asked {
            self.reversed.insert(seq);
        }
        self.first.entry(key.derived(0).0).or_default().push((key, asked));
    }

    /// Somebody decides this about an event that waits.
    pub fn decide(&mut self, key: Key, verdict: Verdict) {
        self.decided.insert((key, verdict == Verdict::Release));
    }

    /// Somebody has.
    pub(super) fn is_decided(&self, key: EventKey, verdict: Verdict) -> bool {
        self.decided.contains(&(key.0, verdict == Verdict::Release))
    }

    /// The key under which something was asked for that begins with this entry, and the first of it that `fits`.
    pub(super) fn find<'a, T>(
        &'a self,
        entry: &Entry,
        fits: impl Fn(&'a Asked) -> Option<T>,
    ) -> Checked<(EventKey, T)> {
        let asked = self.first.get(&entry.key.0).map_or(&[][..], Vec::as_slice);
        let found = asked.iter().find_map(|(key, asked)| Some((*key, fits(asked)?)));
        found.ok_or_else(|| {
            let (seq, kind, of, by) = (entry.seq, entry.kind.as_str(), &entry.identity, entry.delta);
            let what =
                format!("entry {seq} says {kind} of {of} by {by}, and under its key was asked {asked:?}");
            Violation::new(2, what)
        })
    }

    /// Somebody has named one of these entries to be undone.
    pub(super) fn is_reversed(&self, first: i64, last: i64) -> bool {
        self.reversed.range(first..=last).next().is_some()
    }
}

/// How many of these entries have the keys that follow from a request's, one after the other.
pub(super) fn length(entries: &[Entry], key: EventKey) -> usize {
    (0..).zip(entries).take_while(|(nth, entry)| entry.key == key.derived(*nth)).count()
}
