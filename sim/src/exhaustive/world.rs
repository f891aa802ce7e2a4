//! Everything there is.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use onepurse_core::Amount;

use super::{
    config::{Budget, Config, Start},
    database::Database,
    engine::{Engines, Heard, KEEP_MS, Transcript},
    log::Log,
    words::{Event, FIRST_NUMBER, PLATFORMS, Person, Said},
};

/// The time at which everything begins. Engines look through what is kept only after a minute.
const START_MS: i64 = 1_000;

/// One state of the search. What it is made of is shared between states until it changes.
#[derive(Clone)]
pub(super) struct World {
    pub(super) ledger: Arc<Log>,
    pub(super) ledger_backup: Option<Arc<Log>>,
    pub(super) sides: [Side; PLATFORMS],
    /// Requests to append that were sent, and may arrive once more.
    pub(super) sent: Vec<(usize, Vec<Event>)>,
    pub(super) left: Budget,
    /// Ledgers put back so far.
    pub(super) era: u8,
    /// How often much time has passed.
    pub(super) ages: u8,
    /// The number of what is captured next, and the time.
    number: u8,
    /// Replicas that there ever were, and links.
    pub(super) replicas: u8,
    pub(super) links: u8,
}

/// One platform.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) database: Arc<Database>,
    pub(super) backup: Option<Arc<Database>>,
    pub(super) engines: [Arc<Transcript>; 2],
    /// Keys that the ledger has acknowledged to this platform's engines. Only a world in which own keys do not come from
    /// the log has a use for it.
    pub(super) acknowledged: u32,
}

impl World {
    pub(super) fn new(config: &Config, engines: &Engines) -> Self {
        let side = |platform| {
            let mut database = Database::default();
            let people =
                if config.start == Start::NoRows || platform >= config.platforms { 0 } else { config.people };
            // The second platform begins with nothing, so that a link of what is nothing is among the links.
            let row = |nth: usize| if platform == 0 { Amount::new(1 << nth) } else { Amount::ZERO };
            for nth in 0..people {
                database.rows[nth] = Some(row(nth));
            }
            let engines = [engines.idle(platform), engines.idle(platform)];
            Side { database: Arc::new(database), backup: None, engines, acknowledged: 0 }
        };
        Self {
            ledger: Arc::default(),
            ledger_backup: None,
            sides: [side(0), side(1)],
            sent: vec![],
            left: config.budget,
            era: 0,
            ages: 0,
            number: FIRST_NUMBER,
            replicas: 0,
            links: 0,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        START_MS + i64::from(self.number) + i64::from(self.ages) * 2 * KEEP_MS
    }

    /// An answer that comes now. What the beginning of a cycle is good for is what is kept, and there only long times
    /// matter.
    pub(super) fn heard(&self, said: Said) -> Heard {
        let began_ms = START_MS + i64::from(self.ages) * 2 * KEEP_MS;
        Heard { said, now_ms: self.now_ms(), began_ms }
    }

    /// An event with a number of its own. Where the bot's clock stepped back, it has a time from before everything.
    pub(super) fn event(&mut self, person: Person, is_opening: bool, delta: Amount, is_early: bool) -> Event {
        let at_ms = if is_early { START_MS } else { self.now_ms() };
        let number = self.number;
        self.number += 1;
        Event { person, is_opening, number, delta, at_ms }
    }

    /// How much the next change moves: an amount of its own.
    pub(super) fn next_amount(&self) -> Amount {
        Amount::new(1 << self.number)
    }

    pub(super) fn database(&self, platform: usize) -> &Database {
        &self.sides[platform].database
    }

    pub(super) fn database_mut(&mut self, platform: usize) -> &mut Database {
        Arc::make_mut(&mut self.sides[platform].database)
    }

    /// What everything durable is: whatever engines are at makes no difference to it.
    pub(super) fn durable(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.ledger, &self.sides[0].database, &self.sides[1].database).hash(&mut hasher);
        hasher.finish()
    }

    /// What state this is. The engines of a replica are alike.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.ledger, &self.ledger_backup, &self.sent, self.left).hash(&mut hasher);
        (self.era, self.ages, self.number, self.replicas, self.links).hash(&mut hasher);
        for side in &self.sides {
            let [one, other] = [side.engines[0].print(), side.engines[1].print()];
            (&side.database, &side.backup, one.min(other), one.max(other), side.acknowledged)
                .hash(&mut hasher);
        }
        hasher.finish()
    }
}
