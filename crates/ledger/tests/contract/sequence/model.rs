//! The ledger as simply as it can be said: who is in which purse, what is in it, and what the rules say of what is asked.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{AssetName, Event, Identity, LinkCode, MergePolicy, Order};

use super::step::{WHAT, WHO};
use crate::support::*;

pub(super) type Named = &'static str;
pub(super) type At = (usize, usize);

/// Of what, in a wide number, all purses together.
pub(super) type Sums = [i128; 3];

pub(super) const POLICIES: [MergePolicy; 3] = [MergePolicy::Sum, MergePolicy::Max, MergePolicy::Keep];

/// An entry that can be undone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) at: At,
    pub(super) delta: i64,
    pub(super) who: usize,
    /// Who did it was forgotten.
    pub(super) is_nameless: bool,
}

/// What was done under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    Order(Order, (i64, i64)),
    LinkOf(usize),
    UnlinkOf(usize),
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Entered,
    Waits,
    Dismissed,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) purse_of: BTreeMap<usize, usize>,
    /// Everything that was ever in each purse.
    pub(super) has: BTreeMap<At, i64>,
    purses: usize,
    /// Of whom the last entry is in each purse that one is left alone in.
    pub(super) last_in: BTreeMap<usize, usize>,
    /// What an emptied purse has become.
    merged: BTreeMap<usize, usize>,
    /// By the number of the entry, with the first and the last of its transaction.
    pub(super) done: BTreeMap<i64, (Done, i64, i64)>,
    pub(super) undone: BTreeSet<i64>,
    pub(super) requests: BTreeMap<u64, Request>,
    /// Codes, with their makers, and whether they can still be used.
    codes: Vec<(LinkCode, usize, bool)>,
    tries: BTreeMap<usize, usize>,
    /// Events by the number of their keys, and what became of them.
    pub(super) events: BTreeMap<u64, (Event, Fate)>,
    /// Those of somebody who was forgotten since: only where, what and how much is known of them.
    pub(super) nameless: BTreeSet<u64>,
    /// Those that wait, in the order in which they came.
    pub(super) queue: Vec<u64>,
    pub(super) opened: BTreeSet<At>,
    pub(super) waiting: BTreeSet<At>,
    pub(super) sums: Sums,
}

pub(super) fn place(identity: &Identity) -> usize {
    WHO.iter().position(|who| *who == identity.to_string()).unwrap()
}

pub(super) fn counted(asset: &AssetName) -> usize {
    WHAT.iter().position(|name| *name == asset.as_str()).unwrap()
}

impl Model {
    pub(super) fn welcome(&mut self, who: usize) -> usize {
        let new = self.purses;
        let purse = *self.purse_of.entry(who).or_insert(new);
        self.purses += usize::from(purse == new);
        purse
    }

    /// Where the coins of a purse are now, if anybody has them.
    pub(super) fn now(&self, mut purse: usize) -> Option<usize> {
        while let Some(into) = self.merged.get(&purse) {
            purse = *into;
        }
        self.purse_of.values().any(|at| *at == purse).then_some(purse)
    }

    pub(super) fn balance(&self, at: At) -> i64 {
        self.has.get(&at).copied().unwrap_or_default()
    }

    pub(super) fn enter(&mut self, at: At, delta: i64) {
        *self.has.entry(at).or_default() += delta;
        self.sums[at.1] += i128::from(delta);
    }

    /// An event's change; its entry, if it becomes one, is `seq`.
    pub(super) fn change(&mut self, who: usize, what: usize, delta: i64, seq: i64, is_opening: bool) -> bool {
        let before = self.purse_of.get(&who).map_or(0, |purse| self.balance((*purse, what)));
        if what >= POLICIES.len() || before.checked_add(delta).is_none() {
            return false;
        }
        let at = (self.welcome(who), what);
        self.enter(at, delta);
        self.last_in.insert(at.0, who);
        if !is_opening {
            self.done.insert(seq, (Done { at, delta, who, is_nameless: false }, seq, seq));
        }
        true
    }

    /// An event that waits becomes an entry, of what it says or of nothing.
    pub(super) fn decide(&mut self, n: u64, is_released: bool, next: i64) -> bool {
        let event = &self.events[&n].0;
        let (who, what) = (place(&event.identity), counted(&event.asset));
        let (delta, fate) =
            if is_released { (event.delta.units(), Fate::Entered) } else { (0, Fate::Dismissed) };
        let is_done = self.change(who, what, delta, next, !is_released);
        if is_done {
            self.events.entry(n).and_modify(|(_, known)| *known = fate);
            self.queue.retain(|waits| *waits != n);
        }
        is_done
    }

    pub(super) fn link(&mut self, n: u64, stays: usize, joins: usize) -> Result<bool, Named> {
        if stays == joins {
            return Err("SameIdentity");
        }
        match self.requests.get(&n) {
            Some(Request::LinkOf(same)) if *same == joins => return Ok(false),
            Some(_) => return Err("SameKeyDifferentContent"),
            None => {}
        }
        let seen = |who: usize| self.purse_of.get(&who).copied().ok_or("IdentityUnknown");
        let (into, from) = (seen(stays)?, seen(joins)?);
        self.join(into, from)?;
        self.requests.insert(n, Request::LinkOf(joins));
        Ok(true)
    }

    fn join(&mut self, into: usize, from: usize) -> Result<(), Named> {
        if into == from {
            return Err("AlreadyLinked");
        }
        let platforms = |purse: usize| -> BTreeSet<&str> {
            let there = self.purse_of.iter().filter(|(_, at)| **at == purse);
            there.map(|(who, _)| WHO[*who].split_once(':').unwrap().0).collect()
        };
        if !platforms(into).is_disjoint(&platforms(from)) {
            return Err("PlatformTaken");
        }
        let mut after = vec![];
        // In the order of the names, as the rule goes through them: what is refused first is what is named.
        for what in [0, 2, 1] {
            let (ours, theirs) = (self.has.get(&(into, what)).copied(), self.has.get(&(from, what)).copied());
            let Some(theirs) = theirs.filter(|theirs| *theirs != 0 || ours.is_none()) else { continue };
            let sum = match (POLICIES[what], ours) {
                (_, None) => theirs,
                (MergePolicy::Sum, Some(ours)) => ours.checked_add(theirs).ok_or("WouldOverflow")?,
                (MergePolicy::Max, Some(ours)) => ours.max(theirs),
                (MergePolicy::Keep, Some(ours)) => ours,
            };
            let there = ours.unwrap_or_default();
            if theirs == i64::MIN || sum.checked_sub(there).is_none() {
                return Err("WouldOverflow");
            }
            after.push((what, sum - there, theirs));
        }
        for (what, coming, theirs) in after {
            self.enter((into, what), coming);
            self.enter((from, what), -theirs);
        }
        self.purse_of.values_mut().filter(|at| **at == from).for_each(|at| *at = into);
        self.merged.insert(from, into);
        Ok(())
    }

    pub(super) fn unlink(&mut self, n: u64, who: usize) -> Result<bool, Named> {
        match self.requests.get(&n) {
            Some(Request::UnlinkOf(same)) if *same == who => return Ok(false),
            Some(_) => return Err("SameKeyDifferentContent"),
            None => {}
        }
        let left = self.purse_of.get(&who).copied().ok_or("IdentityUnknown")?;
        if self.purse_of.values().filter(|at| **at == left).count() < 2 {
            return Err("NotLinked");
        }
        self.leave(n, who)
    }

    pub(super) fn leave(&mut self, n: u64, who: usize) -> Result<bool, Named> {
        let left = self.purse_of.get(&who).copied().ok_or("IdentityUnknown")?;
        self.purse_of.remove(&who);
        let own = self.welcome(who);
        self.last_in.extend([(left, who), (own, who)]);
        let there: Vec<_> = self.has.keys().filter(|(purse, _)| *purse == left).map(|at| at.1).collect();
        self.has.extend(there.into_iter().map(|what| ((own, what), 0)));
        self.requests.insert(n, Request::UnlinkOf(who));
        Ok(true)
    }

    /// What somebody made or tried.
    pub(super) fn forget_codes(&mut self, who: usize) {
        self.codes.retain(|(_, maker, _)| *maker != who);
        self.tries.remove(&who);
    }

    pub(super) fn issued(&mut self, code: LinkCode, maker: usize) {
        self.codes
            .iter_mut()
            .filter(|(_, made, _)| *made == maker)
            .for_each(|(.., is_good)| *is_good = false);
        self.codes.push((code, maker, true));
    }

    pub(super) fn last_code(&self, maker: usize) -> Option<LinkCode> {
        self.codes.iter().rev().find(|(_, made, _)| *made == maker).map(|(code, ..)| code.clone())
    }

    pub(super) fn redeem(&mut self, n: u64, by: usize, code: &LinkCode) -> Result<bool, Named> {
        match self.requests.get(&n) {
            Some(Request::LinkOf(same)) if *same == by => return Ok(false),
            Some(_) => return Err("SameKeyDifferentContent"),
            None => {}
        }
        let tries = self.tries.entry(by).or_default();
        if *tries >= 5 {
            return Err("TooManyTries");
        }
        let found = self.codes.iter().position(|(known, ..)| known == code);
        let refused = match found.map(|at| self.codes[at].2) {
            None => Some("CodeUnknown"),
            Some(false) => Some("CodeUsed"),
            Some(true) => None,
        };
        if let Some(refused) = refused {
            *tries += 1;
            return Err(refused);
        }
        let at = found.unwrap();
        let maker = self.codes[at].1;
        if maker == by {
            return Err("SameIdentity");
        }
        let before = (self.purse_of.clone(), self.has.clone(), self.purses);
        let [into, from] = [maker, by].map(|who| {
            let is_new = !self.purse_of.contains_key(&who);
            let purse = self.welcome(who);
            if is_new {
                self.has.insert((purse, 0), 0);
            }
            purse
        });
        if let Err(refused) = self.join(into, from) {
            (self.purse_of, self.has, self.purses) = before;
            return Err(refused);
        }
        self.codes[at].2 = false;
        self.requests.insert(n, Request::LinkOf(by));
        Ok(true)
    }

    /// What replicas of the platform would know.
    pub(super) fn known(&self, platform_name: &str) -> BTreeMap<(String, String), i64> {
        let here = self.purse_of.iter().flat_map(|(who, purse)| {
            let (at, external) = WHO[*who].split_once(':').unwrap();
            let there = self.has.iter().filter(move |((known, _), _)| at == platform_name && known == purse);
            there.map(move |((_, what), has)| ((external.to_owned(), WHAT[*what].to_owned()), *has))
        });
        here.collect()
    }

    /// Who shares someone's purse, and what is in it; `None` of who was never seen.
    pub(super) fn purse(&self, who: usize) -> Option<(BTreeSet<String>, BTreeMap<String, i64>)> {
        let purse = self.purse_of.get(&who)?;
        let sharing = self.purse_of.iter().filter(|(_, at)| *at == purse);
        let there = self.has.iter().filter(|((at, _), _)| at == purse);
        Some((
            sharing.map(|(who, _)| identity(WHO[*who]).to_string()).collect(),
            there.map(|((_, what), has)| (WHAT[*what].to_owned(), *has)).collect(),
        ))
    }
}
