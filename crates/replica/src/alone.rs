//! Why an identity is left alone until someone looks.

/// Its row shows something that is no number.
pub(crate) const NOT_A_NUMBER: &str = "not a number";
/// It has several rows.
pub(crate) const DUPLICATE: &str = "several rows";
/// To write its row takes the whole transaction away, so it is not tried again.
pub(crate) const ROLLS_BACK: &str = "a trigger on it rolls the transaction back";
/// What it should show is no amount.
pub(crate) const OVERFLOW: &str = "the balance would overflow";
/// What it should show cannot be read back from the column.
pub(crate) const TOO_LARGE: &str = "the balance is too large for the column";
/// It was written, and then it was not there.
pub(crate) const REMOVED: &str = "the bot's own trigger removed the row";
