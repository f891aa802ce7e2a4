//! The ledger's log, read entry by entry and added up again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::Path,
    rc::Rc,
};

use onepurse_core::{
    Amount, ChainHash, Entry, EntryKind, EventKey, ExternalId, Identity, IdentityTag, LedgerId, PurseId,
};
use rusqlite::{Connection, Row};

use super::{
    Checked, Key, Policies, Violation, Who, Wishes, Written, captured::whose, ordered::Done, told::Reversal,
};

/// What stands in the ledger at one entry: of everyone, also of assets in which only others of their purse have entries.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    pub(super) purse_of: Rc<BTreeMap<(String, String), i64>>,
    pub(super) balances: BTreeMap<(i64, String), i64>,
    /// The opening of everyone who is named, by platform.
    pub(super) opened: Rc<BTreeMap<(String, Who), i64>>,
}

/// What the log says so far. A backup of the ledger comes with a copy of it.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    pub(super) hashes: Vec<ChainHash>,
    /// Which entry each key is; of an opening also the key that its platform knows it by.
    pub keys: HashMap<Key, i64>,
    /// The first opening of each key that was of somebody who is forgotten.
    pub(super) once: HashMap<Key, i64>,
    /// What stands there now.
    pub(super) now: Moment,
    /// The purse that each purse has become, where it became another.
    pub(super) merged: BTreeMap<i64, i64>,
    /// Of whom the last entry in each purse is.
    pub(super) last_in: BTreeMap<i64, (String, String)>,
    /// Purses whose last one left to be forgotten: what is in them is nobody's.
    pub(super) nobodys: BTreeSet<i64>,
    /// What can be undone.
    pub(super) done: Done,
    /// What was undone, by the keys of the entries that undid it.
    pub(super) reversals: BTreeMap<Key, Reversal>,
}

impl Moment {
    /// What an identity has; `None` where the ledger knows nothing of it.
    #[must_use]
    pub fn balance(&self, platform: &str, asset: &str, external: &str) -> Option<i64> {
        let purse = self.purse_of.get(&(platform.to_owned(), external.to_owned()))?;
        self.balances.get(&(*purse, asset.to_owned())).copied()
    }

    /// An identity's purse; `None` where the ledger knows nothing of it.
    #[must_use]
    pub fn purse(&self, platform: &str, external: &str) -> Option<i64> {
        self.purse_of.get(&(platform.to_owned(), external.to_owned())).copied()
    }

    /// Everyone whose opening on this platform the ledger has taken, and by which entry.
    pub fn opened(&self, platform: &str) -> impl Iterator<Item = (&Who, i64)> {
        self.opened.iter().filter(move |((home, _), _)| home == platform).map(|((_, who), seq)| (who, *seq))
    }
}

/// The auditor's reading of a ledger.
pub struct Books {
    pub(super) db: Connection,
    pub(super) ledger: LedgerId,
    /// The log as it is now.
    pub mirror: Mirror,
    pub(super) moments: HashMap<ChainHash, Rc<Moment>>,
    /// Who was erased when an entry was the last.
    pub(super) erased_at: HashMap<ChainHash, BTreeSet<(String, String)>>,
    /// Every key that any history of this ledger has had.
    ever: HashSet<Key>,
    /// What any history of it has undone.
    pub(super) ever_reversed: BTreeMap<Key, Reversal>,
    pub(super) policies: Policies,
    /// How often a bot spent what was not there, and that was undone.
    pub overdrawn: u64,
}

const ENTRIES: &str = "SELECT e.seq, e.key, e.kind, e.purse, i.platform, i.external, i.tag, a.name AS asset, e.delta, \
    e.balance, e.at_ms, e.captured_ms, e.actor, e.reason, e.hash \
    FROM entry AS e JOIN identity AS i ON i.id = e.identity JOIN asset AS a ON a.id = e.asset \
    WHERE e.seq > ?1 ORDER BY e.seq";

impl Books {
    /// Opens the ledger's file for reading.
    pub fn open(path: &Path, policies: Policies) -> Checked<Self> {
        let mut moments = HashMap::new();
        moments.insert(ChainHash::default(), Rc::default());
        let (db, mirror) = (Connection::open(path)?, Mirror::default());
        let ledger = db.query_row("SELECT id FROM ledger", [], |row| row.get(0).map(LedgerId))?;
        let (ever, ever_reversed, erased_at) = (HashSet::new(), BTreeMap::new(), HashMap::new());
        Ok(Self { db, ledger, mirror, moments, erased_at, ever, ever_reversed, policies, overdrawn: 0 })
    }

    /// The ledger's file was put back from a backup, which came with this copy.
    pub fn restored(&mut self, path: &Path, mirror: Mirror) -> Checked {
        self.db = Connection::open(path)?;
        self.mirror = mirror;
        Ok(())
    }

    /// Copies the ledger into a file, as a backup does.
    pub fn back_up(&self, to: &Path) -> Checked<Mirror> {
        self.db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        Ok(self.mirror.clone())
    }

    /// The last entry's number.
    #[must_use]
    pub fn head(&self) -> i64 {
        i64::try_from(self.mirror.hashes.len()).unwrap_or(i64::MAX)
    }

    /// Whether the log as it is now has this entry.
    #[must_use]
    pub fn has(&self, seq: i64, hash: ChainHash) -> bool {
        let before = usize::try_from(seq - 1).ok();
        seq == 0 || before.and_then(|at| self.mirror.hashes.get(at)) == Some(&hash)
    }

    /// Whether the log as it is now has an entry of this hash, or it is the hash before the first.
    #[must_use]
    pub fn knows(&self, hash: ChainHash) -> bool {
        hash == ChainHash::default() || self.mirror.hashes.contains(&hash)
    }

    /// Of which platforms the ledger has noted that their database is detached.
    pub fn leaving(&self) -> Checked<Vec<String>> {
        let mut noted = self.db.prepare_cached("SELECT name FROM platform WHERE left_at IS NOT NULL")?;
        Ok(noted.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// What stood in the ledger when this entry was its last, on whichever history; `None` if it never was.
    #[must_use]
    pub fn moment(&self, hash: ChainHash) -> Option<Rc<Moment>> {
        self.moments.get(&hash).cloned()
    }

    /// What an identity has now.
    #[must_use]
    pub fn balance_now(&self, platform: &str, asset: &str, external: &str) -> i64 {
        self.mirror.now.balance(platform, asset, external).unwrap_or_default()
    }

    /// Everyone who shares the purse of this identity now.
    #[must_use]
    pub fn sharing(&self, platform: &str, external: &str) -> Vec<(String, String)> {
        let purse_of = &self.mirror.now.purse_of;
        let purse = purse_of.get(&(platform.to_owned(), external.to_owned()));
        let same = |other: &i64| purse == Some(other);
        purse_of.iter().filter(|(_, other)| same(other)).map(|(who, _)| who.clone()).collect()
    }

    /// Reads the entries that are new, and checks each of them; returns how many there were.
    pub fn read_on(&mut self, written: &HashMap<Key, Written>, wishes: &Wishes) -> Checked<usize> {
        let entries = self.entries_after(self.head())?;
        let mut rest = entries.as_slice();
        while let Some(first) = rest.first() {
            let length = match first.kind {
                EntryKind::Opening | EntryKind::Change | EntryKind::Repair | EntryKind::Dismissal => {
                    self.captured(rest, written, wishes)?
                }
                EntryKind::Link | EntryKind::Merge => self.joined(rest, wishes)?,
                EntryKind::Unlink => self.parted(rest, wishes)?,
                EntryKind::Reversal => self.undone(rest, wishes)?,
                EntryKind::Earn | EntryKind::Spend | EntryKind::Transfer | EntryKind::Adjust => {
                    self.ordered(rest, wishes)?
                }
            };
            let (together, others) = rest.split_at(length);
            together.iter().try_for_each(|entry| self.take(entry))?;
            rest = others;
        }
        self.check_stored(&entries)?;
        self.check_quarantine()?;
        Ok(entries.len())
    }

    fn entries_after(&self, seq: i64) -> Checked<Vec<Entry>> {
        let mut statement = self.db.prepare_cached(ENTRIES)?;
        let mut rows = statement.query([seq])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(read_entry(row)?);
        }
        Ok(entries)
    }

    /// Invariants 2 and 7: its number follows, its hash covers it and the one before, its key is new.
    fn check_place(&self, entry: &Entry) -> Checked {
        let last = self.mirror.hashes.last().copied().unwrap_or_default();
        if entry.seq != self.head() + 1 {
            return Err(Violation::new(7, format!("entry {} follows entry {}", entry.seq, self.head())));
        }
        if entry.chained(last) != entry.hash {
            return Err(Violation::new(7, format!("the hash of entry {} does not cover it", entry.seq)));
        }
        match self.mirror.keys.get(&entry.key.0) {
            Some(first) => {
                let what = format!("key {} is entry {first} and entry {}", entry.key, entry.seq);
                Err(Violation::new(2, what))
            }
            None => Ok(()),
        }
    }

    /// Adds it up.
    fn take(&mut self, entry: &Entry) -> Checked {
        self.check_place(entry)?;
        self.note_reversal(entry);
        let captured_key = self.captured_key(entry);
        let Moment { balances, opened, .. } = &mut self.mirror.now;
        let kept = balances.entry((entry.purse.0, entry.asset.as_str().to_owned())).or_default();
        *kept += entry.delta.units();
        if *kept != entry.balance.units() {
            let what = format!("entry {} leaves {}, its deltas {kept}", entry.seq, entry.balance);
            return Err(Violation::new(3, what));
        }
        for key in [entry.key.0, captured_key.0] {
            self.mirror.keys.insert(key, entry.seq);
            self.ever.insert(key);
        }
        self.mirror.hashes.push(entry.hash);
        self.mirror.done.note(entry);
        self.mirror.last_in.insert(entry.purse.0, whose(entry));
        let (platform, external) = whose(entry);
        let whose = (platform, (entry.asset.as_str().to_owned(), external));
        if entry.kind == EntryKind::Opening && Rc::make_mut(opened).insert(whose, entry.seq).is_some() {
            return Err(Violation::new(2, format!("{} was opened twice", entry.identity)));
        }
        self.moments.insert(entry.hash, Rc::new(self.mirror.now.clone()));
        Ok(())
    }

    /// Invariant 3 in what is stored: each balance that moved, and the head.
    fn check_stored(&self, entries: &[Entry]) -> Checked {
        let moved: BTreeSet<_> = entries.iter().map(|entry| (entry.purse.0, entry.asset.as_str())).collect();
        let mut stored = self.db.prepare_cached(
            "SELECT amount FROM balance WHERE purse = ?1 AND asset = (SELECT id FROM asset WHERE name = ?2)",
        )?;
        for (purse, asset) in moved {
            let amount: i64 = stored.query_row((purse, asset), |row| row.get(0))?;
            let sum = self.mirror.now.balances.get(&(purse, asset.to_owned())).copied().unwrap_or_default();
            if amount != sum {
                let what = format!("purse {purse} has {amount} {asset}, its entries add up to {sum}");
                return Err(Violation::new(3, what));
            }
        }
        let head: i64 =
            self.db.prepare_cached("SELECT head_seq FROM ledger")?.query_row([], |row| row.get(0))?;
        if head != self.head() {
            return Err(Violation::new(7, format!("the head is {head}, the log ends at {}", self.head())));
        }
        Ok(())
    }

    /// Whether the ledger has ever had this event, in whichever history.
    #[must_use]
    pub fn ever_had(&self, key: &Key) -> bool {
        self.ever.contains(key)
    }

    /// Invariant 7: every entry is still what it was, and a purse that nobody is in is empty, unless its coins are nobody's.
    pub fn check_whole(&self) -> Checked {
        let mut statement = self.db.prepare_cached("SELECT hash FROM entry ORDER BY seq")?;
        let hashes =
            statement.query_map([], |row| row.get(0).map(ChainHash))?.collect::<Result<Vec<_>, _>>()?;
        if hashes != self.mirror.hashes {
            return Err(Violation::new(7, "the log is not what was read of it"));
        }
        let inhabited: BTreeSet<_> = self.mirror.now.purse_of.values().collect();
        match self.mirror.now.balances.iter().find(|((purse, _), sum)| {
            **sum != 0 && !inhabited.contains(purse) && !self.mirror.nobodys.contains(purse)
        }) {
            Some(((purse, asset), sum)) => {
                Err(Violation::new(3, format!("nobody is in purse {purse}, which has {sum} {asset}")))
            }
            None => Ok(()),
        }
    }

    /// The events that wait for somebody to decide about them.
    pub fn waiting(&self) -> Checked<Vec<Key>> {
        let mut waiting = self.db.prepare_cached("SELECT key FROM quarantine ORDER BY key")?;
        Ok(waiting.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// No rule of money has a reason to reject what is done in a world, but for what is not counted yet: amounts are small.
    fn check_quarantine(&self) -> Checked {
        let mut found = self.db.prepare_cached(
            "SELECT message FROM quarantine WHERE asset <> ?1 OR rejection <> 'UnknownAsset' LIMIT 1",
        )?;
        let late = self.policies.late.as_deref().unwrap_or_default();
        match found.query_map([late], |row| row.get::<_, String>(0))?.next() {
            Some(message) => Err(Violation::new(1, format!("an event was rejected: {}", message?))),
            None => Ok(()),
        }
    }
}

fn read_entry(row: &Row) -> Checked<Entry> {
    let text = |column: &str| row.get::<_, String>(column);
    let odd = |what: &str| Violation::new(7, format!("an entry's {what} cannot be"));
    let external = ExternalId::try_from(text("external")?).map_err(|_| odd("identity"))?;
    Ok(Entry {
        seq: row.get("seq")?,
        key: EventKey(row.get("key")?),
        kind: EntryKind::from_word(&text("kind")?).ok_or_else(|| odd("kind"))?,
        purse: PurseId(row.get("purse")?),
        identity: Identity::new(text("platform")?.parse().map_err(|_| odd("platform"))?, external).into(),
        tag: IdentityTag(row.get("tag")?),
        asset: text("asset")?.parse().map_err(|_| odd("asset"))?,
        delta: Amount::new(row.get("delta")?),
        balance: Amount::new(row.get("balance")?),
        at_ms: row.get("at_ms")?,
        captured_ms: row.get("captured_ms")?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
        hash: ChainHash(row.get("hash")?),
    })
}
