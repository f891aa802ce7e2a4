//! What triggers have written down becomes events, and what is known of each identity.
//!
//! Where several bots write at once, a trigger must not touch a row that another bot's trigger may want too: it only
//! appends a fact. Whoever reads the facts is alone, and decides here what they mean: whose first sight they are, what
//! is a row that came back, what is one row too many.

mod fact;
mod person;

use std::collections::{HashMap, HashSet};

use onepurse_core::{Amount, EventKind};

pub(crate) use fact::{Fact, What};
pub(crate) use person::{Gone, People, Person, Todo};

use crate::{Mapping, Reinsert, alone};

/// An event that facts amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) mapping: i64,
    pub(crate) id: String,
    pub(crate) kind: EventKind,
    pub(crate) delta: Amount,
    pub(crate) before: Option<i64>,
    pub(crate) after: Option<i64>,
    pub(crate) at_ms: i64,
    pub(crate) nonce: [u8; 8],
}

/// Reads facts in their order: returns the events that they amount to, and brings `people` up to date. `mapping` finds a
/// mapping by its number; what was captured for one that is not configured any more says nothing.
pub(crate) fn digest<'m>(
    facts: &[Fact],
    people: &mut People,
    mapping: impl Fn(i64) -> Option<&'m Mapping>,
) -> Vec<Captured> {
    let mut events = Vec::new();
    let mut left = rows_at_first(facts);
    let mut statements = HashSet::new();
    for fact in facts {
        let Some(mapping) = mapping(fact.mapping) else { continue };
        let key = (fact.mapping, fact.id.clone());
        let person = people.entry(key.clone()).or_insert_with(Person::unknown);
        let rows = left.get_mut(&key).map(|rows| {
            *rows += fact.comes() - fact.goes();
            *rows
        });
        // A bot that changes one of several rows of an identity changes them all, and means one change.
        let again = rows.is_some() && !statements.insert((fact.transaction, fact.statement, key));
        let reader = Reader { fact, mapping, events: &mut events };
        match fact.what {
            What::Changed if !again => reader.changed(person),
            What::Came => reader.came(person, rows),
            What::Went => reader.went(person, rows),
            What::Lost => reader.lost(person, rows),
            What::Got => reader.got(person, rows),
            What::Changed | What::Emptied | What::Blind => {}
        }
    }
    for (key, rows) in left {
        if let Some(person) = people.get_mut(&key) {
            if rows > 1 {
                person.leave_alone(alone::DUPLICATE);
            } else {
                person.go_on(alone::DUPLICATE);
            }
        }
    }
    events
}

/// How many rows each identity had before all these facts, counted back from how many it has now.
fn rows_at_first(facts: &[Fact]) -> HashMap<(i64, String), i64> {
    let mut rows = HashMap::new();
    for fact in facts.iter().filter(|fact| !matches!(fact.what, What::Emptied | What::Blind)) {
        if let Some(now) = fact.rows {
            *rows.entry((fact.mapping, fact.id.clone())).or_insert(now) -= fact.comes() - fact.goes();
        }
    }
    rows
}

/// Reads one fact.
struct Reader<'a> {
    fact: &'a Fact,
    mapping: &'a Mapping,
    events: &'a mut Vec<Captured>,
}

impl Reader<'_> {
    fn missing(&self) -> Option<i64> {
        self.mapping.missing.map(Amount::units)
    }

    fn changed(mut self, person: &mut Person) {
        let (was, shows) = (self.fact.was, self.fact.shows);
        if !person.opened {
            self.first_sight(person);
        } else if shows.is_none() {
            person.leave_alone(alone::NOT_A_NUMBER);
        } else if was.is_some() {
            self.change(person, was, shows);
        } else {
            self.number_again(person);
        }
    }

    /// Once a row shows a number again, what it says counts, against what it should have shown.
    fn number_again(&mut self, person: &mut Person) {
        if person.is_paused(alone::NOT_A_NUMBER) {
            let expected = person.expected().map(Amount::units);
            self.change(person, expected, self.fact.shows);
            person.go_on(alone::NOT_A_NUMBER);
        }
    }

    fn came(mut self, person: &mut Person, rows: Option<i64>) {
        let shows = self.fact.shows;
        let is_alone = rows.is_none_or(|rows| rows <= 1);
        if !person.opened {
            self.first_sight(person);
        } else if let Some(gone) = self.rewritten(person) {
            self.change(person, self.missing().or(gone.value), shows);
        } else if is_alone {
            self.came_back(person);
        }
        person.gone = None;
        self.look_at_number(person);
    }

    /// The row was deleted in the same transaction: it is written anew, and the difference counts.
    fn rewritten(&self, person: &Person) -> Option<Gone> {
        person.gone.filter(|gone| gone.transaction == Some(self.fact.transaction))
    }

    fn came_back(&mut self, person: &mut Person) {
        let shows = self.fact.shows;
        if let Some(missing) = self.missing() {
            self.change(person, Some(missing), shows);
        } else if self.mapping.reinsert == Reinsert::Take {
            self.change(person, person.gone.and_then(|gone| gone.value), shows);
        } else if person.gone.is_some_and(|gone| !gone.accepted) {
            person.todo = Todo::SettleAgain;
        }
        person.settle();
    }

    fn went(mut self, person: &mut Person, rows: Option<i64>) {
        if rows.is_some_and(|rows| rows > 0) || !person.opened {
            return;
        }
        if let Some(missing) = self.missing() {
            self.change(person, self.fact.was, Some(missing));
        }
        self.gone(person, self.fact.was);
    }

    /// The coins go with the row.
    fn lost(mut self, person: &mut Person, rows: Option<i64>) {
        if self.missing().is_some() {
            self.went(person, rows);
        } else if rows.is_none_or(|rows| rows == 0) && person.opened {
            self.change(person, self.fact.was, Some(0));
            self.gone(person, Some(0));
        }
    }

    /// The coins come with the row, unless the one whose it is has another.
    fn got(mut self, person: &mut Person, rows: Option<i64>) {
        if self.missing().is_some() {
            return self.came(person, rows);
        }
        if !person.opened {
            self.open(person, 0);
        }
        if rows.is_none_or(|rows| rows <= 1) {
            self.change(person, Some(0), self.fact.shows);
        }
        person.settle();
        person.gone = None;
        self.look_at_number(person);
    }

    fn gone(&self, person: &mut Person, value: Option<i64>) {
        person.gone.get_or_insert(Gone {
            value,
            at_ms: self.fact.at_ms,
            accepted: false,
            transaction: Some(self.fact.transaction),
        });
    }

    fn look_at_number(&self, person: &mut Person) {
        if self.fact.shows.is_none() {
            person.leave_alone(alone::NOT_A_NUMBER);
        } else {
            person.go_on(alone::NOT_A_NUMBER);
        }
    }

    /// An identity seen for the first time: what it has is its opening, or a change from what an absent row counts as.
    fn first_sight(&mut self, person: &mut Person) {
        let shows = self.fact.shows;
        if person.is_noted {
            person.settle();
        }
        if let Some(missing) = self.missing() {
            self.open(person, missing);
            self.change(person, Some(missing), shows);
        } else {
            self.open(person, shows.unwrap_or_default());
        }
        if shows.is_none() {
            person.leave_alone(alone::NOT_A_NUMBER);
        }
    }

    fn open(&mut self, person: &mut Person, shown: i64) {
        person.opened = true;
        self.event(person, EventKind::Opening, Amount::new(shown), Some(0), Some(shown));
    }

    /// A step that is no amount leaves the identity alone.
    fn change(&mut self, person: &mut Person, before: Option<i64>, after: Option<i64>) {
        let (Some(from), Some(to)) = (before, after) else { return };
        match Amount::new(to).checked_sub(Amount::new(from)) {
            Some(Amount::ZERO) => {}
            Some(delta) => self.event(person, EventKind::Change, delta, before, after),
            None => person.leave_alone(alone::NOT_A_NUMBER),
        }
    }

    fn event(
        &mut self,
        person: &mut Person,
        kind: EventKind,
        delta: Amount,
        before: Option<i64>,
        after: Option<i64>,
    ) {
        let Fact { mapping, ref id, at_ms, nonce, .. } = *self.fact;
        person.own = person.own.and_then(|own| own.checked_add(delta));
        self.events.push(Captured { mapping, id: id.clone(), kind, delta, before, after, at_ms, nonce });
    }
}

#[cfg(test)]
mod tests;
