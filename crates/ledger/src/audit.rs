use std::collections::BTreeMap;

use onepurse_core::{
    Amount, AssetName, ChainHash, Cursor, Entry, EventKey, Identity, IdentityTag, LoggedIdentity, PurseId,
};

use crate::{Audit, AuditScope, plan::Tally};

/// After so many entries an audit says how far it is.
const PROGRESS_ENTRIES: u64 = 100_000;

/// Follows a log entry by entry and adds everything up again.
pub(crate) struct Auditor {
    scope: AuditScope,
    found: Audit,
    last: Cursor,
    sums: BTreeMap<(PurseId, AssetName), Sum>,
}

/// What the entries of one purse and asset come to.
struct Sum {
    /// Their deltas added up, and what was there before the first entry that is read; wide enough that it cannot wrap.
    deltas: i128,
    /// What the last of them says that there is.
    balance: Amount,
    /// The number of the last of them.
    last_seq: i64,
}

impl Auditor {
    /// Of a log that ends, as the ledger says, at `head`. `before` is the hash of the entry before the first that is read.
    pub(crate) fn new(scope: AuditScope, head: Cursor, before: Option<ChainHash>) -> Self {
        let seq = scope.from_seq - 1;
        let mut found = Audit { head, ..Audit::default() };
        let last = match before {
            Some(hash) => Cursor { seq, hash },
            None if seq == 0 => Cursor::ZERO,
            None => {
                found.broken.push(format!("entry {seq} is not there: the head is entry {}", head.seq));
                head
            }
        };
        let mut auditor = Self { scope, found, last, sums: BTreeMap::new() };
        auditor.compare_kept(auditor.last);
        auditor
    }

    /// The next entry.
    ///
    /// `previous` is the number of the one before it of its purse and asset, as the ledger has it.
    pub(crate) fn read(&mut self, entry: &Entry, previous: i64) {
        let Audit { entries, broken, .. } = &mut self.found;
        *entries += 1;
        if entry.seq != self.last.seq + 1 {
            broken.push(format!("entry {} follows entry {}", entry.seq, self.last.seq));
        }
        if entry.chained(self.last.hash) != entry.hash {
            broken.push(format!("entry {} is not the one that its hash was made of", entry.seq));
        }
        self.last = Cursor { seq: entry.seq, hash: entry.hash };
        self.compare_kept(self.last);
        self.add(entry, previous);
        self.tell_progress();
    }

    fn add(&mut self, entry: &Entry, previous: i64) {
        let is_whole = self.is_whole();
        let before = || match entry.balance.checked_sub(entry.delta) {
            Some(before) if !is_whole => before,
            _ => Amount::ZERO,
        };
        let first = || Sum { last_seq: if is_whole { 0 } else { previous }, ..Sum::from(before()) };
        let sum = self.sums.entry((entry.purse, entry.asset.clone())).or_insert_with(first);
        if sum.last_seq != previous {
            let (seq, last) = (entry.seq, sum.last_seq);
            self.found.broken.push(format!(
                "entry {seq} names entry {previous} as the one before it in its purse, which is {last}"
            ));
        }
        sum.last_seq = entry.seq;
        sum.deltas += i128::from(entry.delta.units());
        if sum.balance.checked_add(entry.delta) != Some(entry.balance) {
            self.found.not_conserved.push(format!(
                "entry {}: {} and {} {} are not {}",
                entry.seq, sum.balance, entry.delta, entry.asset, entry.balance
            ));
        }
        sum.balance = entry.balance;
    }

    /// Whether it is the whole log that is read.
    const fn is_whole(&self) -> bool {
        self.scope.from_seq <= 1
    }

    /// Whether this place in the log is the one that was kept elsewhere.
    fn compare_kept(&mut self, at: Cursor) {
        let Some(kept) = self.scope.against.filter(|kept| kept.seq == at.seq) else { return };
        self.scope.against = None;
        if kept.hash != at.hash {
            self.found.rewritten = Some(format!(
                "entry {} has the hash {} here, and had {} when this head was kept: what is before it was changed since, or \
                 this is another ledger",
                kept.seq, at.hash, kept.hash
            ));
        }
    }

    fn tell_progress(&self) {
        let Audit { entries, head, .. } = &self.found;
        if entries.is_multiple_of(PROGRESS_ENTRIES) {
            let all = head.seq.saturating_sub(self.scope.from_seq - 1);
            (self.scope.progress)(*entries, u64::try_from(all).unwrap_or_default());
        }
    }

    /// The chain covers tags; a tag covers a name.
    pub(crate) fn compare_tag(&mut self, tagged: &Tagged) {
        let Tagged { identity, salt, tag } = tagged;
        if IdentityTag::of(*salt, identity) != *tag {
            self.found.broken.push(format!("{identity} is not the identity that its tag was made of"));
        }
    }

    /// What was found, once every entry was read. `balances` are those that the ledger keeps.
    pub(crate) fn finish(mut self, balances: BTreeMap<(PurseId, AssetName), Tally>) -> Audit {
        self.compare_head();
        self.compare_balances(balances);
        self.found
    }

    fn compare_head(&mut self) {
        let (head, last) = (self.found.head, self.last);
        if head != last {
            let what = format!(
                "the head is entry {} of hash {}, the log ends at {} of hash {}",
                head.seq, head.hash, last.seq, last.hash
            );
            self.found.broken.push(what);
        }
        if let Some(kept) = self.scope.against {
            self.found.rewritten =
                Some(format!("entry {} is not there: the log ends at entry {}", kept.seq, last.seq));
        }
    }

    fn compare_balances(&mut self, mut balances: BTreeMap<(PurseId, AssetName), Tally>) {
        let is_whole = self.is_whole();
        let Self { found, sums, .. } = self;
        let mut purses: Vec<_> = sums.keys().map(|(purse, _)| *purse).collect();
        purses.dedup();
        found.purses = purses.len() as u64;
        for ((purse, asset), sum) in sums {
            let kept = balances.remove(&(*purse, asset.clone()));
            if let Some(Tally { last_seq, .. }) = kept.filter(|kept| kept.last_seq != sum.last_seq) {
                let last = sum.last_seq;
                let what =
                    format!("purse {purse} names entry {last_seq} as its last of {asset}, which is {last}");
                found.broken.push(what);
            }
            if kept.map(|kept| i128::from(kept.amount.units())) != Some(sum.deltas) {
                let kept = kept.map_or_else(|| "nothing".to_owned(), |kept| kept.amount.to_string());
                let what = format!("purse {purse} has {kept}, its entries come to {} {asset}", sum.deltas);
                found.not_conserved.push(what);
            }
        }
        for ((purse, asset), Tally { amount, .. }) in balances.into_iter().filter(|_| is_whole) {
            found.not_conserved.push(format!("purse {purse} has {amount} {asset} and no entry of it"));
        }
    }
}

impl From<Amount> for Sum {
    fn from(before: Amount) -> Self {
        Self { deltas: i128::from(before.units()), balance: before, last_seq: 0 }
    }
}

/// An identity that was not forgotten, and what the chain knows of it.
pub(crate) struct Tagged {
    pub(crate) identity: Identity,
    pub(crate) salt: [u8; 16],
    pub(crate) tag: IdentityTag,
}

/// What an audit says of a key that is in the log more than once.
pub(crate) fn key_twice(key: EventKey, times: i64) -> String {
    format!("the key {key} is in the log {times} times")
}

/// What an audit says of an identity that was opened more than once.
pub(crate) fn opened_twice(identity: &LoggedIdentity, asset: &AssetName, times: i64) -> String {
    format!("{identity} was opened {times} times in {asset}")
}
