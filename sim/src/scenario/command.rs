//! What a scenario can say.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use onepurse_core::{Amount, AssetName, EventKey, Identity, Movement, Order, Quantity};
use onepurse_replica::Decision;

use crate::shape::Shape;

/// One platform, by its place in the first line.
pub type Platform = usize;

/// Someone on a platform.
#[derive(Debug, Clone)]
pub struct Person {
    /// Where.
    pub platform: Platform,
    /// As the bot's table has it.
    pub id: String,
    /// `telegram:456`
    pub identity: String,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.identity)
    }
}

/// What can be backed up.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The ledger.
    Ledger,
    /// A bot's database.
    Platform(Platform),
}

/// How coins move by somebody's word.
#[derive(Debug, Clone)]
pub enum Deed {
    /// They come to someone.
    Earn(Person, i64),
    /// They go from someone.
    Spend(Person, i64),
    /// They go from one to another.
    Transfer(Person, Person, i64),
    /// Someone's balance is corrected.
    Adjust(Person, i64),
    /// What was done under this name is undone.
    Reverse(String),
}

impl Deed {
    /// As an order under `key`; `done` says which entry each named one has become.
    pub fn order(&self, key: EventKey, done: &BTreeMap<String, i64>) -> Result<Order, String> {
        let asset = AssetName::default();
        let who = |person: &Person| {
            person.identity.parse::<Identity>().map_err(|error| format!("{person}: {error}"))
        };
        let quantity = |coins: &i64| {
            Quantity::new(Amount::new(*coins)).ok_or_else(|| format!("{coins} is no quantity of coins"))
        };
        let movement = match self {
            Self::Earn(to, coins) => Movement::Earn { to: who(to)?, asset, quantity: quantity(coins)? },
            Self::Spend(from, coins) => {
                Movement::Spend { from: who(from)?, asset, quantity: quantity(coins)? }
            }
            Self::Transfer(from, to, coins) => {
                Movement::Transfer { from: who(from)?, to: who(to)?, asset, quantity: quantity(coins)? }
            }
            Self::Adjust(identity, coins) => {
                Movement::Adjust { identity: who(identity)?, asset, delta: Amount::new(*coins) }
            }
            Self::Reverse(name) => {
                let seq = done.get(name).ok_or_else(|| format!("nothing was done as `{name}`"))?;
                Movement::Reverse { seq: *seq }
            }
        };
        Ok(Order { key, movement, actor: Some("ada".to_owned()), reason: Some("asked".to_owned()) })
    }
}

/// One line.
#[derive(Debug, Clone)]
pub enum Command {
    /// A bot's statement.
    Bot {
        /// Whose.
        platform: Platform,
        /// One statement.
        sql: String,
        /// The database says no.
        is_refused: bool,
    },
    /// Everyone within reach comes to be in step.
    Rest,
    /// An administrator says that two are one person.
    Link {
        /// Their purse stays.
        stays: Person,
        /// Their purse joins.
        joins: Person,
        /// The ledger says no.
        is_refused: bool,
    },
    /// Someone leaves the purse that they share.
    Unlink {
        /// Who.
        who: Person,
        /// The ledger says no.
        is_refused: bool,
    },
    /// Someone is forgotten.
    Forget {
        /// Who.
        who: Person,
        /// It cannot be done.
        is_refused: bool,
    },
    /// Someone is given a link code.
    Code(Person),
    /// Someone types it.
    Redeem {
        /// Who types.
        by: Person,
        /// Whose last code.
        maker: Person,
        /// The ledger says no.
        is_refused: bool,
    },
    /// Coins move by somebody's word, straight on the ledger.
    Order {
        /// How.
        deed: Deed,
        /// What its sender knows it by; said twice, it is one order.
        name: Option<String>,
        /// The ledger says no.
        is_refused: bool,
    },
    /// From now on what a bot spends below zero is undone.
    UndoOverdrafts,
    /// The platform cannot reach the ledger.
    CutOff(Platform),
    /// It can again.
    Reconnect(Platform),
    /// Nobody can reach the ledger.
    LedgerDown,
    /// Everyone can again.
    LedgerUp,
    /// The program that keeps the platforms in step dies where it is.
    Kill,
    /// It is started again.
    Start,
    /// What was said of where databases stand arrives once more.
    RegisterAgain,
    /// A copy is kept.
    BackUp(Place),
    /// The copy takes its place.
    PutBack(Place),
    /// A bot drops its table and makes it again, empty.
    Remake(Platform),
    /// Somebody takes capture away.
    DropTriggers(Platform),
    /// The verb begins; `detach` brings it to its end.
    BeginDetach(Platform),
    /// The verb, to its end.
    Detach(Platform),
    /// So many days go by at once.
    Days(u32),
    /// It is to be kept in step again; differences are decided beforehand, or not.
    Attach(Platform, Option<Decision>),
    /// An operator answers.
    Resume(Platform, Decision),
    /// Each engine makes so many calls, and stops where it is then; of a range, each number is a world of its own.
    Step(RangeInclusive<u32>),
    /// The bot's row.
    Show(Person, i64),
    /// The ledger's purse.
    Purse(Person, i64),
    /// The bot has no row of them.
    Absent(Person),
    /// The platform waits for an answer; everyone else is in step.
    Paused(Platform),
}

impl Command {
    /// It says what is to be seen.
    const fn is_expectation(&self) -> bool {
        matches!(
            self,
            Self::Show(..)
                | Self::Purse(..)
                | Self::Absent(_)
                | Self::Paused(_)
                | Self::Bot { is_refused: true, .. }
                | Self::Link { is_refused: true, .. }
                | Self::Unlink { is_refused: true, .. }
                | Self::Forget { is_refused: true, .. }
                | Self::Redeem { is_refused: true, .. }
                | Self::Order { is_refused: true, .. }
        )
    }
}

/// A command, and where it stands.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number in the text.
    pub number: usize,
    /// As it is written.
    pub text: String,
    /// What it says.
    pub command: Command,
}

/// A text that was read.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The platforms and their tables.
    pub platforms: Vec<(String, Shape)>,
    /// What happens.
    pub lines: Vec<Line>,
    /// What the one `step` with a range goes through; one number where there is none.
    pub sweep: RangeInclusive<u32>,
}

impl Scenario {
    pub(super) fn expectations(&self) -> usize {
        self.lines.iter().filter(|line| line.command.is_expectation()).count()
    }

    /// It is performed in one world for each number of a range.
    #[must_use]
    pub const fn has_sweep(&self) -> bool {
        *self.sweep.start() != *self.sweep.end()
    }
}
