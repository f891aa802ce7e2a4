//! The few words of this small world. Each stands for something of the core, and is small enough to be kept a million
//! times.

use onepurse_core::{Amount, Cursor, PurseId};

/// Platforms there are.
pub(super) const PLATFORMS: usize = 2;
/// Identities a platform.
pub(super) const PEOPLE: usize = 2;
/// Identities there are.
pub(super) const EVERYONE: usize = PLATFORMS * PEOPLE;
/// Captured rows have numbers from here on; the keys below are those of the openings, one an identity.
pub(super) const FIRST_NUMBER: u8 = 4;

/// An identity: those of the first platform, then those of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Person(pub(super) usize);

impl Person {
    pub(super) const fn of(platform: usize, nth: usize) -> Self {
        Self(platform * PEOPLE + nth)
    }

    pub(super) const fn platform(self) -> usize {
        self.0 / PEOPLE
    }

    /// Which of its platform's.
    pub(super) const fn nth(self) -> usize {
        self.0 % PEOPLE
    }
}

/// A captured row. Its number is its own for ever, and moves an amount of its own, so that sums never hide a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Event {
    pub(super) person: Person,
    pub(super) is_opening: bool,
    /// What its key is made of, unless it is an opening: those have a derived one, and the ledger never sees this.
    pub(super) number: u8,
    pub(super) delta: Amount,
    pub(super) at_ms: i64,
}

impl Event {
    /// Its key, as a bit in a set of keys.
    pub(super) const fn bit(&self) -> u32 {
        if self.is_opening { 1 << self.person.0 } else { 1 << self.number }
    }
}

/// A question to the ledger of what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) from: Cursor,
    pub(super) oldest_ms: i64,
}

/// The ledger's answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct News {
    pub(super) from: Cursor,
    pub(super) to: Cursor,
    pub(super) oldest_ms: i64,
    /// Own events: their numbers and times, which their keys are made of.
    pub(super) own: Vec<(u8, i64)>,
    pub(super) openings: Vec<Person>,
    pub(super) balances: Vec<(Person, Amount, PurseId)>,
}

/// What the ledger says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Taken {
    Entered(i64),
    Known(i64),
    /// Its key is there with other content, or its balance would overflow. Neither can be in this world.
    Refused,
}

/// What there is to see in a database that is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    pub(super) replica: u8,
    pub(super) cursor: Cursor,
    pub(super) resync: bool,
    pub(super) compare: bool,
    /// It was decided beforehand that the ledger wins.
    pub(super) is_decided: bool,
    pub(super) pending: bool,
    pub(super) unsettled: bool,
}

/// What an engine asks of its replica or of the ledger: one transaction there, and one step of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    View,
    Attach { replica: u8, is_decided: bool },
    Outbox,
    OldestMs,
    Apply { news: News, now_ms: i64 },
    Rewind(Cursor),
    Settle,
    Compare,
    Resolve,
    Tidy { accepted: Cursor, before_ms: i64 },
    Registration,
    Register { replica: u8 },
    Append(Vec<Event>),
    Head,
    Pull(Question),
}

/// What it is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Said {
    /// `None`: nothing of ours is in the database.
    View(Option<Seen>),
    Rows(Vec<Event>),
    OldestMs(Option<i64>),
    /// False: the replica had moved on.
    Applied(bool),
    /// How many rows differ.
    Compared(u64),
    Done,
    Registration(Option<u8>),
    Taken(Vec<Taken>),
    Head(Cursor),
    /// `None`: the ledger's history is another one.
    News(Option<News>),
    /// The call failed, whether it was carried out or not.
    Lost,
}
