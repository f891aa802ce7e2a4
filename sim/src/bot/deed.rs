//! Everything that a bot does, and how often.

/// What a bot does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// `coins = coins + ?`.
    Add,
    /// `coins = MAX(0, coins - ?)`.
    Spend,
    /// `coins = coins - ?`, whatever comes of it.
    Overspend,
    /// Everything that there is.
    SpendAll,
    /// Reads a balance, to write it back changed at some later time.
    Read,
    /// Writes what it computed from what it has read, however long ago.
    Save,
    /// Writes the balance that is there.
    SaveSame,
    /// Writes another column.
    Note,
    /// A gift to everyone.
    AddAll,
    /// A season begins: everyone has nothing.
    ResetAll,
    /// `INSERT OR REPLACE`.
    Replace,
    /// `INSERT OR IGNORE`.
    Ignore,
    /// `INSERT … ON CONFLICT DO UPDATE`, where there is a key; else an INSERT where there is no row.
    Upsert,
    /// Deletes someone.
    Delete,
    /// Deletes someone, and inserts them again.
    Renew,
    /// From one to another, in one transaction.
    Transfer,
    /// Someone's row becomes another's, who may have one: then that one goes.
    Rename,
    /// Writes something that is no number into a balance: a text where there is a key, else NULL.
    Odd,
    /// Where there is no key: someone gets another row.
    Double,
    /// Someone's last row goes, where there are several.
    Single,
    /// Opens a transaction, and leaves it open for a while.
    Begin,
    /// Commits it.
    Commit,
    /// Takes it back.
    Rollback,
}

/// How often each is done.
pub(super) const DEEDS: &[(u32, Deed)] = &[
    (20, Deed::Add),
    (10, Deed::Spend),
    (1, Deed::Overspend),
    (5, Deed::SpendAll),
    (8, Deed::Read),
    (8, Deed::Save),
    (2, Deed::SaveSame),
    (2, Deed::Note),
    (1, Deed::AddAll),
    (1, Deed::ResetAll),
    (5, Deed::Replace),
    (3, Deed::Ignore),
    (6, Deed::Upsert),
    (2, Deed::Delete),
    (2, Deed::Renew),
    (4, Deed::Transfer),
    (2, Deed::Rename),
    (2, Deed::Odd),
    (3, Deed::Double),
    (3, Deed::Single),
    (4, Deed::Begin),
];
