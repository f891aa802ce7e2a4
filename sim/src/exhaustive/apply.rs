//! Applying an answer, and beginning anew, in a database of this world.

use onepurse_core::{Amount, Cursor};

use super::{
    config::Setting,
    database::{Capture, Comparing, Database, Kept, Known, minus, plus},
    rule::Rule,
    words::{Event, News, PEOPLE},
};

impl Database {
    /// One transaction: the cursor compared, own keys included, balances stored, the cursor set, rows written. False
    /// where the replica had moved on. `acknowledged` matters only where own keys do not come from the log.
    pub(super) fn apply(&mut self, setting: &Setting, news: &News, now_ms: i64, acknowledged: u32) -> bool {
        let Some(capture) = &mut self.capture else { return false };
        let is_first = news.from == Cursor::ZERO;
        if setting.has(Rule::CursorCompared) && capture.cursor != news.from {
            return false;
        }
        let is_older = capture.oldest_ms().is_some_and(|oldest_ms| oldest_ms < news.oldest_ms);
        if setting.has(Rule::OldestCompared) && is_first && is_older {
            return false;
        }
        let included = capture.include(setting, news, now_ms, acknowledged);
        capture.note_openings(setting, news);
        if is_first && setting.has(Rule::UnnamedIsZero) {
            capture.forget_balances();
        }
        capture.store(news, included);
        capture.cursor = news.to;
        capture.resync = false;
        if capture.compare == Comparing::AfterTheNextAnswer {
            capture.compare = Comparing::Now;
        }
        if capture.compare == Comparing::No {
            self.settle();
        }
        true
    }
}

impl Capture {
    /// Moves the answer's own events from the outbox to what is kept; returns the sums of those, by identity.
    fn include(
        &mut self,
        setting: &Setting,
        news: &News,
        now_ms: i64,
        acknowledged: u32,
    ) -> [Amount; PEOPLE] {
        let mut sums = [Amount::ZERO; PEOPLE];
        let is_named = |event: &Event| match setting.without {
            Some(Rule::OwnFromLog) => acknowledged & event.bit() != 0,
            _ if event.is_opening => news.openings.contains(&event.person),
            _ => news.own.contains(&(event.number, event.at_ms)),
        };
        for event in self.outbox.iter().filter(|event| is_named(event)) {
            let sum = &mut sums[event.person.nth()];
            *sum = plus(*sum, event.delta);
            if setting.has(Rule::RowsKept) {
                self.kept.push(Kept { event: *event, included_ms: now_ms });
            }
        }
        self.outbox.retain(|event| !is_named(event));
        sums
    }

    fn note_openings(&mut self, setting: &Setting, news: &News) {
        for person in news.openings.iter().filter(|_| setting.has(Rule::OpeningsNoted)) {
            self.people[person.nth()].get_or_insert_default().opened = true;
        }
    }

    /// An identity that an answer from zero does not name has nothing.
    fn forget_balances(&mut self) {
        for known in self.people.iter_mut().flatten().filter(|known| !known.stored.is_zero()) {
            known.stored = Amount::ZERO;
            known.todo = true;
        }
    }

    /// Where a balance moved by just what was included, and nothing is held, the row shows what it should already.
    fn store(&mut self, news: &News, included: [Amount; PEOPLE]) {
        for &(person, balance, _) in &news.balances {
            match &mut self.people[person.nth()] {
                None => {
                    self.people[person.nth()] =
                        Some(Known { stored: balance, todo: true, ..Known::default() });
                }
                Some(known) => {
                    let is_shown =
                        minus(balance, known.stored) == included[person.nth()] && known.held.is_zero();
                    known.todo |= !is_shown;
                    known.stored = balance;
                }
            }
        }
    }

    /// The ledger's history is another one: everything kept is sent again, and the next question is from zero.
    pub(super) fn rewind(&mut self, setting: &Setting, from: Cursor) {
        if self.cursor != from {
            return;
        }
        for kept in std::mem::take(&mut self.kept) {
            if let Some(known) = &mut self.people[kept.event.person.nth()]
                && setting.has(Rule::StoredLowered)
            {
                known.stored = minus(known.stored, kept.event.delta);
            }
            self.outbox.push(kept.event);
        }
        self.cursor = Cursor::ZERO;
        self.resync = true;
    }
}
