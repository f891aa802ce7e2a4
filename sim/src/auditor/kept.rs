//! What is included is kept for as long as it may be needed, and not for ever.

use super::{Auditor, Checked, Memory, Violation, eye::Event};

/// How far the clocks of a world may be from each other, with much to spare.
const SLACK_MS: i64 = 86_400_000;

impl Memory {
    /// These were seen among what is kept, and these in the outbox, where an event may come again.
    pub(super) fn note_kept(&mut self, kept: &[Event], outbox: &[Event], now_ms: i64) {
        for event in outbox {
            self.kept_since.remove(&event.key);
        }
        for event in kept {
            self.kept_since.entry(event.key).or_insert(now_ms);
        }
    }
}

impl Auditor {
    /// In step, and looked through since: nothing is left that was included so long ago that no backup of the ledger
    /// lacks it.
    pub fn pruned(&self, mut platforms: impl Iterator<Item = usize>) -> Checked {
        platforms.try_for_each(|platform| self.check_pruned(platform))
    }

    fn check_pruned(&self, platform: usize) -> Checked {
        let watched = &self.platforms[platform];
        if watched.eye.tables()?.is_none() {
            return Ok(());
        }
        let oldest_ms = self.time.now_ms() - self.keep_ms - SLACK_MS;
        let is_old = |event: &Event| {
            watched.memory.kept_since.get(&event.key).is_some_and(|&since_ms| since_ms < oldest_ms)
        };
        let old = watched.eye.kept(-1)?.into_iter().filter(is_old).count();
        if old > 0 {
            let what = format!("in step, {} keeps {old} events for longer than it has to", watched.name);
            return Err(Violation::new(5, what));
        }
        Ok(())
    }
}
