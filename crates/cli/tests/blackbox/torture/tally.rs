//! What was done, counted: a run that did nothing is seen.

use std::{collections::BTreeMap, fmt, thread};

/// Everything that has to happen, in the order in which it is told.
const KINDS: [&str; 25] = [
    "kills at work",
    "kills at start",
    "kills while stopped",
    "ends asked for",
    "stops",
    "kills of telegram's bot",
    "kills of discord's bot",
    "fills of the ledger's disk",
    "fills of telegram's disk",
    "fills of discord's disk",
    "writes refused for want of space",
    "second programs",
    "kills of second programs",
    "syncs beside",
    "status beside",
    "verify beside",
    "show beside",
    "links",
    "kills of link",
    "reattached",
    "kills of attach and detach",
    "writes of telegram's bot",
    "writes of discord's bot",
    "entries",
    "checks",
];

/// How many of the last steps are told when the test fails.
const STORY: usize = 60;

/// The counts, and the last steps.
pub(super) struct Tally {
    counts: BTreeMap<&'static str, u64>,
    story: Vec<String>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { counts: KINDS.map(|kind| (kind, 0)).into(), story: Vec::new() }
    }

    pub(super) fn count(&mut self, kind: &str) {
        self.add(kind, 1);
    }

    pub(super) fn add(&mut self, kind: &str, more: u64) {
        *self.counts.get_mut(kind).unwrap_or_else(|| panic!("`{kind}` is not counted")) += more;
    }

    /// Remembers a step, in case the test fails.
    pub(super) fn tell(&mut self, step: String) {
        self.story.push(step);
    }

    /// Fails where something never happened.
    pub(super) fn is_complete(&self) {
        let never: Vec<_> = KINDS.iter().filter(|kind| self.counts[*kind] == 0).collect();
        assert!(never.is_empty(), "never happened: {never:?}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = KINDS.map(|kind| format!("{kind} {}", self.counts[kind]));
        f.write_str(&counts.join(", "))
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if thread::panicking() {
            let last = &self.story[self.story.len().saturating_sub(STORY)..];
            eprintln!("--- the last steps:\n{}\n--- so far: {self}", last.join("\n"));
        }
    }
}
