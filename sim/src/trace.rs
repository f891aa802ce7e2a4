//! What happened, step by step: as lines, or only as their fingerprint.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The trace of a world.
pub struct Trace {
    hasher: DefaultHasher,
    /// Kept where the story is to be told.
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its lines, or only their fingerprint.
    #[must_use]
    pub fn new(is_told: bool) -> Self {
        Self { hasher: DefaultHasher::new(), lines: is_told.then(Vec::new) }
    }

    /// One thing more.
    pub fn line(&mut self, step: u64, elapsed_ms: i64, what: impl FnOnce() -> String) {
        let what = what();
        (step, elapsed_ms, &what).hash(&mut self.hasher);
        if let Some(lines) = &mut self.lines {
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            let elapsed_s = elapsed_ms as f64 / 1_000.0;
            lines.push(format!("{step:>6} {elapsed_s:>10.3}s  {what}"));
        }
    }

    /// The fingerprint of all lines so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.hasher.finish()
    }

    /// The lines, if they were kept.
    #[must_use]
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
