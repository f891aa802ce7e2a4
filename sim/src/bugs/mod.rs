//! Deliberate bugs, one rule of the protocol taken away each: a simulator that does not find them proves nothing.
//!
//! They are planted where the engine meets its replica and the ledger, around the code that ships and never in it.

mod forget;
mod ledger;
mod meddle;
mod money;
mod replica;

pub(crate) use ledger::BuggyLedger;
pub(crate) use replica::BuggyReplica;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use onepurse_core::EventKey;

/// A rule taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Apply without suppression: what onepurse writes is captured as if the bot had.
    Captures,
    /// Apply without comparing the cursor.
    AppliesAnything,
    /// Own events are marked included after the transaction that applies, not in it.
    IncludesLater,
    /// Own events are included because they were acknowledged, not because the log has them.
    TrustsAcknowledgements,
    /// The ledger acknowledges before its commit is durable.
    AcknowledgesEarly,
    /// A move tells nobody where no coins moved.
    MovesSilently,
    /// A balance of nothing is not named.
    NamesNoNothing,
    /// The cursor is a number alone, without a hash.
    ForgetsHash,
    /// Included events are removed at once instead of being kept.
    PrunesAtOnce,
    /// An opening has a random key.
    OpensAtRandom,
    /// What is held is not read back from the row.
    HoldsWhatItMeant,
    /// A merge is counted twice.
    MergesTwice,
    /// An event whose key is known is taken as a new one.
    TakesTwice,
    /// After a restore of the ledger, stored balances are not lowered by what is sent again.
    RewindsHalf,
    /// First sight of nothing is not sent.
    IgnoresNothing,
    /// Triggers that are gone are never put back.
    NeverMends,
    /// A restored ledger's mismatch is answered by going on from where it was.
    GoesOn,
    /// Where a purse owes, a row shows a coin, and holds what it takes for that.
    ShowsDebts,
    /// Detaching removes what was captured and not sent.
    DetachesUnsent,
    /// The ledger rejects events that take coins away.
    RejectsSpending,
    /// What an operator has counted is counted twice.
    CountsTwice,
    /// What a bot did while it was detached is counted from what the ledger has today.
    CountsFromToday,
    /// A repair has a random key.
    RepairsAtRandom,
    /// What is kept is kept for ever.
    NeverPrunes,
    /// Whoever an answer from zero does not name keeps what is stored.
    KeepsUnnamed,
    /// The last registration that arrives is taken, whatever it was decided on.
    RegistersLate,
    /// Where a database was detached is noted as a number alone, without a hash.
    LeavesAnywhere,
    /// An order that was done is done again when it comes again.
    OrdersTwice,
    /// What was undone is undone again.
    ReversesTwice,
    /// Whoever is unlinked takes the coins along.
    PartsWithCoins,
    /// More is spent than there is.
    SpendsTooMuch,
    /// A bot is not told of what was undone.
    UndoesSilently,
    /// An answer says of everyone the purse of whom it names first.
    MixesPurses,
    /// Nobody hears of who has no name any more that they have nothing.
    ForgetsSilently,
    /// A name is erased although somebody has something under it.
    ErasesAnyone,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 35] = [
        Self::Captures,
        Self::AppliesAnything,
        Self::IncludesLater,
        Self::TrustsAcknowledgements,
        Self::AcknowledgesEarly,
        Self::MovesSilently,
        Self::NamesNoNothing,
        Self::ForgetsHash,
        Self::PrunesAtOnce,
        Self::OpensAtRandom,
        Self::HoldsWhatItMeant,
        Self::MergesTwice,
        Self::TakesTwice,
        Self::RewindsHalf,
        Self::IgnoresNothing,
        Self::NeverMends,
        Self::GoesOn,
        Self::ShowsDebts,
        Self::DetachesUnsent,
        Self::RejectsSpending,
        Self::CountsTwice,
        Self::CountsFromToday,
        Self::RepairsAtRandom,
        Self::NeverPrunes,
        Self::KeepsUnnamed,
        Self::RegistersLate,
        Self::LeavesAnywhere,
        Self::OrdersTwice,
        Self::ReversesTwice,
        Self::PartsWithCoins,
        Self::SpendsTooMuch,
        Self::UndoesSilently,
        Self::MixesPurses,
        Self::ForgetsSilently,
        Self::ErasesAnyone,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Captures => "apply without suppression",
            Self::AppliesAnything => "apply without comparing the cursor",
            Self::IncludesLater => "included marked outside the transaction",
            Self::TrustsAcknowledgements => "included taken from acknowledgements",
            Self::AcknowledgesEarly => "acknowledged before the commit is durable",
            Self::MovesSilently => "a move without its zero entry",
            Self::NamesNoNothing => "balances of nothing not named",
            Self::ForgetsHash => "no hash in the cursor",
            Self::PrunesAtOnce => "kept rows pruned at once",
            Self::OpensAtRandom => "opening with a random key",
            Self::HoldsWhatItMeant => "held not read back",
            Self::MergesTwice => "merge counted twice",
            Self::TakesTwice => "known keys taken again",
            Self::RewindsHalf => "stored balances not lowered on a mismatch",
            Self::IgnoresNothing => "first sight of nothing not sent",
            Self::NeverMends => "lost triggers not put back",
            Self::GoesOn => "a mismatch ignored",
            Self::ShowsDebts => "debts shown as coins",
            Self::DetachesUnsent => "events lost at detach",
            Self::RejectsSpending => "events rejected",
            Self::CountsTwice => "differences counted twice",
            Self::CountsFromToday => "detached changes counted from today",
            Self::RepairsAtRandom => "repairs with keys of their own",
            Self::NeverPrunes => "nothing ever pruned",
            Self::KeepsUnnamed => "whoever is not named keeps coins",
            Self::RegistersLate => "the last registration taken",
            Self::LeavesAnywhere => "no hash in the note of a detached database",
            Self::OrdersTwice => "orders done again",
            Self::ReversesTwice => "reversals done again",
            Self::PartsWithCoins => "coins taken along by who is unlinked",
            Self::SpendsTooMuch => "more spent than there is",
            Self::UndoesSilently => "reversals not told",
            Self::MixesPurses => "whose purse it is mixed up",
            Self::ForgetsSilently => "who is forgotten not told",
            Self::ErasesAnyone => "names erased of who has something",
        }
    }

    /// The bug whose name begins so.
    #[must_use]
    pub fn named(beginning: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| bug.name().starts_with(beginning))
    }

    /// Within how many seeds of 5,000 steps it has to be found.
    #[must_use]
    pub const fn seeds_max(self) -> u64 {
        match self {
            // Only someone with nothing who joins a purse where nothing else moves meanwhile does not hear of it.
            Self::MovesSilently
            | Self::DetachesUnsent
            | Self::KeepsUnnamed
            | Self::NeverPrunes
            | Self::RegistersLate
            | Self::LeavesAnywhere
            | Self::RepairsAtRandom => 100,
            // Seldom does anyone ask for what was undone already.
            Self::ReversesTwice
            | Self::PrunesAtOnce
            | Self::ForgetsHash
            | Self::GoesOn
            | Self::CountsFromToday => 40,
            _ => 20,
        }
    }
}

/// What a planted bug works with, shared by all engines of a world.
#[derive(Debug, Default)]
pub(crate) struct Plant {
    /// The bug, if there is one.
    pub(crate) bug: Option<Bug>,
    /// The ledger's file.
    pub(crate) ledger: PathBuf,
    acknowledged: Mutex<Vec<EventKey>>,
    before_append: Mutex<Option<PathBuf>>,
}

impl Plant {
    pub(crate) fn new(bug: Option<Bug>, ledger: PathBuf) -> Arc<Self> {
        Arc::new(Self { bug, ledger, ..Self::default() })
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn acknowledged(&self) -> MutexGuard<'_, Vec<EventKey>> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger as it was before the last batch, which a crash brings back where nothing was durable.
    pub(crate) fn undone_by_crash(&self) -> Option<PathBuf> {
        self.before_append.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
