//! Ledgers with years behind them, filled by SQL: everything stands where it would, and only the hash chain does not add up, which
//! nothing that appends looks at.
//!
//! The indexes are taken away meanwhile: made over everything at once they take minutes, kept up row by row they take hours.

mod postgres;
mod sqlite;

pub(crate) use postgres::fill_postgres;
pub(crate) use sqlite::fill_sqlite;

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Purses, each with one identity, as [`crate::crowd::Crowd`] names them.
    pub(crate) purses: u32,
    /// Entries, of everybody alike.
    pub(crate) entries: u32,
}
