//! People who become one, and part again: what a link may write, and what its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use onepurse_core::{DEFAULT_ASSET, Entry, EntryKind, Identity, MergePolicy};

use super::{
    Books, Checked, Violation, Wishes,
    captured::{named, whose},
    wishes::{Asked, length},
};

/// By how much a purse's balance moves, and what it is then.
type Moves = BTreeMap<(i64, String), (i64, i64)>;

impl Books {
    /// Two purses become one: everyone in the one leaves an entry in the other and one in the one, and coins move as their
    /// policy says; how many entries that is.
    pub(super) fn joined(&mut self, entries: &[Entry], wishes: &Wishes) -> Checked<usize> {
        let first = &entries[0];
        let (key, (stays, joins, is_proven)) = wishes.find(first, |asked| match asked {
            Asked::Link { stays, joins, is_proven } if first.identity == *joins => {
                Some((stays, joins, *is_proven))
            }
            _ => None,
        })?;
        let made = &entries[..length(entries, key)];
        let wrong =
            |what: &str| Violation::new(3, format!("the link of {stays} and {joins} {what}: {made:?}"));
        let [came, gone, ..] = made else { return Err(wrong("has one entry")) };
        let (into, from) = (came.purse.0, gone.purse.0);
        if into == from || !self.is_in(stays, into, is_proven) || !self.is_in(joins, from, is_proven) {
            return Err(wrong("is about other purses"));
        }
        let links = made.iter().take_while(|entry| entry.kind == EntryKind::Link).count();
        let (links, merges) = made.split_at(links);
        let is_pair = |pair: &[Entry]| match pair {
            [came, gone] => {
                (came.purse.0, gone.purse.0) == (into, from)
                    && came.identity == gone.identity
                    && came.delta.is_zero()
                    && gone.delta.is_zero()
            }
            _ => false,
        };
        let everyone: BTreeSet<_> = links.iter().map(whose).collect();
        let mut leaving = self.everyone_in(from);
        leaving.insert(named(joins));
        if !links.chunks(2).all(is_pair) || everyone != leaving || links.len() != 2 * leaving.len() {
            return Err(wrong("does not say who moves"));
        }
        let mut staying = self.everyone_in(into);
        staying.insert(named(stays));
        if staying.iter().any(|(platform, _)| leaving.iter().any(|(other, _)| platform == other)) {
            return Err(wrong("brings two of one platform together"));
        }
        let moved: Moves = merges
            .iter()
            .filter(|entry| entry.kind == EntryKind::Merge)
            .map(|entry| {
                let at = (entry.purse.0, entry.asset.as_str().to_owned());
                (at, (entry.delta.units(), entry.balance.units()))
            })
            .collect();
        let should = self.merging(from, into);
        if moved != should || moved.len() != merges.len() {
            return Err(wrong(&format!("moves {moved:?}, and should move {should:?}")));
        }
        let purse_of = Rc::make_mut(&mut self.mirror.now.purse_of);
        purse_of.extend(leaving.into_iter().chain(staying).map(|who| (who, into)));
        self.mirror.merged.insert(from, into);
        Ok(made.len())
    }

    /// Someone leaves a purse for one of their own, with nothing of everything that was in it; how many entries that is.
    pub(super) fn parted(&mut self, entries: &[Entry], wishes: &Wishes) -> Checked<usize> {
        let first = &entries[0];
        let (key, may_be_alone) = wishes.find(first, |asked| match asked {
            Asked::Unlink(who) if first.identity == *who => Some(false),
            Asked::Part(who) if first.identity == *who => Some(true),
            _ => None,
        })?;
        let made = &entries[..length(entries, key)];
        let who = whose(first);
        let wrong =
            |what: &str| Violation::new(3, format!("the end of {}'s link {what}: {made:?}", first.identity));
        let own = first.purse.0;
        let left = self.mirror.now.purse_of.get(&who).copied();
        let left = left.ok_or_else(|| wrong("is about nobody"))?;
        let is_alone = self.everyone_in(left).len() < 2;
        if is_alone && !may_be_alone {
            return Err(wrong("is about nobody who shares a purse"));
        }
        if !self.is_fresh(own) {
            return Err(wrong("gives them a purse that was there"));
        }
        let is_plain = |entry: &Entry| {
            entry.kind == EntryKind::Unlink && entry.identity == first.identity && entry.delta.is_zero()
        };
        let purses: Vec<_> = made.iter().map(|entry| entry.purse.0).collect();
        let is_placed = |(nth, purse): (usize, &i64)| *purse == if nth == 1 { left } else { own };
        if !made.iter().all(is_plain) || made.len() < 2 || !purses.iter().enumerate().all(is_placed) {
            return Err(wrong("is told elsewhere"));
        }
        let told: BTreeSet<_> = made
            .iter()
            .filter(|entry| entry.purse.0 == own)
            .map(|entry| entry.asset.as_str().to_owned())
            .collect();
        let there: BTreeSet<_> = self.everything_in(left).into_keys().collect();
        if told != there || made.len() != there.len() + 1 {
            return Err(wrong(&format!("tells of {told:?}, and there is {there:?}")));
        }
        Rc::make_mut(&mut self.mirror.now.purse_of).insert(who, own);
        self.mirror.nobodys.extend(is_alone.then_some(left));
        Ok(made.len())
    }

    /// What moves between two purses that become one.
    fn merging(&self, from: i64, into: i64) -> Moves {
        let (theirs, ours) = (self.everything_in(from), self.everything_in(into));
        let mut moves = Moves::new();
        for (asset, theirs) in theirs {
            let there = ours.get(&asset).copied();
            if theirs == 0 && there.is_some() {
                continue;
            }
            let before = there.unwrap_or_default();
            let after = match (self.policies.merge.get(&asset).copied().unwrap_or_default(), there) {
                (MergePolicy::Sum, _) => before + theirs,
                (MergePolicy::Max, Some(ours)) => ours.max(theirs),
                (MergePolicy::Keep, Some(ours)) => ours,
                (MergePolicy::Max | MergePolicy::Keep, None) => theirs,
            };
            if theirs != 0 {
                moves.insert((from, asset.clone()), (-theirs, 0));
            }
            if after != before || theirs == 0 {
                moves.insert((into, asset), (after - before, after));
            }
        }
        moves
    }

    /// They are in this purse; or were never seen, which is enough for who has shown a code.
    fn is_in(&self, who: &Identity, purse: i64, is_proven: bool) -> bool {
        match self.mirror.now.purse_of.get(&named(who)) {
            Some(known) => *known == purse,
            None => is_proven && self.is_fresh(purse),
        }
    }

    fn everyone_in(&self, purse: i64) -> BTreeSet<(String, String)> {
        let there = self.mirror.now.purse_of.iter().filter(|(_, known)| **known == purse);
        there.map(|(who, _)| who.clone()).collect()
    }

    /// What was ever in a purse. In one that is new there is nothing of what is counted first.
    fn everything_in(&self, purse: i64) -> BTreeMap<String, i64> {
        let there = self.mirror.now.balances.iter().filter(|((known, _), _)| *known == purse);
        let there: BTreeMap<_, _> = there.map(|((_, asset), amount)| (asset.clone(), *amount)).collect();
        if there.is_empty() { [(DEFAULT_ASSET.to_owned(), 0)].into() } else { there }
    }
}
