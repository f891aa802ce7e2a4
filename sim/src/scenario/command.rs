//! What a scenario can say.

use std::{fmt, ops::RangeInclusive};

use onepurse_replica::Decision;

use crate::shape::Shape;

/// One platform, by its place in the first line.
pub(super) type Platform = usize;

/// Someone on a platform.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) platform: Platform,
    pub(super) id: String,
    /// `telegram:456`
    pub(super) identity: String,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.identity)
    }
}

/// What can be backed up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Ledger,
    Platform(Platform),
}

/// One line.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// A bot's statement.
    Bot {
        platform: Platform,
        sql: String,
        is_refused: bool,
    },
    /// Everyone within reach comes to be in step.
    Rest,
    /// An administrator says that two are one person.
    Link {
        stays: Person,
        joins: Person,
        is_refused: bool,
    },
    CutOff(Platform),
    Reconnect(Platform),
    LedgerDown,
    LedgerUp,
    /// The program that keeps the platforms in step dies where it is.
    Kill,
    Start,
    /// What was said of where databases stand arrives once more.
    RegisterAgain,
    BackUp(Place),
    PutBack(Place),
    /// A bot drops its table and makes it again, empty.
    Remake(Platform),
    DropTriggers(Platform),
    /// The verb begins; `detach` brings it to its end.
    BeginDetach(Platform),
    Detach(Platform),
    /// So many days go by at once.
    Days(u32),
    Attach(Platform, Option<Decision>),
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
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) command: Command,
}

/// A text that was read.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) platforms: Vec<(String, Shape)>,
    pub(super) lines: Vec<Line>,
    /// What the one `step` with a range goes through; one number where there is none.
    pub(super) sweep: RangeInclusive<u32>,
}

impl Scenario {
    pub(super) fn expectations(&self) -> usize {
        self.lines.iter().filter(|line| line.command.is_expectation()).count()
    }

    pub(super) fn has_sweep(&self) -> bool {
        self.sweep.start() != self.sweep.end()
    }
}
