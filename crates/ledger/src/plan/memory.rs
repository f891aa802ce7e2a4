use std::{collections::HashSet, mem};

use onepurse_core::{Cursor, Event, Identity};

use super::{Facts, people::People};

/// What a program remembers of a ledger from one batch to the next, so that it need not read it again.
///
/// It is right as long as the ledger is where it was left: whatever changes anything of this leaves an entry, or moves the
/// revision. Whoever uses it compares both in the transaction that writes.
pub(crate) struct Memory {
    /// What was left; in it everybody who was in a batch of late.
    left: Option<Facts>,
    /// Everybody who was before, as soon as these were too many.
    older: People,
    people_max: usize,
}

/// What is remembered of what a batch is about.
pub(crate) struct Recalled<'e> {
    pub(crate) facts: Facts,
    /// Who is not known, by this or at all.
    pub(crate) missing: Vec<&'e Identity>,
}

impl Memory {
    /// Of nothing, and never of more than twice so many people.
    pub(crate) fn of(people_max: usize) -> Self {
        Self { left: None, older: People::default(), people_max }
    }

    /// Whether the ledger is where it was left. If not, everything is forgotten.
    pub(crate) fn is_right(&mut self, head: Cursor, revision: i64) -> bool {
        let is_right = self.left.as_ref().is_some_and(|left| (left.head, left.revision) == (head, revision));
        if !is_right {
            *self = Self::of(self.people_max);
        }
        is_right
    }

    /// What is remembered, with everybody of the batch who is. It is forgotten here until it is kept again: what becomes of
    /// the transaction may never be known. Keys are not remembered.
    pub(crate) fn recall<'e>(&mut self, events: &'e [Event]) -> Option<Recalled<'e>> {
        let mut facts = self.left.take()?;
        let mut missing = HashSet::new();
        for Event { identity, .. } in events {
            if facts.people.known(identity).is_none() && !facts.people.take_over(identity, &mut self.older) {
                missing.insert(identity);
            }
        }
        Some(Recalled { facts, missing: missing.into_iter().collect() })
    }

    /// Adds everybody who is remembered to what was read of the ledger where it was left.
    pub(crate) fn recall_beside(&mut self, read: &mut Facts) {
        if let Some(left) = self.left.take() {
            let people = mem::replace(&mut read.people, left.people);
            read.people.extend(people);
        }
    }

    /// Remembers what a transaction has left that was committed.
    pub(crate) fn keep(&mut self, mut after: Facts) {
        after.forget_events();
        if after.people.count() >= self.people_max {
            self.older = mem::take(&mut after.people);
        }
        self.left = Some(after);
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::{Amount, EventKey, EventKind, IdentityTag, PurseId};

    use super::*;
    use crate::plan::{Known, Tally};

    const COINS: i64 = 1;

    fn event(who: &str) -> Event {
        Event {
            key: EventKey([1; 16]),
            identity: who.parse().unwrap(),
            asset: "coins".parse().unwrap(),
            delta: Amount::new(1),
            kind: EventKind::Change,
            captured_ms: 1,
            reason: None,
        }
    }

    fn tally(units: i64) -> Tally {
        Tally { amount: Amount::new(units), last_seq: units }
    }

    fn add(facts: &mut Facts, who: &str, purse: i64, units: i64) {
        let (identity, purse) = (who.parse().unwrap(), PurseId(purse));
        facts.people.note(Known { id: purse.0, identity, purse, tag: IdentityTag([0; 32]) });
        facts.people.set(purse, COINS, tally(units));
    }

    /// What a batch of one person comes to, who then has so much.
    fn batch(memory: &mut Memory, who: &str, purse: i64, units: i64) {
        let events = [event(who)];
        let mut facts = memory.recall(&events).map(|recalled| recalled.facts).unwrap_or_default();
        add(&mut facts, who, purse, units);
        memory.keep(facts);
    }

    fn has(facts: &Facts, purse: i64) -> Option<i64> {
        facts.people.tally(PurseId(purse), COINS).map(|tally| tally.amount.units())
    }

    #[test]
    fn who_was_not_in_a_batch_for_long_is_forgotten() {
        let mut memory = Memory::of(2);
        for (purse, who) in (1..).zip(["telegram:1", "telegram:2", "telegram:3", "telegram:4", "telegram:5"])
        {
            batch(&mut memory, who, purse, 10);
        }
        let events = ["telegram:1", "telegram:4", "telegram:5"].map(event);
        let recalled = memory.recall(&events).unwrap();
        assert_eq!(recalled.missing, [&events[0].identity]);
        assert_eq!((has(&recalled.facts, 1), has(&recalled.facts, 4)), (None, Some(10)));
    }

    #[test]
    fn who_shares_a_purse_is_known_by_its_newest_balance_or_not_at_all() {
        let mut memory = Memory::of(2);
        batch(&mut memory, "telegram:1", 1, 10);
        batch(&mut memory, "discord:1", 1, 10);
        // They are with those who were before now, and one of them comes again.
        batch(&mut memory, "telegram:1", 1, 20);
        let events = [event("discord:1")];
        let recalled = memory.recall(&events).unwrap();
        assert_eq!((recalled.missing.len(), has(&recalled.facts, 1)), (0, Some(20)));
        memory.keep(recalled.facts);
    }

    #[test]
    fn what_is_not_kept_again_is_gone() {
        let mut memory = Memory::of(2);
        batch(&mut memory, "telegram:1", 1, 10);
        assert!(memory.recall(&[event("telegram:1")]).is_some());
        assert!(memory.recall(&[event("telegram:1")]).is_none());
    }

    #[test]
    fn it_is_right_only_where_the_ledger_was_left() {
        for (head, revision, is_right) in [(1, 0, true), (2, 0, false), (1, 1, false)] {
            let mut memory = Memory::of(2);
            memory.keep(Facts { head: Cursor { seq: 1, ..Cursor::ZERO }, ..Facts::default() });
            assert_eq!(memory.is_right(Cursor { seq: head, ..Cursor::ZERO }, revision), is_right);
            assert_eq!(memory.recall(&[]).is_some(), is_right);
        }
    }
}
