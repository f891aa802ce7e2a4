//! What is explored: small worlds, each with a few of everything that can go wrong.

use std::sync::Arc;

use super::{names::Names, rule::Rule};

/// How many of each are left. Every action costs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Budget {
    /// Changes of a balance by a bot.
    pub(super) writes: u8,
    /// Of those, how many may have a time from before everything else: the bot's clock steps back.
    pub(super) early: u8,
    /// Rows inserted.
    pub(super) inserts: u8,
    /// Rows deleted.
    pub(super) deletes: u8,
    /// Purses made one.
    pub(super) links: u8,
    /// Requests to append that arrive once more, at any later time.
    pub(super) repeats: u8,
    /// Times that so much time passes that nothing included before is kept any longer.
    pub(super) ages: u8,
    /// Times that each platform's database is put back from a backup.
    pub(super) replica_restores: [u8; 2],
    /// Times that the ledger is.
    pub(super) ledger_restores: u8,
}

/// What there is at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Everyone has a row, and all are in step.
    InStep,
    /// All are in step, and nobody has a row.
    NoRows,
    /// Everyone has a row, and nothing was ever attached.
    Detached,
}

/// One small world.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// What people call it.
    pub(super) name: &'static str,
    pub(super) start: Start,
    /// Platforms with a bot.
    pub(super) platforms: usize,
    /// Identities a platform.
    pub(super) people: usize,
    /// Engines a replica.
    pub(super) engines: usize,
    /// Bots also take coins away.
    pub(super) minus: bool,
    /// Bots never let a balance go below zero: what is taken away is all that the row shows.
    pub(super) clamps: bool,
    /// Engines let news of their own wait.
    pub(super) lingers: bool,
    /// Calls are answered by an error, whether they were carried out or not.
    pub(super) losses: bool,
    pub(super) budget: Budget,
}

/// The smallest one: the others are this with more.
const ONE: Config = Config {
    name: "",
    start: Start::InStep,
    platforms: 1,
    people: 1,
    engines: 1,
    minus: false,
    clamps: false,
    lingers: false,
    losses: false,
    budget: Budget {
        writes: 2,
        early: 0,
        inserts: 0,
        deletes: 0,
        links: 0,
        repeats: 0,
        ages: 0,
        replica_restores: [0; 2],
        ledger_restores: 0,
    },
};

/// Every config there is: most can be exhausted, and the last never will be.
pub(super) fn all() -> Vec<Config> {
    let b = ONE.budget;
    let two = Config { platforms: 2, ..ONE };
    let empty = Start::NoRows;
    let mut all = vec![
        Config {
            name: "engines",
            engines: 2,
            minus: true,
            losses: true,
            budget: Budget { writes: 3, ..b },
            ..ONE
        },
        Config { name: "clock", engines: 2, budget: Budget { early: 1, ledger_restores: 1, ..b }, ..ONE },
        Config {
            name: "repeat",
            engines: 2,
            budget: Budget { repeats: 2, replica_restores: [1, 0], ..b },
            ..ONE
        },
        Config { name: "link", budget: Budget { writes: 3, links: 1, ..b }, ..two },
        Config { name: "links", people: 2, budget: Budget { writes: 1, links: 2, ..b }, ..two },
        Config { name: "linger", lingers: true, budget: Budget { links: 1, ..b }, ..two },
        Config { name: "floor", minus: true, clamps: true, budget: Budget { links: 1, ..b }, ..two },
    ];
    all.extend(restores());
    all.extend([
        Config {
            name: "insert",
            start: empty,
            budget: Budget { writes: 1, inserts: 2, deletes: 1, ..b },
            engines: 2,
            ..ONE
        },
        Config {
            name: "insert-link",
            start: empty,
            budget: Budget { writes: 1, inserts: 2, links: 1, ..b },
            ..two
        },
        Config {
            name: "attach",
            start: Start::Detached,
            engines: 2,
            budget: Budget { writes: 1, ..b },
            ..ONE
        },
    ]);
    all.push(Config {
        name: "everything",
        minus: true,
        budget: Budget {
            writes: 3,
            early: 0,
            inserts: 1,
            deletes: 1,
            links: 1,
            repeats: 1,
            ages: 1,
            replica_restores: [1, 0],
            ledger_restores: 1,
        },
        ..two
    });
    all
}

/// Those in which backups are put back: of a replica, of the ledger, of both.
fn restores() -> Vec<Config> {
    let (b, two) = (ONE.budget, Config { platforms: 2, ..ONE });
    let replica = Budget { replica_restores: [1, 0], ..b };
    let ledger = Budget { ledger_restores: 1, ..b };
    let both = Budget { replica_restores: [1, 0], ..ledger };
    let inserts = Budget { writes: 1, inserts: 2, deletes: 1, ..both };
    vec![
        Config { name: "replica", engines: 2, minus: true, budget: replica, ..ONE },
        Config { name: "replica-link", budget: Budget { writes: 1, links: 1, ..replica }, ..two },
        Config { name: "ledger", engines: 2, budget: Budget { repeats: 1, ..ledger }, ..ONE },
        Config { name: "ledger-link", budget: Budget { writes: 1, links: 2, ..ledger }, ..two },
        Config { name: "both", engines: 2, budget: Budget { writes: 1, ..both }, ..ONE },
        Config { name: "both-link", budget: Budget { writes: 1, links: 1, ..both }, ..two },
        Config { name: "prune", budget: Budget { ages: 2, ..both }, ..ONE },
        Config { name: "prune-engines", engines: 2, budget: Budget { writes: 2, ages: 1, ..ledger }, ..ONE },
        Config { name: "floor-both", minus: true, clamps: true, budget: Budget { writes: 3, ..both }, ..ONE },
        Config { name: "insert-both", start: Start::NoRows, budget: Budget { ages: 1, ..inserts }, ..ONE },
        Config { name: "attach-both", start: Start::Detached, budget: Budget { writes: 1, ..both }, ..ONE },
    ]
}

/// A config with all that it takes to play it.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) config: Config,
    pub(super) names: Arc<Names>,
    /// The rule that is taken away.
    pub(super) without: Option<Rule>,
}

impl Setting {
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}
