//! Two bots with one person in common: telegram's user 456 is discord's user 123.

use super::{
    bot::Bot,
    config::Config,
    shapes::{FOUNDING, Shape},
    wait::wait_until,
    world::World,
};

/// The person's number on telegram.
pub(crate) const T: u32 = 456;

/// The person's number on discord.
pub(crate) const D: u32 = 123;

/// A telegram bot of some shape, and a discord bot of the founding shape.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) telegram: Bot,
    pub(crate) discord: Bot,
}

impl Pair {
    /// Attached, linked and in step, at zero.
    pub(crate) fn of(telegram: Shape) -> Self {
        Self::with(telegram, "delete", |_| ())
    }

    /// The same with a journal mode of telegram's, and changes to the configuration.
    pub(crate) fn with(telegram: Shape, journal_mode: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut pair = Self::apart(telegram, journal_mode);
        pair.world.configure(change);
        pair.join();
        pair
    }

    /// Two bots who each know the person, configured, and nothing more: nothing of ours is there yet.
    pub(crate) fn apart(telegram: Shape, journal_mode: &str) -> Self {
        let mut world = World::new();
        let telegram = world.bot_in_mode("telegram", telegram, journal_mode);
        let discord = world.bot("discord", FOUNDING);
        telegram.register(T, 0);
        discord.register(D, 0);
        world.add(&telegram);
        world.add(&discord);
        Self { world, telegram, discord }
    }

    /// Attaches both and links the person.
    pub(crate) fn join(&self) {
        self.world.sync();
        self.world.link(&self.telegram.identity(T), &self.discord.identity(D));
        self.world.sync();
    }

    /// What the ledger and the two bots' databases have for the person.
    pub(crate) fn three(&self) -> [String; 3] {
        [self.coins(), self.telegram.stored(T), self.discord.stored(D)]
    }

    /// What the ledger has for the person.
    pub(crate) fn coins(&self) -> String {
        self.world.coins(&self.telegram.identity(T))
    }

    /// Synchronises, and finds this balance on all three sides.
    pub(crate) fn syncs_to(&self, balance: i64) {
        self.world.sync();
        let balance = balance.to_string();
        assert_eq!(self.three(), [balance.as_str(); 3], "ledger, telegram, discord");
    }

    /// Waits, beside a `run`, until this balance is on all three sides.
    pub(crate) fn comes_to(&self, balance: i64) {
        let balance = balance.to_string();
        let databases = || [self.telegram.stored(T), self.discord.stored(D)];
        wait_until(&format!("{balance} in both databases"), || databases() == [balance.as_str(); 2]);
        wait_until(&format!("{balance} in the ledger"), || self.coins() == balance);
    }

    /// The person's deltas that are not zero, oldest first.
    pub(crate) fn deltas(&self) -> Vec<String> {
        self.world.deltas(&self.telegram.identity(T))
    }
}
