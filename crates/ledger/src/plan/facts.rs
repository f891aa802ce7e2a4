use std::collections::{BTreeMap, HashMap};

use onepurse_core::{
    Amount, AssetName, Cursor, EntryKind, Event, EventKey, Identity, LoggedIdentity, MergePolicy,
    OverdraftPolicy, PurseId, Rejection,
};

use super::{
    AssetId, Flaw, Request, Undoable,
    people::{People, QuickMap, Tally},
};

/// What the ledger says of everything that a transaction is about. While the transaction is planned it is kept as the
/// transaction will leave it: what one event changes, the next one sees.
#[derive(Default)]
pub(crate) struct Facts {
    /// Where the log ends.
    pub(crate) head: Cursor,
    /// How often something was changed that leaves no entry.
    pub(crate) revision: i64,
    /// The highest numbers that are given.
    pub(crate) last_purse: i64,
    pub(crate) last_identity: i64,
    /// Every asset that is counted.
    pub(crate) assets: HashMap<AssetName, AssetId>,
    /// What becomes of spending that brings a purse below zero.
    pub(crate) overdrafts: HashMap<AssetId, OverdraftPolicy>,
    /// What becomes of them where two purses become one.
    pub(crate) merges: BTreeMap<AssetName, MergePolicy>,
    pub(crate) people: People,
    /// Entries that have the key of one of the events.
    pub(crate) logged: QuickMap<EventKey, Logged>,
    /// Why events of these keys wait in quarantine.
    pub(crate) waiting: HashMap<EventKey, Rejection>,
    /// Orders that were done under one of the keys.
    pub(crate) requests: HashMap<EventKey, Request>,
    /// Everything that the transactions of entries did which are to be undone, by the number that was named.
    pub(crate) undoable: HashMap<i64, Vec<Undoable>>,
    /// The openings of those identities.
    pub(crate) openings: HashMap<(i64, AssetId), i64>,
}

impl Facts {
    /// A log that was put together from two backups shows here: nothing is appended to it.
    pub(crate) fn at_end(head: Cursor, revision: i64, last: Cursor) -> Result<Self, Flaw> {
        if head == last {
            return Ok(Self { head, revision, ..Self::default() });
        }
        let what =
            format!("its head is entry {}, but its log ends at {} with another hash", head.seq, last.seq);
        Err(Flaw::Damaged(what))
    }

    /// Whether something was done that somebody asked for under this key: it stands for that for good.
    pub(crate) fn is_used(&self, key: EventKey) -> bool {
        self.requests.contains_key(&key) || self.logged.contains_key(&key.derived(0))
    }

    pub(crate) fn balance(&self, purse: PurseId, asset: AssetId) -> Amount {
        self.tally(purse, asset).amount
    }

    pub(super) fn tally(&self, purse: PurseId, asset: AssetId) -> Tally {
        self.people.tally(purse, asset).unwrap_or_default()
    }

    /// Leaves what is still right when nobody else has written since.
    pub(super) fn forget_events(&mut self) {
        self.logged.clear();
        self.waiting.clear();
        self.requests.clear();
        self.undoable.clear();
        self.openings.clear();
    }
}

/// What an entry that has an event's key says.
pub(crate) struct Logged {
    pub(crate) seq: i64,
    pub(crate) kind: EntryKind,
    pub(crate) identity: LoggedIdentity,
    pub(crate) asset: AssetName,
    pub(crate) delta: Amount,
}

impl Logged {
    /// Whether it is the first entry of a link by which this identity came into a purse.
    pub(crate) fn is_link_of(&self, joins: &Identity) -> bool {
        self.kind == EntryKind::Link && self.identity == *joins
    }

    /// An opening is the same whatever its amount: the first one counts. What was dismissed is nothing for good.
    pub(super) fn is(&self, event: &Event) -> bool {
        let is_same =
            self.kind == event.kind.into() && (self.delta == event.delta || self.kind == EntryKind::Opening);
        self.identity.can_be(&event.identity)
            && self.asset == event.asset
            && (is_same || self.kind == EntryKind::Dismissal)
    }
}
