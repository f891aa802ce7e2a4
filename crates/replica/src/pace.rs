//! How much at once, and how long.

use std::time::Duration;

/// Answers of up to so many balances reach the bot's rows in the same transaction.
pub(crate) const SETTLED_AT_ONCE_MAX: usize = 200;
/// Deletions that nobody asked about are taken for granted after ten minutes.
pub(crate) const DELETIONS_MS: i64 = 600_000;
/// How many differences are listed; all are counted.
pub(crate) const LISTED_MAX: usize = 100;
/// How many offending rows a problem names.
pub(crate) const NAMED_MAX: usize = 5;
/// Up to so many rows of a bot in SQLite are opened in one transaction.
pub(crate) const OPENED_AT_ONCE_MAX: usize = 10_000;
/// And for no longer than this: a bot has to wait until it is over. One that waits looks again after 1, 3, 8, 18, 33 and 53 ms.
pub(crate) const OPENING_MS: i64 = 10;
/// For so long its database is left alone between two of them.
pub(crate) const PAUSE: Duration = Duration::from_millis(10);
