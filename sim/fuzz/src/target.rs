use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use thiserror::Error;

/// Something that reads bytes, and the rules that it keeps.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// What is tried.
    pub what: &'static str,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
    /// Whole lines that mean something to it.
    pub lines: &'static [&'static str],
    /// The longest input, in bytes.
    pub bytes_max: usize,
    /// Its share of the time, against the others'.
    pub share: u32,
    /// Tries one input.
    pub check: fn(&[u8]) -> Verdict,
}

/// What an input was to the target. Inputs that were something new are changed further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seen(u64);

impl Seen {
    /// Something that is told apart from others by `what`.
    pub fn new(what: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A text, such as an error, without what the input put into it: numbers and anything quoted.
    #[must_use]
    pub fn shape(text: &str) -> Self {
        let outside = text.split(['`', '"', '\'']).step_by(2);
        let letters = outside.flat_map(str::chars).filter(|c| !c.is_ascii_digit()).take(120);
        Self::new(letters.collect::<String>())
    }
}

/// A rule that an input broke.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Wrong {
    /// The rule.
    pub rule: &'static str,
    /// How it was broken.
    pub how: String,
}

impl Wrong {
    /// `rule` was broken in this way.
    #[must_use]
    pub fn new(rule: &'static str, how: impl fmt::Display) -> Self {
        Self { rule, how: how.to_string() }
    }

    /// Nothing, if `holds`.
    pub fn unless(holds: bool, rule: &'static str, how: impl FnOnce() -> String) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self { rule, how: how() }) }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.how)
    }
}

/// What came of an input: what it was to the target, or the rule that it broke.
pub type Verdict = Result<Seen, Wrong>;
