//! What a bot does to its rows, and what capture makes of that in the same transaction.

use onepurse_core::Amount;

use super::{
    database::{Database, Known, plus},
    words::{Event, Person},
};

impl Database {
    /// The row's balance changes.
    pub(super) fn write(&mut self, event: Event) {
        if let Some(row) = &mut self.rows[event.person.nth()] {
            *row = plus(*row, event.delta);
            self.capture(event);
        }
    }

    /// A row appears. Of an identity that was never seen it is an opening, whatever it shows; of any other it makes no
    /// event, and gets what its purse has. True where it was an opening.
    pub(super) fn insert(&mut self, person: Person, opening: Event) -> bool {
        self.rows[person.nth()] = Some(opening.delta);
        let Some(capture) = &mut self.capture else { return false };
        let before = capture.people[person.nth()];
        let is_first = !before.is_some_and(|known| known.opened);
        let known = before.unwrap_or_default();
        capture.people[person.nth()] = Some(Known { opened: true, todo: before.is_some(), ..known });
        if is_first {
            self.capture(opening);
        }
        is_first
    }

    /// The row goes. That is never spending.
    pub(super) fn delete(&mut self, person: Person) {
        self.rows[person.nth()] = None;
    }

    fn capture(&mut self, event: Event) {
        if let Some(capture) = &mut self.capture {
            capture.remembered |= event.bit();
            capture.outbox.push(event);
        }
    }
}

/// What a bot takes away that never lets a balance go below zero.
pub(super) fn all_of(row: Amount) -> Option<Amount> {
    row.checked_neg().filter(|delta| *delta < Amount::ZERO)
}
