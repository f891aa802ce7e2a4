use std::{fmt, hash::Hash, io};

/// A bot's own store of balances: in memory, and written out as a whole by its own way.
///
/// Nothing in it calls onepurse, and nothing in it may panic: everything is done under the lock that the bot's own calls take.
pub trait Store: Send + Sync + 'static {
    /// What the bot knows its people by. Its text is their id on the platform.
    type Id: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static;

    /// Everybody who has a balance.
    fn ids(&self) -> impl Iterator<Item = Self::Id>;

    /// How much somebody has, in the smallest unit. `None` for whom the store does not have: a value that is made up for them
    /// would be taken for one that the bot has set.
    fn shown(&self, id: &Self::Id, asset: &str) -> Option<i64>;

    /// Makes it show this, which came in. Called only for somebody whom it has. A store that cannot (nobody may have more than
    /// a million) shows what is nearest: [`Store::shown`] is asked again, and what is missing is tried later.
    fn show(&mut self, id: &Self::Id, asset: &str, value: i64);

    /// Writes it out. When this has returned well, a killed process has forgotten nothing of what it shows: what onepurse knows
    /// of older values goes then, and a store that was not written would be misunderstood at the next start.
    fn save(&mut self) -> io::Result<()>;
}
