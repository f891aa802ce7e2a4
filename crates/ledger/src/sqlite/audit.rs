use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Cursor, Entry, IdentityTag, PurseId};
use rusqlite::{Row, Transaction};

use super::{
    fault::Fault,
    row::{self, ENTRY},
};
use crate::Audit;

/// Reads the whole log in its order and adds everything up again, trusting neither indexes nor sums that are kept.
pub(super) fn audit(snapshot: &Transaction) -> Result<Audit, Fault> {
    let mut auditor = Auditor { found: Audit::default(), last: Cursor::ZERO, sums: BTreeMap::new() };
    auditor.found.head = row::head(snapshot)?;
    let mut statement = snapshot.prepare(&format!(
        "SELECT {ENTRY} FROM entry NOT INDEXED JOIN identity ON identity.id = entry.identity
         JOIN asset ON asset.id = entry.asset ORDER BY entry.seq"
    ))?;
    for entry in statement.query_and_then([], row::entry)? {
        auditor.read(&entry?);
    }
    auditor.compare_head();
    auditor.compare_balances(balances(snapshot)?);
    auditor.found.broken.extend(wrong_tags(snapshot)?);
    auditor.found.twice = doubled(snapshot)?;
    Ok(auditor.found)
}

struct Auditor {
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
    fn read(&mut self, entry: &Entry) {
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

fn balances(snapshot: &Transaction) -> Result<BTreeMap<(PurseId, AssetName), Amount>, Fault> {
    snapshot
        .prepare(
            "SELECT balance.purse, asset.name, balance.amount
             FROM balance JOIN asset ON asset.id = balance.asset",
        )?
        .query_and_then([], |row| {
            Ok(((row::purse(row, "purse")?, row::asset(row, "name")?), row::amount(row, "amount")?))
        })?
        .collect()
}

/// The chain covers tags; a tag covers a name.
fn wrong_tags(snapshot: &Transaction) -> Result<Vec<String>, Fault> {
    let wrong = |row: &Row| -> Result<Option<String>, Fault> {
        let identity = row::identity(row)?;
        let right = IdentityTag::of(row.get("salt")?, &identity).0 == row.get::<_, [u8; 32]>("tag")?;
        Ok((!right).then(|| format!("{identity} is not the identity that its tag was made of")))
    };
    snapshot
        .prepare("SELECT platform, external, salt, tag FROM identity NOT INDEXED")?
        .query_and_then([], wrong)?
        .filter_map(Result::transpose)
        .collect()
}

fn doubled(snapshot: &Transaction) -> Result<Vec<String>, Fault> {
    let keys = snapshot
        .prepare("SELECT key, count(*) AS times FROM entry NOT INDEXED GROUP BY key HAVING count(*) > 1")?
        .query_and_then([], |row| {
            Ok(format!("the key {} is in the log {} times", row::key(row, "key")?, times(row)?))
        })?
        .collect::<Result<Vec<_>, Fault>>()?;
    let openings = snapshot
        .prepare(
            "SELECT identity.platform, identity.external, asset.name AS asset, opened.times
             FROM (SELECT identity, asset, count(*) AS times FROM entry NOT INDEXED
                   WHERE kind = 'opening' GROUP BY identity, asset HAVING count(*) > 1) AS opened
             JOIN identity ON identity.id = opened.identity
             JOIN asset ON asset.id = opened.asset",
        )?
        .query_and_then([], |row| {
            let (identity, asset) = (row::identity(row)?, row::asset(row, "asset")?);
            Ok(format!("{identity} was opened {} times in {asset}", times(row)?))
        })?
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok([keys, openings].concat())
}

fn times(row: &Row) -> Result<i64, Fault> {
    Ok(row.get("times")?)
}
