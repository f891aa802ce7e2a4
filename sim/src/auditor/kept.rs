//! What is included is kept for as long as it may be needed, and not for ever.

use super::{
    Auditor, Checked, Memory, Violation,
    eye::{Event, Told},
};

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

    /// The bot is told this.
    pub(super) fn note_told(&mut self, told: &[Told], now_ms: i64) {
        for row in told {
            self.told_since.entry(row.key).or_insert(now_ms);
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
        let Some(tables) = watched.eye.tables()? else { return Ok(()) };
        let oldest_ms = self.time.now_ms() - self.keep_ms - SLACK_MS;
        let is_old = |event: &Event| {
            watched.memory.kept_since.get(&event.key).is_some_and(|&since_ms| since_ms < oldest_ms)
        };
        let kept = watched.eye.kept(-1)?;
        let old = kept.iter().filter(|event| is_old(event)).count();
        if old > 0 {
            let what = format!("in step, {} keeps {old} events for longer than it has to", watched.name);
            return Err(Violation::new(5, what));
        }
        // What something as old is kept of may be told again.
        let kept_ms = kept.iter().chain(&tables.outbox).map(|event| event.at_ms).min().unwrap_or(i64::MAX);
        let is_old = |row: &Told| {
            let since_ms = watched.memory.told_since.get(&row.key).copied().unwrap_or(i64::MAX);
            since_ms < oldest_ms && row.captured_ms < kept_ms
        };
        match watched.eye.told()?.iter().find(|row| is_old(row)) {
            Some(row) => {
                let what =
                    format!("in step, {} tells its bot {row:?} for longer than it has to", watched.name);
                Err(Violation::new(5, what))
            }
            None => Ok(()),
        }
    }
}
