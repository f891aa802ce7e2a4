//! What a platform's database remembers, as the auditor has it; and invariant 1: what a bot durably wrote was captured.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use onepurse_core::EventKey;
use onepurse_replica::{Reinsert, Writes};

use super::{
    Auditor, Checked, Key, Violation, Watched, Who, Written,
    eye::{Event, Rows},
};

/// What one statement of a bot changed: the value before and after it, of everyone whose value it changed.
#[derive(Debug, Clone, Default)]
pub struct Diff(pub Vec<(Who, Option<i64>, Option<i64>)>);

impl Diff {
    /// Between two looks at the table.
    #[must_use]
    pub fn between(before: &Rows, after: &Rows) -> Self {
        let everyone: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed = everyone.into_iter().filter(|&who| before.get(who) != after.get(who));
        Self(changed.map(|who| (who.clone(), before.get(who).copied(), after.get(who).copied())).collect())
    }
}

/// What a platform's database remembers. A backup of the database comes with a copy of it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Capture is in it.
    pub attached: bool,
    /// Its triggers are there.
    pub capturing: bool,
    /// Everyone who is known.
    opened: BTreeSet<Who>,
    /// What rows showed when they were deleted.
    gone: BTreeMap<Who, i64>,
    /// Every event captured in it since it was attached.
    pub seen: BTreeSet<Key>,
}

impl Memory {
    /// The events that it does not know yet.
    fn new_in(&self, outbox: &[Event]) -> Vec<Event> {
        outbox.iter().filter(|event| !self.seen.contains(&event.key)).cloned().collect()
    }

    /// What a statement should make of it, by identity; and who is seen for the first time.
    fn expect(&mut self, diff: &Diff, watched: &super::Eye) -> (BTreeMap<Who, i64>, BTreeSet<Who>) {
        let (mut expected, mut opening) = (BTreeMap::new(), BTreeSet::new());
        let missing = watched.missing();
        for (who, before, after) in &diff.0 {
            let known = self.opened.contains(who);
            let delta = match (before, after) {
                (Some(before), Some(after)) => after - before,
                (Some(before), None) => {
                    self.gone.insert(who.clone(), *before);
                    missing.map_or(0, |missing| missing - before)
                }
                (None, Some(after)) => {
                    let last = self.gone.remove(who);
                    if !known {
                        opening.insert(who.clone());
                        self.opened.insert(who.clone());
                        *after
                    } else if let Some(missing) = missing {
                        after - missing
                    } else if watched.shape().reinsert == Reinsert::Take {
                        last.map_or(0, |last| after - last)
                    } else {
                        0
                    }
                }
                (None, None) => 0,
            };
            *expected.entry(who.clone()).or_default() += delta;
        }
        expected.retain(|_, delta| *delta != 0);
        (expected, opening)
    }
}

impl Auditor {
    /// A bot has committed these statements: they are captured, and what it wrote is still the truth.
    pub fn committed(&mut self, platform: usize, diffs: &[Diff]) -> Checked {
        let Watched { name, memory, eye, .. } = &mut self.platforms[platform];
        if !memory.attached || !memory.capturing {
            return Ok(());
        }
        let (mut expected, mut opening) = (BTreeMap::<Who, i64>::new(), BTreeSet::new());
        for diff in diffs {
            let (deltas, seen) = memory.expect(diff, eye);
            for (who, delta) in deltas {
                *expected.entry(who).or_default() += delta;
            }
            opening.extend(seen);
        }
        expected.retain(|_, delta| *delta != 0);
        let tables = eye.tables()?.ok_or_else(|| Violation::new(1, format!("{name} lost all our tables")))?;
        let new = memory.new_in(&tables.outbox);
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
    pub(super) fn told(&mut self, platform: usize, opened: Vec<Who>) {
        self.platforms[platform].memory.opened.extend(opened);
    }

    /// A platform's triggers are gone, or its whole database is another.
    pub fn forget(&mut self, platform: usize, memory: Memory) -> Checked {
        let watched = &mut self.platforms[platform];
        watched.memory = memory;
        watched.eye.reopen()
    }
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
