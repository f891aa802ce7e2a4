use std::fmt;

/// The hash of an entry, which covers the entry and everything before it. Zero before the first entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({self})")
    }
}

/// A place in one ledger's log: the last entry that was applied. Two logs that differ before `seq` differ in `hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cursor {
    /// The entry's number; 0 before the first.
    pub seq: i64,
    /// The entry's hash.
    pub hash: ChainHash,
}

impl Cursor {
    /// Before the first entry.
    pub const ZERO: Self = Self { seq: 0, hash: ChainHash([0; 32]) };
}
