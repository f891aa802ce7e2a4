//! What a scenario can say.

use std::{fmt, ops::RangeInclusive};

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
