//! A ledger that is only a list of entries.

use std::collections::BTreeMap;

use onepurse_core::{
    Amount, Answer, AssetName, ChainHash, Changes, Cursor, Event, EventKey, EventKind, ExternalId, LedgerId,
    Opening, PurseId, Question, Standing, Undone,
};

use super::{coins, who};

#[derive(Clone)]
struct Entry {
    hash: ChainHash,
    /// The captured event that it is; `None` for what came from elsewhere.
    key: Option<EventKey>,
    at_ms: i64,
    is_opening: bool,
    asset: AssetName,
    external: ExternalId,
    delta: i64,
    /// Nobody can say any more whose it is.
    is_forgotten: bool,
    /// It came into this purse.
    purse: Option<PurseId>,
    /// It undoes what had this key.
    undoes: Option<EventKey>,
}

#[derive(Clone)]
pub(crate) struct ModelLedger {
    pub(crate) id: LedgerId,
    entries: Vec<Entry>,
    hashes: u64,
}

impl ModelLedger {
    pub(crate) fn new() -> Self {
        Self { id: LedgerId([7; 16]), entries: Vec::new(), hashes: 0 }
    }

    fn append(&mut self, mut entry: Entry) {
        self.hashes += 1;
        entry.hash.0[..8].copy_from_slice(&self.hashes.to_be_bytes());
        self.entries.push(entry);
    }

    /// Takes an event, unless its key is known.
    pub(crate) fn push(&mut self, event: &Event) {
        if self.entries.iter().any(|entry| entry.key == Some(event.key)) {
            return;
        }
        self.append(Entry {
            hash: ChainHash::default(),
            key: Some(event.key),
            at_ms: event.captured_ms,
            is_opening: event.kind == EventKind::Opening,
            asset: event.asset.clone(),
            external: event.identity.external.clone(),
            delta: event.delta.units(),
            is_forgotten: false,
            purse: None,
            undoes: None,
        });
    }

    /// Another platform, a link or a correction moves this identity's balance.
    pub(crate) fn earn(&mut self, id: &str, delta: i64) {
        self.earn_of(&coins(), id, delta);
    }

    pub(crate) fn earn_of(&mut self, asset: &AssetName, id: &str, delta: i64) {
        self.enter(asset, id, delta, None);
    }

    /// This identity comes into a purse that others have.
    pub(crate) fn link(&mut self, id: &str, purse: PurseId) {
        self.enter(&coins(), id, 0, Some(purse));
    }

    /// Undoes an event, which it knows.
    pub(crate) fn undo(&mut self, event: &Event) {
        self.append(Entry {
            hash: ChainHash::default(),
            key: None,
            at_ms: event.captured_ms,
            is_opening: false,
            asset: event.asset.clone(),
            external: event.identity.external.clone(),
            delta: -event.delta.units(),
            is_forgotten: false,
            purse: None,
            undoes: Some(event.key),
        });
    }

    fn enter(&mut self, asset: &AssetName, id: &str, delta: i64, purse: Option<PurseId>) {
        self.append(Entry {
            hash: ChainHash::default(),
            key: None,
            at_ms: 0,
            is_opening: false,
            asset: asset.clone(),
            external: who(id),
            delta,
            is_forgotten: false,
            purse,
            undoes: None,
        });
    }

    /// Somebody leaves their purse, and has nothing.
    pub(crate) fn part(&mut self, id: &str) {
        self.earn(id, -self.coins_of(id));
    }

    /// Somebody who has nothing is forgotten. That they were opened is not known again.
    pub(crate) fn erase(&mut self, id: &str) {
        for entry in self.entries.iter_mut().filter(|entry| entry.external == who(id)) {
            entry.is_forgotten = true;
            entry.key = entry.key.filter(|_| !entry.is_opening);
        }
    }

    /// Puts an older backup back; what is entered later is another history.
    pub(crate) fn restore(&mut self, backup: &Self) {
        self.entries.clone_from(&backup.entries);
    }

    pub(crate) fn head(&self) -> Cursor {
        self.entries
            .last()
            .map_or(Cursor::ZERO, |last| Cursor { seq: seq(self.entries.len()), hash: last.hash })
    }

    /// Every balance at the entry `at`.
    pub(crate) fn balances(&self, at: i64) -> BTreeMap<(AssetName, ExternalId), i64> {
        let mut balances = BTreeMap::new();
        let there = &self.entries[..usize::try_from(at).unwrap()];
        for entry in there.iter().filter(|entry| !entry.is_forgotten) {
            *balances.entry((entry.asset.clone(), entry.external.clone())).or_default() += entry.delta;
        }
        balances
    }

    pub(crate) fn coins_of(&self, id: &str) -> i64 {
        self.balances(self.head().seq).get(&(coins(), who(id))).copied().unwrap_or_default()
    }

    pub(crate) fn knows(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.external == who(id) && !entry.is_forgotten)
    }

    /// Whose purse it is: that of its last link, or the one that was made for its first entry.
    pub(crate) fn purse_of(&self, external: &ExternalId) -> PurseId {
        let own = || (1..).zip(&self.entries).filter(|(_, entry)| entry.external == *external);
        let linked = own().filter_map(|(_, entry)| entry.purse).last();
        linked.unwrap_or_else(|| PurseId(own().next().unwrap().0))
    }

    /// How often this identity's own changes were entered, openings apart.
    pub(crate) fn changes_of(&self, id: &str) -> Vec<i64> {
        let own = |entry: &&Entry| entry.key.is_some() && !entry.is_opening && entry.external == who(id);
        self.entries.iter().filter(own).map(|entry| entry.delta).collect()
    }

    pub(crate) fn answer(&self, question: &Question) -> Answer {
        let from = question.from;
        let after = usize::try_from(from.seq).unwrap();
        let there =
            if after == 0 { Some(ChainHash::default()) } else { self.entries.get(after - 1).map(|e| e.hash) };
        if there != Some(from.hash) {
            return Answer::HistoryMismatch;
        }
        let new = &self.entries[after..];
        let names_everyone = after == 0 || new.iter().any(|entry| entry.is_forgotten);
        let touching = if names_everyone { &self.entries[..] } else { new };
        let head = self.balances(self.head().seq);
        let mut balances: Vec<_> = touching
            .iter()
            .filter(|entry| !entry.is_forgotten)
            .map(|entry| (entry.asset.clone(), entry.external.clone()))
            .map(|(asset, external)| Standing {
                amount: Amount::new(head[&(asset.clone(), external.clone())]),
                purse: self.purse_of(&external),
                asset,
                external,
            })
            .collect();
        balances.sort();
        balances.dedup();
        let own = |entry: &&Entry| after > 0 || entry.at_ms >= question.oldest_ms;
        let openings = new.iter().filter(|entry| entry.is_opening && !entry.is_forgotten);
        let reversals = (from.seq + 1..)
            .zip(new)
            .filter(|(_, entry)| own(entry) && !entry.is_forgotten)
            .filter_map(undone);
        Answer::Changes(Changes {
            from,
            to: self.head(),
            oldest_ms: question.oldest_ms,
            own: new
                .iter()
                .filter(|entry| !entry.is_opening)
                .filter(own)
                .filter_map(|entry| entry.key)
                .collect(),
            openings: openings
                .map(|entry| Opening { asset: entry.asset.clone(), external: entry.external.clone() })
                .collect(),
            balances,
            names_everyone,
            reversals: reversals.collect(),
        })
    }
}

fn undone((seq, entry): (i64, &Entry)) -> Option<Undone> {
    Some(Undone {
        key: entry.undoes?.reversal(),
        seq,
        external: entry.external.clone(),
        asset: entry.asset.clone(),
        delta: Amount::new(entry.delta),
        captured_ms: entry.at_ms,
        at_ms: entry.at_ms + 1,
        actor: None,
        reason: Some("it's \"too much\"\0".to_owned()),
    })
}

fn seq(length: usize) -> i64 {
    i64::try_from(length).unwrap()
}
