//! What a bot is told of what the ledger has undone: every row for a reason, none missing, none twice.

use std::collections::BTreeSet;

use onepurse_core::{Entry, EntryKind, EventKey};

use super::{
    Auditor, Books, Checked, Key, Violation, Who,
    captured::whose,
    eye::{Event, Tables},
};

/// An entry that has undone something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reversal {
    seq: i64,
    platform: String,
    who: Who,
    delta: i64,
    captured_ms: i64,
}

impl Reversal {
    /// Whether it undoes what they did.
    pub(super) fn is_of(&self, (platform, external): &(String, String)) -> bool {
        (&self.platform, &self.who.1) == (platform, external)
    }
}

impl Books {
    /// An entry of the log, which may be a reversal.
    pub(super) fn note_reversal(&mut self, entry: &Entry) {
        if entry.kind != EntryKind::Reversal {
            return;
        }
        let (platform, external) = whose(entry);
        let reversal = Reversal {
            seq: entry.seq,
            platform,
            who: (entry.asset.as_str().to_owned(), external),
            delta: entry.delta.units(),
            captured_ms: entry.captured_ms,
        };
        self.ever_reversed.insert(entry.key.0, reversal.clone());
        self.mirror.reversals.insert(entry.key.0, reversal);
    }
}

impl Auditor {
    /// Whatever of `kept` was undone at or below the cursor has its row, and each row tells of something that was undone
    /// of this platform's people.
    pub(super) fn check_told(&self, platform: usize, tables: &Tables, kept: &[Event]) -> Checked {
        let watched = &self.platforms[platform];
        let name = &watched.name;
        let rows = watched.eye.told()?;
        let is_true = |reversal: &Reversal, who: &Who, delta: i64| {
            reversal.platform == *name && reversal.who == *who && reversal.delta == delta
        };
        let mut keys = BTreeSet::<Key>::new();
        for row in &rows {
            let reversal = self.books.ever_reversed.get(&row.key);
            if !reversal.is_some_and(|reversal| is_true(reversal, &row.who, row.delta)) {
                let what = format!("{name}'s bot is told {row:?}, and what was undone is {reversal:?}");
                return Err(Violation::new(2, what));
            }
            if !keys.insert(row.key) {
                return Err(Violation::new(2, format!("{name}'s bot is told {row:?} twice")));
            }
        }
        if tables.resync || !self.books.has(tables.cursor.seq, tables.cursor.hash) {
            return Ok(());
        }
        let is_due = |event: &&Event| {
            // What somebody had undone by a clock that is behind the bot's may be older than what is asked for from zero.
            let is_told = |one: &Reversal| one.seq <= tables.cursor.seq && one.captured_ms >= event.at_ms;
            let undoing = EventKey(event.key).reversal().0;
            event.kind == "change"
                && self.books.mirror.reversals.get(&undoing).is_some_and(is_told)
                && !keys.contains(&undoing)
        };
        match kept.iter().find(is_due) {
            Some(event) => {
                let (delta, who) = (event.delta, &event.who);
                let what = format!("{name}'s bot is not told that its {delta} for {who:?} was undone");
                Err(Violation::new(1, what))
            }
            None => Ok(()),
        }
    }
}
