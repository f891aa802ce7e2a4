//! How much at once, and how long.

/// Answers of up to so many balances reach the bot's rows in the same transaction.
pub(crate) const SETTLED_AT_ONCE_MAX: usize = 200;
/// Deletions that nobody asked about are taken for granted after ten minutes.
pub(crate) const DELETIONS_MS: i64 = 600_000;
/// How many differences are listed; all are counted.
pub(crate) const LISTED_MAX: usize = 100;
/// How many offending rows a problem names.
pub(crate) const NAMED_MAX: usize = 5;
