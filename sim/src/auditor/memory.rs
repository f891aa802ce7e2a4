//! What a platform's database remembers, as the auditor has it; and invariant 1: what a bot durably wrote was captured.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use onepurse_core::{ChainHash, EventKey};
use onepurse_replica::Writes;

use super::{
    Auditor, Checked, Eye, Key, Left, Violation, Watched, Who, Written,
    eye::{Event, Row, Rows},
    truth::sums,
};

/// What one statement of a bot changed.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// What there was before and after it, of everyone of whom that is not the same.
    changed: Vec<(Who, Option<Row>, Option<Row>)>,
    /// It was told to make one person's row another's, in the platform's own words.
    renames: Option<(String, String)>,
}

impl Diff {
    /// Between two looks at the table.
    #[must_use]
    pub fn between(before: &Rows, after: &Rows) -> Self {
        let everyone: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed = everyone.into_iter().filter(|&who| before.get(who) != after.get(who));
        let changed = changed.map(|who| (who.clone(), before.get(who).copied(), after.get(who).copied()));
        Self { changed: changed.collect(), renames: None }
    }

    /// It was told to make the row of the one the row of the other, who shows something new even where it is the same.
    #[must_use]
    pub fn renaming(mut self, (from, to): (String, String), before: &Rows, after: &Rows) -> Self {
        let went = self.changed.iter().filter(|(who, _, now)| who.1 == from && now.is_none());
        let came = went.map(|(who, ..)| (who.0.clone(), to.clone()));
        let same = came.filter(|who| before.contains_key(who) && before.get(who) == after.get(who));
        let same: Vec<_> = same.collect();
        self.changed.extend(same.into_iter().map(|who| {
            let row = after.get(&who).copied();
            (who, row, row)
        }));
        self.renames = Some((from, to)).filter(|(from, to)| from != to);
        self
    }
}

/// What a platform's database remembers. A backup of the database comes with a copy of it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Capture is in it.
    pub attached: bool,
    /// That was seen just now, for the first time.
    pub was_under_way: bool,
    /// Its triggers are there.
    pub capturing: bool,
    /// Everyone who is known.
    pub(super) opened: BTreeSet<Who>,
    /// Whom it was asked to forget, and at which entry: nobody tells it of what was before.
    pub(super) let_go: BTreeMap<Who, i64>,
    /// What rows showed when they were deleted.
    pub(super) gone: BTreeMap<Who, Option<i64>>,
    /// Every event captured in it since it was attached.
    pub seen: BTreeSet<Key>,
    /// The last entry that it has applied.
    pub(super) cursor: ChainHash,
    /// Where it stood when it was detached before it was attached, until what its bot did meanwhile is judged.
    pub(super) left: Left,
    /// When the auditor first saw an event among what is kept.
    pub(super) kept_since: BTreeMap<Key, i64>,
    /// When the auditor first saw a row by which the bot is told that something was undone.
    pub(super) told_since: BTreeMap<Key, i64>,
}

impl Memory {
    /// The events that it does not know yet.
    fn new_in(&self, outbox: &[Event]) -> Vec<Event> {
        outbox.iter().filter(|event| !self.seen.contains(&event.key)).cloned().collect()
    }

    /// What a statement should make of it. `expected` is what the statements before it in the transaction have made.
    fn expect(&mut self, diff: &Diff, watched: &Eye, should: &HashMap<Who, i128>, expected: &mut Expected) {
        for (who, before, after) in &diff.changed {
            let renames = |one: &String| *one == who.1;
            let made = match (before, after, &diff.renames) {
                (Some(row), None, Some((from, _))) if renames(from) => self.renamed_away(who, *row, watched),
                (_, Some(row), Some((_, to))) if renames(to) => self.renamed_to(who, *row, watched, expected),
                (Some(before), Some(after), _) => {
                    let so_far = expected.deltas.get(who).copied().unwrap_or_default();
                    changed(
                        *before,
                        *after,
                        should.get(who).copied().unwrap_or_default() + i128::from(so_far),
                    )
                }
                (Some(row), None, _) => self.deleted(who, *row, watched),
                (None, Some(row), _) => self.inserted(who, *row, watched, expected),
                (None, None, _) => 0,
            };
            *expected.deltas.entry(who.clone()).or_default() += made;
        }
    }

    /// Nothing is spent, but where an absent row counts as something.
    fn deleted(&mut self, who: &Who, row: Row, watched: &Eye) -> i64 {
        self.gone.insert(who.clone(), row.units);
        watched.missing().zip(row.units).map_or(0, |(missing, units)| missing - units)
    }

    /// A first sight counts from zero; who is known gets what they had.
    fn inserted(&mut self, who: &Who, row: Row, watched: &Eye, expected: &mut Expected) -> i64 {
        let (last, missing) = (self.gone.remove(who).flatten(), watched.missing());
        if self.opened.insert(who.clone()) {
            expected.opened.insert(who.clone());
            return row.units.or(missing).unwrap_or_default();
        }
        let from = if missing.is_some() { missing } else { last.filter(|_| watched.takes()) };
        row.units.zip(from).map_or(0, |(units, from)| units - from)
    }

    /// The coins go with the row; nothing of them is left with whoever had it.
    fn renamed_away(&mut self, who: &Who, row: Row, watched: &Eye) -> i64 {
        let rest = watched.missing().unwrap_or_default();
        self.gone.insert(who.clone(), Some(rest));
        row.units.map_or(0, |units| rest - units)
    }

    /// The coins come with the row, whatever a row that it replaced has shown.
    fn renamed_to(&mut self, who: &Who, row: Row, watched: &Eye, expected: &mut Expected) -> i64 {
        let rest = watched.missing().unwrap_or_default();
        self.gone.remove(who);
        if self.opened.insert(who.clone()) {
            expected.opened.insert(who.clone());
            return row.units.unwrap_or(rest);
        }
        row.units.map_or(0, |units| units - rest)
    }
}

/// What a bot's statements should have made, by identity.
#[derive(Default)]
struct Expected {
    deltas: BTreeMap<Who, i64>,
    /// Who is seen for the first time.
    opened: BTreeSet<Who>,
}

/// What it means that someone's rows show something else. What is no number means nothing; the number that comes after
/// it counts against what the row should have shown. Of several rows the first counts, and one taken away means nothing.
fn changed(before: Row, after: Row, should: i128) -> i64 {
    match (before.units, after.units) {
        _ if after.count < before.count => 0,
        (Some(before), Some(after)) => after - before,
        (None, Some(after)) => i64::try_from(i128::from(after) - should).unwrap_or(i64::MAX),
        (_, None) => 0,
    }
}

impl Auditor {
    /// A bot has committed these statements: they are captured, and what it wrote is still the truth.
    pub fn committed(&mut self, platform: usize, diffs: &[Diff]) -> Checked {
        let Watched { name, memory, eye, odd, .. } = &mut self.platforms[platform];
        let rows = eye.rows()?;
        *odd = odd_of(&rows);
        if !memory.attached || !memory.capturing {
            return Ok(());
        }
        let tables = eye.tables()?.ok_or_else(|| Violation::new(1, format!("{name} lost all our tables")))?;
        let new = memory.new_in(&tables.outbox);
        let should = tables.should_show(sums(&new));
        let mut expected = Expected::default();
        for diff in diffs {
            memory.expect(diff, eye, &should, &mut expected);
        }
        let Expected { deltas: mut expected, opened: opening } = expected;
        expected.retain(|_, delta| *delta != 0);
        let mut captured = BTreeMap::<Who, i64>::new();
        let mut opened = BTreeSet::new();
        for event in &new {
            *captured.entry(event.who.clone()).or_default() += event.delta;
            if event.kind == "opening" {
                opened.insert(event.who.clone());
            }
        }
        captured.retain(|_, delta| *delta != 0);
        if captured != expected || opened != opening {
            let what = format!(
                "{name}'s bot wrote {expected:?} (first seen {opening:?}), and captured was {captured:?} (first seen {opened:?})"
            );
            return Err(Violation::new(1, what));
        }
        self.note(platform, new);
        self.check_truth(platform, &tables)
    }

    /// Something of ours has worked on a platform's database: what is new in its outbox must have a reason.
    pub(super) fn explain(&mut self, platform: usize, call: &str, outbox: &[Event]) -> Checked<Vec<Event>> {
        let Watched { name, memory, eye, .. } = &mut self.platforms[platform];
        let new = memory.new_in(outbox);
        for event in &new {
            let has_reason = match (call, event.kind.as_str()) {
                ("attach" | "mend", "opening") => memory.opened.insert(event.who.clone()),
                // What the bot wrote while rows were still being opened.
                ("attach", "change") => memory.was_under_way,
                ("resolve", "change") => true,
                // A write that is judged again in a database put back from a backup is repaired again, by the same key;
                // what the ledger has already goes straight to what is kept, and is only seen when it comes back.
                ("apply" | "rewind", "repair") => {
                    eye.shape().writes == Writes::Absolute && is_repair(event, &memory.seen, &self.written)
                }
                ("apply" | "settle", "change") => !eye.shape().triggers.is_empty(),
                _ => false,
            };
            if !has_reason {
                let what = format!(
                    "{call} on {name} left the {} of {} for {:?}, which nobody made",
                    event.kind, event.delta, event.who
                );
                return Err(Violation::new(2, what));
            }
        }
        self.note(platform, new.clone());
        Ok(new)
    }

    fn note(&mut self, platform: usize, events: Vec<Event>) {
        let Watched { name, memory, .. } = &mut self.platforms[platform];
        for event in events {
            memory.seen.insert(event.key);
            let written = self.written.entry(event.key).or_insert_with(|| Written {
                platform: name.clone(),
                who: event.who,
                kind: event.kind,
                deltas: Vec::new(),
            });
            written.deltas.push(event.delta);
        }
    }

    /// The ledger has told a platform's database of these openings.
    pub(super) fn told(&mut self, platform: usize, opened: Vec<(Who, i64)>) {
        let Memory { opened: known, let_go, .. } = &mut self.platforms[platform].memory;
        let news = opened.into_iter().filter(|(who, seq)| let_go.get(who).is_none_or(|at| at < seq));
        known.extend(news.map(|(who, _)| who));
    }

    /// A platform's triggers are gone, or its whole database is another.
    pub fn forget(&mut self, platform: usize, memory: Memory) -> Checked {
        let leaving = self.books.leaving()?;
        let watched = &mut self.platforms[platform];
        if memory.attached {
            watched.left = Left::Nowhere;
        } else if watched.memory.attached && leaving.contains(&watched.name) {
            // The ledger was not told yet that it was attached again, or just told that it is being detached: in either
            // case it will say where the database before this one was left.
            watched.left = match watched.memory.left.clone() {
                Left::Nowhere => Left::Unsure,
                known => known,
            };
        }
        // What an older copy keeps, it may keep until an engine has looked through it.
        watched.memory = Memory { kept_since: BTreeMap::new(), told_since: BTreeMap::new(), ..memory };
        watched.odd.clear();
        watched.eye.reopen()
    }
}

/// Whose rows show no number.
pub(super) fn odd_of(rows: &Rows) -> BTreeSet<Who> {
    rows.iter().filter(|(_, row)| row.units.is_none()).map(|(who, _)| who.clone()).collect()
}

/// A repair gives back what one write took, once: its key follows from that of the write.
fn is_repair(repair: &Event, seen: &BTreeSet<Key>, written: &HashMap<Key, Written>) -> bool {
    seen.iter().any(|key| {
        let is_stale = |one: &Written| {
            one.kind == "change"
                && one.who == repair.who
                && one.deltas.iter().any(|delta| -delta == repair.delta)
        };
        let follows = || key[..8] == repair.key[..8] && EventKey(*key).derived(0).0[8..] == repair.key[8..];
        follows() && written.get(key).is_some_and(is_stale)
    })
}
