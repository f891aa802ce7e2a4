//! A bot's database of this world: its rows, and what capture keeps beside them.
//!
//! What is here stands for what the replica that ships does in SQL, transaction by transaction; the contract suite of
//! the replica is what holds that to the same behaviour.

use onepurse_core::{Amount, Cursor, local};

use super::{
    config::Setting,
    rule::Rule,
    words::{Event, PEOPLE, Seen},
};

/// One platform's database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Database {
    /// What the bot's rows show.
    pub(super) rows: [Option<Amount>; PEOPLE],
    /// `None`: not attached.
    pub(super) capture: Option<Capture>,
}

/// What onepurse keeps in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Capture {
    pub(super) replica: u8,
    pub(super) cursor: Cursor,
    pub(super) resync: bool,
    pub(super) compare: Comparing,
    pub(super) is_decided: bool,
    pub(super) people: [Option<Known>; PEOPLE],
    pub(super) outbox: Vec<Event>,
    pub(super) kept: Vec<Kept>,
    /// Balances below zero were seen, so zero is no floor.
    pub(super) negatives: bool,
    /// For the auditor alone: the keys of everything that was captured in this database's past.
    pub(super) remembered: u32,
}

/// Whether every row is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Comparing {
    No,
    AfterTheNextAnswer,
    Now,
}

/// What is known of an identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Known {
    /// Its purse's balance at the cursor.
    pub(super) stored: Amount,
    pub(super) held: Amount,
    pub(super) opened: bool,
    pub(super) todo: bool,
}

/// A row that is included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kept {
    pub(super) event: Event,
    pub(super) included_ms: i64,
}

impl Capture {
    pub(super) fn view(&self) -> Seen {
        Seen {
            replica: self.replica,
            cursor: self.cursor,
            resync: self.resync,
            compare: self.compare == Comparing::Now,
            is_decided: self.is_decided,
            pending: !self.outbox.is_empty(),
            unsettled: self.people.iter().flatten().any(|known| known.todo),
        }
    }

    /// Own rows not included.
    pub(super) fn own(&self, nth: usize) -> Amount {
        let own = self.outbox.iter().filter(|event| event.person.nth() == nth);
        own.fold(Amount::ZERO, |sum, event| plus(sum, event.delta))
    }

    pub(super) fn oldest_ms(&self) -> Option<i64> {
        let kept = self.kept.iter().map(|kept| kept.event.at_ms);
        self.outbox.iter().map(|event| event.at_ms).chain(kept).min()
    }

    /// What an identity's row should show.
    pub(super) fn expected(&self, nth: usize, known: &Known) -> Amount {
        minus(plus(known.stored, self.own(nth)), known.held)
    }

    /// What was included before then goes, if the ledger has accepted the cursor.
    pub(super) fn tidy(&mut self, setting: &Setting, accepted: Cursor, before_ms: i64) {
        if self.cursor == accepted || !setting.has(Rule::CursorConfirmed) {
            self.kept.retain(|kept| kept.included_ms >= before_ms);
        }
    }
}

impl Database {
    /// Takes openings and puts capture in, unless it is in.
    pub(super) fn attach(&mut self, replica: u8, is_decided: bool, openings: Vec<Event>) {
        if self.capture.is_some() {
            return;
        }
        let opened = Known { opened: true, ..Known::default() };
        self.capture = Some(Capture {
            replica,
            cursor: Cursor::ZERO,
            resync: true,
            compare: Comparing::AfterTheNextAnswer,
            is_decided,
            people: self.rows.map(|row| row.map(|_| opened)),
            remembered: openings.iter().fold(0, |keys, event| keys | event.bit()),
            outbox: openings,
            kept: vec![],
            negatives: self.rows.iter().flatten().any(|row| *row < Amount::ZERO),
        });
    }

    /// Gives the bot's rows what is stored for them.
    pub(super) fn settle(&mut self) {
        let Some(capture) = &mut self.capture else { return };
        for nth in 0..PEOPLE {
            let own = capture.own(nth);
            let Some(known) = capture.people[nth].as_mut().filter(|known| known.todo) else { continue };
            known.todo = false;
            known.held = Amount::ZERO;
            let Some(shown) = &mut self.rows[nth] else { continue };
            let Some(intended) = local::intended(known.stored, own) else { continue };
            capture.negatives |= *shown < Amount::ZERO;
            let floor = (!capture.negatives).then_some(Amount::ZERO);
            *shown = local::written(intended, floor, Amount::new(1));
            known.held = minus(intended, *shown);
        }
    }

    /// The known identities whose row shows something else than it should.
    pub(super) fn differing(&self) -> Vec<usize> {
        let Some(capture) = &self.capture else { return vec![] };
        let differs = |nth: &usize| match (&capture.people[*nth], self.rows[*nth]) {
            (Some(known), Some(row)) => known.opened && row != capture.expected(*nth, known),
            _ => false,
        };
        (0..PEOPLE).filter(differs).collect()
    }

    /// The ledger wins: what differs waits to be overwritten.
    pub(super) fn resolve(&mut self) {
        let differing = self.differing();
        let Some(capture) = &mut self.capture else { return };
        for nth in differing {
            if let Some(known) = &mut capture.people[nth] {
                known.todo = true;
            }
        }
        capture.is_decided = false;
        capture.compare = Comparing::No;
    }
}

/// Amounts of this world are far from the largest there is.
pub(super) fn plus(one: Amount, other: Amount) -> Amount {
    one.checked_add(other).unwrap_or(Amount::MAX)
}

pub(super) fn minus(one: Amount, other: Amount) -> Amount {
    one.checked_sub(other).unwrap_or(Amount::MIN)
}
