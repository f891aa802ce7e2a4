//! Many people on both bots, who all play at once; and the sum of what became durable, to hold the ledger against.

use std::collections::BTreeMap;

use super::{bot::Load, pair::Pair, shapes::ECONOMY, world::World};

/// What everyone has on each bot before anything happens: enough that nobody's purse runs dry.
const OPENING: i64 = 20_000;

/// People 1, 2, 3… who have the same number on telegram and on discord.
pub(crate) struct Crowd {
    pub(crate) pair: Pair,
    users: Vec<u32>,
}

impl Crowd {
    /// So many people, all linked and in step.
    pub(crate) fn of(people: u32, journal_mode: &str) -> Self {
        let crowd = Self::apart(people, journal_mode);
        crowd.users.iter().for_each(|&user| crowd.link(user));
        crowd.world().sync();
        crowd
    }

    /// So many people, attached, nobody linked.
    pub(crate) fn apart(people: u32, journal_mode: &str) -> Self {
        let pair = Pair::apart(ECONOMY, journal_mode);
        let users: Vec<u32> = (1..=people).collect();
        for &user in &users {
            pair.telegram.register(user, OPENING);
            pair.discord.register(user, OPENING);
        }
        pair.world.sync();
        Self { pair, users }
    }

    pub(crate) const fn world(&self) -> &World {
        &self.pair.world
    }

    pub(crate) fn link(&self, user: u32) {
        self.world().link(&self.pair.telegram.identity(user), &self.pair.discord.identity(user));
    }

    /// Lets both bots play, with pauses of up to `pause_ms`.
    pub(crate) fn start(&self, pause_ms: u32) {
        self.pair.telegram.start_load(&self.users, 1, pause_ms);
        self.pair.discord.start_load(&self.users, 2, pause_ms);
    }

    /// Stops both; what they report, as one.
    pub(crate) fn stop(&self) -> Load {
        let [one, other] = [self.pair.telegram.stop_load(), self.pair.discord.stop_load()];
        let mut durable: BTreeMap<u32, i64> = one.durable.into_iter().collect();
        other.durable.into_iter().for_each(|(user, sum)| *durable.entry(user).or_default() += sum);
        Load {
            durable: durable.into_iter().collect(),
            writes: one.writes + other.writes,
            errors: [one.errors, other.errors].concat(),
            slowest_ms: one.slowest_ms.max(other.slowest_ms),
        }
    }

    /// Synchronises; then the ledger and both databases have exactly what was durably written, and `verify` agrees.
    /// Everyone must be linked by now.
    pub(crate) fn agrees_on(&self, load: &Load) {
        self.world().sync();
        let Pair { telegram, discord, .. } = &self.pair;
        for &(user, earned) in &load.durable {
            let expected = (2 * OPENING + earned).to_string();
            let seen =
                [self.world().coins(&telegram.identity(user)), telegram.stored(user), discord.stored(user)];
            assert_eq!(seen, [expected.as_str(); 3], "person {user}: ledger, telegram, discord");
        }
        self.world().verify();
    }
}
