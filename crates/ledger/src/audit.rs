use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Cursor, Entry, EventKey, Identity, IdentityTag, PurseId};

use crate::Audit;

/// Follows a log from its first entry and adds everything up again.
pub(crate) struct Auditor {
    found: Audit,
    last: Cursor,
    sums: BTreeMap<(PurseId, AssetName), Sum>,
}

/// What the entries of one purse and asset come to.
#[derive(Default)]
struct Sum {
    /// Their deltas added up; wide enough that it cannot wrap.
    deltas: i128,
    /// What the last of them says that there is.
    balance: Amount,
}

impl Auditor {
    /// Of a log that ends, as the ledger says, at `head`.
    pub(crate) fn new(head: Cursor) -> Self {
        let found = Audit { head, ..Audit::default() };
        Self { found, last: Cursor::ZERO, sums: BTreeMap::new() }
    }

    /// The next entry.
    pub(crate) fn read(&mut self, entry: &Entry) {
        let Audit { entries, broken, not_conserved, .. } = &mut self.found;
        *entries += 1;
        if entry.seq != self.last.seq + 1 {
            broken.push(format!("entry {} follows entry {}", entry.seq, self.last.seq));
        }
        if entry.chained(self.last.hash) != entry.hash {
            broken.push(format!("entry {} is not the one that its hash was made of", entry.seq));
        }
        self.last = Cursor { seq: entry.seq, hash: entry.hash };

        let sum = self.sums.entry((entry.purse, entry.asset.clone())).or_default();
        sum.deltas += i128::from(entry.delta.units());
        if sum.balance.checked_add(entry.delta) != Some(entry.balance) {
            not_conserved.push(format!(
                "entry {}: {} and {} {} are not {}",
                entry.seq, sum.balance, entry.delta, entry.asset, entry.balance
            ));
        }
        sum.balance = entry.balance;
    }

    /// The chain covers tags; a tag covers a name.
    pub(crate) fn compare_tag(&mut self, tagged: &Tagged) {
        let Tagged { identity, salt, tag } = tagged;
        if IdentityTag::of(*salt, identity) != *tag {
            self.found.broken.push(format!("{identity} is not the identity that its tag was made of"));
        }
    }

    /// What was found, once every entry was read. `balances` are those that the ledger keeps.
    pub(crate) fn finish(mut self, balances: BTreeMap<(PurseId, AssetName), Amount>) -> Audit {
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
    }

    fn compare_balances(&mut self, mut balances: BTreeMap<(PurseId, AssetName), Amount>) {
        let Self { found, sums, .. } = self;
        let mut purses: Vec<_> = sums.keys().map(|(purse, _)| *purse).collect();
        purses.dedup();
        found.purses = purses.len() as u64;
        for ((purse, asset), sum) in sums {
            let kept = balances.remove(&(*purse, asset.clone()));
            if kept.map(|amount| i128::from(amount.units())) != Some(sum.deltas) {
                let kept = kept.map_or_else(|| "nothing".to_owned(), |amount| amount.to_string());
                let what = format!("purse {purse} has {kept}, its entries come to {} {asset}", sum.deltas);
                found.not_conserved.push(what);
            }
        }
        for ((purse, asset), amount) in balances {
            found.not_conserved.push(format!("purse {purse} has {amount} {asset} and no entry of it"));
        }
    }
}

/// An identity, and what the chain knows of it.
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
pub(crate) fn opened_twice(identity: &Identity, asset: &AssetName, times: i64) -> String {
    format!("{identity} was opened {times} times in {asset}")
}
