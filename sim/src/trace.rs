//! What happened, step by step: as lines, or only as their fingerprint.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{MAIN_SEPARATOR, Path},
};

/// The trace of a world.
pub struct Trace {
    hasher: DefaultHasher,
    /// Kept where the story is to be told.
    lines: Option<Vec<String>>,
    /// How the paths of what is inside the world's folder begin, which is another way in every run.
    inside: String,
}

impl Trace {
    /// A trace that keeps its lines, or only their fingerprint. What lies in `folder` is told by its bare name.
    #[must_use]
    pub fn new(is_told: bool, folder: &Path) -> Self {
        let inside = format!("{}{}", folder.display(), MAIN_SEPARATOR);
        Self { hasher: DefaultHasher::new(), lines: is_told.then(Vec::new), inside }
    }

    /// One thing more.
    pub fn line(&mut self, step: u64, elapsed_ms: i64, what: impl FnOnce() -> String) {
        let what = what().replace(&self.inside, "");
        (step, elapsed_ms, &what).hash(&mut self.hasher);
        if let Some(lines) = &mut self.lines {
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            let seconds = elapsed_ms as f64 / 1_000.0;
            lines.push(format!("{step:>6} {seconds:>10.3}s  {what}"));
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
