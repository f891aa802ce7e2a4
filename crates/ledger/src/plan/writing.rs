use onepurse_core::{Amount, AssetName, Cursor, Entry, EntryKind, EventKey, PurseId};

use super::{AssetId, EntryRow, Facts, Known, Logged, Plan, people::Tally};

/// The log and the balances, open for writing.
pub(super) struct Writing {
    pub(super) facts: Facts,
    pub(super) plan: Plan,
    /// Once for each entry.
    moved: Vec<(PurseId, AssetId)>,
}

/// An entry but for what the log gives it.
pub(super) struct Draft<'a> {
    pub(super) key: EventKey,
    pub(super) kind: EntryKind,
    pub(super) purse: PurseId,
    pub(super) identity: &'a Known,
    pub(super) asset: (AssetId, &'a AssetName),
    pub(super) delta: Amount,
    pub(super) balance: Amount,
    pub(super) captured_ms: i64,
    pub(super) actor: Option<String>,
    pub(super) reason: Option<String>,
}

impl Writing {
    pub(super) fn begin(facts: Facts, now_ms: i64) -> Self {
        let plan = Plan {
            now_ms,
            outcomes: vec![],
            purses: vec![],
            newcomers: vec![],
            entries: vec![],
            balances: vec![],
            quarantined: vec![],
            decided: vec![],
            requests: vec![],
            joined: None,
            parted: None,
            head: facts.head,
            after: Facts::default(),
        };
        Self { facts, plan, moved: vec![] }
    }

    /// So many entries are about to come.
    pub(super) fn expect(&mut self, entries: usize) {
        self.plan.entries.reserve(entries);
        self.plan.outcomes.reserve(entries);
        self.moved.reserve(entries);
        self.facts.logged.reserve(entries);
    }

    pub(super) fn new_purse(&mut self) -> PurseId {
        self.facts.last_purse += 1;
        self.plan.purses.push(PurseId(self.facts.last_purse));
        PurseId(self.facts.last_purse)
    }

    /// Numbers the entry, chains it, and moves its purse's balance.
    pub(super) fn enter(&mut self, draft: Draft) -> i64 {
        let (asset, asset_name) = draft.asset;
        let head = self.plan.head;
        let mut entry = Entry {
            seq: head.seq + 1,
            key: draft.key,
            kind: draft.kind,
            purse: draft.purse,
            identity: draft.identity.identity.clone().into(),
            tag: draft.identity.tag,
            asset: asset_name.clone(),
            delta: draft.delta,
            balance: draft.balance,
            at_ms: self.plan.now_ms,
            captured_ms: draft.captured_ms,
            actor: draft.actor,
            reason: draft.reason,
            hash: head.hash,
        };
        entry.hash = entry.chained(head.hash);
        let previous = self.facts.tally(entry.purse, asset).last_seq;
        self.note(&entry, draft.identity.id, asset);
        let seq = entry.seq;
        self.plan.entries.push(EntryRow { entry, identity: draft.identity.id, asset, previous });
        seq
    }

    fn note(&mut self, entry: &Entry, identity: i64, asset: AssetId) {
        self.plan.head = Cursor { seq: entry.seq, hash: entry.hash };
        let tally = Tally { amount: entry.balance, last_seq: entry.seq };
        self.facts.people.set(entry.purse, asset, tally);
        self.moved.push((entry.purse, asset));
        if entry.kind == EntryKind::Opening {
            self.facts.openings.insert((identity, asset), entry.seq);
        }
        let logged = Logged {
            seq: entry.seq,
            kind: entry.kind,
            identity: entry.identity.clone(),
            asset: entry.asset.clone(),
            delta: entry.delta,
        };
        self.facts.logged.insert(entry.key, logged);
    }

    /// Sorted, so that programs that write the same rows write them in the same order.
    pub(super) fn finish(self) -> Plan {
        let Self { mut facts, mut plan, mut moved } = self;
        moved.sort_unstable();
        moved.dedup();
        let balance = |(purse, asset)| (purse, asset, facts.tally(purse, asset));
        plan.balances = moved.into_iter().map(balance).collect();
        facts.head = plan.head;
        plan.after = facts;
        plan
    }
}
