//! The rules of the protocol that can be taken away, so that one sees what they are for.

/// What prevents a loss. Taken away one at a time, each must be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// An answer is applied only if the cursor is still where it was asked from.
    CursorCompared,
    /// Own keys come from the log's range, not from what was acknowledged.
    OwnFromLog,
    /// The cursor carries the hash of its entry.
    HashInCursor,
    /// A key that is in the log is skipped.
    KnownKeysSkipped,
    /// An opening's key is derived, not random.
    DerivedOpenings,
    /// Included rows are kept for a while.
    RowsKept,
    /// What is kept goes only if the ledger has accepted the cursor.
    CursorConfirmed,
    /// A link leaves entries of zero in both purses.
    ZeroEntries,
    /// Openings that an answer names are noted.
    OpeningsNoted,
    /// An answer from zero is refused where an older row is kept than it was asked with.
    OldestCompared,
    /// What is stored is lowered by the rows that a rewind sends again.
    StoredLowered,
    /// What is stored counts as nothing where an answer from zero does not name it.
    UnnamedIsZero,
}
