//! What can go wrong, and how often it did.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// Every kind of fault that a world injects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A request to the ledger was lost.
    LostRequest,
    /// The ledger did what was asked, and its answer was lost.
    LostAnswer,
    /// A request arrived once more, later.
    Repeated,
    /// A transaction of ours was cut off in its middle.
    CutOff,
    /// A process died between two steps.
    Crash,
    /// A process died in the middle of a transaction, or right after it.
    CrashInside,
    /// A platform's engine could not reach the ledger for a while.
    Partition,
    /// A platform's database could not be reached for a while.
    PlatformDead,
    /// The ledger was down for a while.
    LedgerDown,
    /// The ledger's disk was full for a while.
    LedgerDiskFull,
    /// A bot's disk was full for a while.
    BotDiskFull,
    /// A database was busy when we came.
    Busy,
    /// A clock was set off.
    ClockSet,
    /// Time jumped.
    TimeJump,
    /// A platform's database was put back from a backup.
    ReplicaRestored,
    /// The ledger was put back from a backup.
    LedgerRestored,
    /// A second program worked on the same platforms.
    SecondEngine,
    /// A bot dropped its table and made it again.
    TableRemade,
    /// Somebody removed the triggers.
    TriggersDropped,
    /// A bot's program died with a transaction open.
    BotDied,
    /// A platform was detached.
    Detached,
    /// A bot's database was replaced by an empty one.
    Wiped,
    /// An event that the rules had rejected was taken in after all, or dismissed.
    Rejected,
    /// A bot spent what was spent elsewhere already, and that was undone.
    Overdrawn,
    /// Somebody's name was erased.
    Forgotten,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::LostRequest,
        Self::LostAnswer,
        Self::Repeated,
        Self::CutOff,
        Self::Crash,
        Self::CrashInside,
        Self::Partition,
        Self::PlatformDead,
        Self::LedgerDown,
        Self::LedgerDiskFull,
        Self::BotDiskFull,
        Self::Busy,
        Self::ClockSet,
        Self::TimeJump,
        Self::ReplicaRestored,
        Self::LedgerRestored,
        Self::SecondEngine,
        Self::TableRemade,
        Self::TriggersDropped,
        Self::BotDied,
        Self::Detached,
        Self::Wiped,
        Self::Rejected,
        Self::Overdrawn,
        Self::Forgotten,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostRequest => "requests lost",
            Self::LostAnswer => "answers lost",
            Self::Repeated => "requests repeated late",
            Self::CutOff => "transactions cut off",
            Self::Crash => "crashes between steps",
            Self::CrashInside => "crashes inside a step",
            Self::Partition => "partitions",
            Self::PlatformDead => "platforms dead",
            Self::LedgerDown => "ledger down",
            Self::LedgerDiskFull => "ledger's disk full",
            Self::BotDiskFull => "bots' disks full",
            Self::Busy => "databases busy",
            Self::ClockSet => "clocks set off",
            Self::TimeJump => "time jumps",
            Self::ReplicaRestored => "replicas restored",
            Self::LedgerRestored => "ledgers restored",
            Self::SecondEngine => "second engines",
            Self::TableRemade => "tables remade",
            Self::TriggersDropped => "triggers dropped",
            Self::BotDied => "bots died",
            Self::Detached => "platforms detached",
            Self::Wiped => "databases wiped",
            Self::Rejected => "rejected events decided",
            Self::Overdrawn => "overdrafts undone",
            Self::Forgotten => "names erased",
        }
    }
}

/// How often each happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Faults(BTreeMap<Fault, u64>);

impl Faults {
    /// It happened once more.
    pub fn count(&mut self, fault: Fault) {
        self.count_times(fault, 1);
    }

    /// It happened so many times more.
    pub fn count_times(&mut self, fault: Fault, times: u64) {
        *self.0.entry(fault).or_default() += times;
    }

    /// How often it happened.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or_default()
    }

    /// Adds those of another world.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(fault, count)| *self.0.entry(*fault).or_default() += count);
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fault::ALL.iter().try_for_each(|&fault| writeln!(f, "  {:>9}  {}", self.of(fault), fault.name()))
    }
}
