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
