//! What a trigger writes down: that something happened to a row.

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Its balance changed.
    Changed,
    /// It was inserted, or counts from now on.
    Came,
    /// It was deleted, or does not count any more.
    Went,
    /// It is another identity's from now on, with its coins: the one that it was, and the one that it is.
    Lost,
    Got,
    /// All rows of the table went at once.
    Emptied,
    /// It could not be read, so something may have been missed.
    Blind,
}

impl What {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Changed, "changed"),
        (Self::Came, "came"),
        (Self::Went, "went"),
        (Self::Lost, "lost"),
        (Self::Got, "got"),
        (Self::Emptied, "emptied"),
        (Self::Blind, "blind"),
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(_, known)| *known == word).map(|(what, _)| what)
    }
}

/// What a trigger has written down.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) mapping: i64,
    pub(crate) id: String,
    pub(crate) what: What,
    /// What the row showed, and shows; `None` for what is no number.
    pub(crate) was: Option<i64>,
    pub(crate) shows: Option<i64>,
    pub(crate) at_ms: i64,
    pub(crate) nonce: [u8; 8],
    /// The bot's transaction, and the statement in it.
    pub(crate) transaction: i64,
    pub(crate) statement: i64,
    /// How many rows the identity has now, in the same snapshot; `None` where a key says that it is one at the most.
    pub(crate) rows: Option<i64>,
}

impl Fact {
    /// The rows that it adds to those of its identity: one or none.
    pub(super) fn comes(&self) -> i64 {
        i64::from(matches!(self.what, What::Came | What::Got))
    }

    /// The rows that it takes from those of its identity: one or none.
    pub(super) fn goes(&self) -> i64 {
        i64::from(matches!(self.what, What::Went | What::Lost))
    }
}
