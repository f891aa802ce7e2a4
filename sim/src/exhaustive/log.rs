//! The ledger of this world, by the rules of money that ship.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use onepurse_core::{Amount, ChainHash, Cursor, EntryKind, PurseId, Rejection, rules};

use super::{
    config::Setting,
    names::Names,
    rule::Rule,
    told::Told,
    words::{EVERYONE, Event, News, PLATFORMS, Person, Question, Taken},
};

/// What makes an entry that entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Event(Event),
    /// Which link, and which of its entries.
    Link(u8, u8),
}

/// One entry of the log.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) kind: EntryKind,
    pub(super) purse: usize,
    pub(super) delta: Amount,
    pub(super) balance: Amount,
    hash: ChainHash,
}

/// The log, and what follows from it.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    /// Whose purse is which; purses have the number of who was first in them.
    pub(super) purses: [Option<usize>; EVERYONE],
    pub(super) balances: [Amount; EVERYONE],
    pub(super) registered: [Option<u8>; PLATFORMS],
}

/// The last hash covers all entries, and the balances follow from them.
impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.head(), self.purses, self.registered).hash(state);
    }
}

impl Log {
    pub(super) fn head(&self) -> Cursor {
        let hash = self.entries.last().map_or(Cursor::ZERO.hash, |last| last.hash);
        Cursor { seq: number(self.entries.len()), hash }
    }

    /// What an identity's purse has; nothing, if it was never seen.
    pub(super) fn balance(&self, person: Person) -> Amount {
        self.purses[person.0].map_or(Amount::ZERO, |purse| self.balances[purse])
    }

    /// The keys of all events in it.
    pub(super) fn keys(&self) -> u32 {
        self.events().fold(0, |keys, (_, event)| keys | event.bit())
    }

    /// Every event that became an entry, with the entry's number.
    pub(super) fn events(&self) -> impl Iterator<Item = (i64, Event)> {
        (1..).zip(&self.entries).filter_map(|(seq, entry)| match entry.key {
            Key::Event(event) => Some((seq, event)),
            Key::Link(..) => None,
        })
    }

    /// `era` stands for the time at which an entry is made: what is written after a restore has another hash.
    pub(super) fn append(&mut self, setting: &Setting, era: u8, events: &[Event]) -> Vec<Taken> {
        events.iter().map(|event| self.take(setting, era, *event)).collect()
    }

    fn take(&mut self, setting: &Setting, era: u8, event: Event) -> Taken {
        if setting.has(Rule::KnownKeysSkipped)
            && let Some((seq, logged)) =
                self.events().find(|(_, logged)| is_same_key(setting, logged, &event))
        {
            let is_same = event.is_opening || (logged.person, logged.delta) == (event.person, event.delta);
            return if is_same { Taken::Known(seq) } else { Taken::Refused };
        }
        let purse = *self.purses[event.person.0].get_or_insert(event.person.0);
        let Ok(balance) = rules::enter(&setting.names.asset, self.balances[purse], event.delta) else {
            return Taken::Refused;
        };
        let kind = if event.is_opening { EntryKind::Opening } else { EntryKind::Change };
        self.enter(era, Key::Event(event), kind, purse, event.delta, balance);
        Taken::Entered(number(self.entries.len()))
    }

    fn enter(&mut self, era: u8, key: Key, kind: EntryKind, purse: usize, delta: Amount, balance: Amount) {
        self.balances[purse] = balance;
        let mut hasher = std::hash::DefaultHasher::new();
        (self.head(), era, key, kind, purse, delta, balance).hash(&mut hasher);
        self.entries.push(Entry { key, kind, purse, delta, balance, hash: ChainHash::default() });
        let hash = Told { hash: hasher.finish(), keys: self.keys(), balances: self.everyone() }.hash();
        if let Some(last) = self.entries.last_mut() {
            last.hash = hash;
        }
    }

    fn everyone(&self) -> [i32; EVERYONE] {
        [0, 1, 2, 3].map(|at| i32::try_from(self.balance(Person(at)).units()).unwrap_or(i32::MIN))
    }

    /// Makes two purses one, and leaves an entry of zero in both for everyone who moves.
    pub(super) fn link(
        &mut self,
        setting: &Setting,
        era: u8,
        nth: u8,
        [stays, joins]: [Person; 2],
    ) -> Result<(), Rejection> {
        let unknown = |person: Person| Rejection::IdentityUnknown(setting.names.identities[person.0].clone());
        let purse = |person: Person| self.purses[person.0].ok_or_else(|| unknown(person));
        let (to, from) = (purse(stays)?, purse(joins)?);
        let moves =
            rules::merge(&self.side(&setting.names, to), &self.side(&setting.names, from), &BTreeMap::new())?;
        let mut parts = 0..;
        let mut key = || Key::Link(nth, parts.next().unwrap_or_default());
        let moving: Vec<_> = self.sharing(from).collect();
        for person in &moving {
            self.purses[person.0] = Some(to);
        }
        if setting.has(Rule::ZeroEntries) {
            for _ in &moving {
                self.enter(era, key(), EntryKind::Link, to, Amount::ZERO, self.balances[to]);
                self.enter(era, key(), EntryKind::Link, from, Amount::ZERO, self.balances[from]);
            }
        }
        for step in &moves {
            self.enter(era, key(), EntryKind::Merge, from, step.leaving, Amount::ZERO);
            self.enter(era, key(), EntryKind::Merge, to, step.coming, step.balance);
        }
        Ok(())
    }

    fn sharing(&self, purse: usize) -> impl Iterator<Item = Person> {
        (0..EVERYONE).map(Person).filter(move |person| self.purses[person.0] == Some(purse))
    }

    fn side(&self, names: &Names, purse: usize) -> rules::Side {
        rules::Side {
            identities: self.sharing(purse).map(|person| names.identities[person.0].clone()).collect(),
            balances: [(names.asset.clone(), self.balances[purse])].into(),
        }
    }

    /// What is new for a platform, or `None` where the question comes from another history.
    pub(super) fn pull(&self, setting: &Setting, platform: usize, question: Question) -> Option<News> {
        let Question { from, oldest_ms } = question;
        if !self.is_history(setting, from) {
            return None;
        }
        let (to, is_first) = (self.head(), from == Cursor::ZERO);
        let is_own = |seq, event: Event| event.person.platform() == platform && (is_first || seq > from.seq);
        let own = || self.events().filter(|(seq, event)| is_own(*seq, *event)).map(|(_, event)| event);
        let changes = own().filter(|event| !event.is_opening && (!is_first || event.at_ms >= oldest_ms));
        let touched = |purse| {
            (from.seq..).zip(self.entries.iter().skip(index(from.seq))).any(|(_, e)| e.purse == purse)
        };
        let balance = |person: Person| {
            let purse = self.purses[person.0].filter(|&purse| is_first || touched(purse))?;
            (person.platform() == platform).then_some((person, self.balances[purse], id(purse)))
        };
        Some(News {
            from,
            to,
            oldest_ms,
            own: changes.map(|event| (event.number, event.at_ms)).collect(),
            openings: own().filter(|event| event.is_opening).map(|event| event.person).collect(),
            balances: (0..EVERYONE).filter_map(|at| balance(Person(at))).collect(),
        })
    }

    fn is_history(&self, setting: &Setting, at: Cursor) -> bool {
        if at.seq == 0 {
            return at == Cursor::ZERO;
        }
        let entry = self.entries.get(index(at.seq - 1));
        entry.is_some_and(|entry| entry.hash == at.hash || !setting.has(Rule::HashInCursor))
    }
}

/// Two captured rows that the ledger takes for one. Of an identity there is one opening, whatever its amount.
fn is_same_key(setting: &Setting, one: &Event, other: &Event) -> bool {
    let is_same_opening = setting.has(Rule::DerivedOpenings) || one.at_ms == other.at_ms;
    one.bit() == other.bit() && (!one.is_opening || is_same_opening)
}

fn id(purse: usize) -> PurseId {
    PurseId(number(purse))
}

fn index(seq: i64) -> usize {
    usize::try_from(seq).unwrap_or(usize::MAX)
}

fn number(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
