use std::collections::HashMap;

use onepurse_core::{Amount, AssetName, Cursor, Entry, EntryKind, EventKey, PurseId};
use rusqlite::{OptionalExtension, Transaction};

use super::{fault::Fault, identity::Known, row};

/// An asset as rows refer to it.
pub(super) type AssetId = i64;

/// The log and the balances, open for writing inside one transaction.
pub(super) struct Writing<'t> {
    transaction: &'t Transaction<'t>,
    head: Cursor,
    pub(super) now_ms: i64,
    balances: HashMap<(PurseId, AssetId), Kept>,
}

/// A balance that was read, and whether it has moved since.
struct Kept {
    amount: Amount,
    is_new: bool,
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

impl<'t> Writing<'t> {
    /// Reads where the log ends. A file put together from two backups shows here: nothing is appended to it.
    pub(super) fn begin(transaction: &'t Transaction<'t>, now_ms: i64) -> Result<Self, Fault> {
        let head = row::head(transaction)?;
        let last: i64 = transaction
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM entry")?
            .query_one([], |row| row.get(0))?;
        if last != head.seq || !row::is_history(transaction, head)? {
            let what =
                format!("its head is entry {}, but its log ends at {last} with another hash", head.seq);
            return Err(Fault::Damaged(what));
        }
        Ok(Self { transaction, head, now_ms, balances: HashMap::new() })
    }

    /// What a purse has now, this transaction's entries included.
    pub(super) fn balance(&mut self, purse: PurseId, asset: AssetId) -> Result<Amount, Fault> {
        if let Some(kept) = self.balances.get(&(purse, asset)) {
            return Ok(kept.amount);
        }
        let stored: Option<i64> = self
            .transaction
            .prepare_cached("SELECT amount FROM balance WHERE purse = ?1 AND asset = ?2")?
            .query_one((purse.0, asset), |row| row.get(0))
            .optional()?;
        let amount = Amount::new(stored.unwrap_or_default());
        self.balances.insert((purse, asset), Kept { amount, is_new: false });
        Ok(amount)
    }

    /// Numbers the entry, chains it, stores it, and moves its purse's balance.
    pub(super) fn enter(&mut self, draft: Draft) -> Result<i64, Fault> {
        let (asset_id, asset_name) = draft.asset;
        let mut entry = Entry {
            seq: self.head.seq + 1,
            key: draft.key,
            kind: draft.kind,
            purse: draft.purse,
            identity: draft.identity.identity.clone(),
            tag: draft.identity.tag,
            asset: asset_name.clone(),
            delta: draft.delta,
            balance: draft.balance,
            at_ms: self.now_ms,
            captured_ms: draft.captured_ms,
            actor: draft.actor,
            reason: draft.reason,
            hash: self.head.hash,
        };
        entry.hash = entry.chained(self.head.hash);
        self.store(&entry, draft.identity.id, asset_id)?;
        self.head = Cursor { seq: entry.seq, hash: entry.hash };
        self.balances.insert((entry.purse, asset_id), Kept { amount: entry.balance, is_new: true });
        Ok(entry.seq)
    }

    fn store(&self, entry: &Entry, identity: i64, asset: AssetId) -> Result<(), Fault> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms, captured_ms,
                                actor, reason, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        insert.execute((
            entry.seq,
            entry.key.0,
            entry.kind.as_str(),
            entry.purse.0,
            identity,
            asset,
            entry.delta.units(),
            entry.balance.units(),
            entry.at_ms,
            entry.captured_ms,
            &entry.actor,
            &entry.reason,
            entry.hash.0,
        ))?;
        Ok(())
    }

    /// Stores the balances and the head. Where nothing was entered, nothing is written.
    pub(super) fn finish(self) -> Result<Cursor, Fault> {
        let mut upsert = self.transaction.prepare_cached(
            "INSERT INTO balance (purse, asset, amount) VALUES (?1, ?2, ?3)
             ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount",
        )?;
        for ((purse, asset), kept) in self.balances.iter().filter(|(_, kept)| kept.is_new) {
            upsert.execute((purse.0, asset, kept.amount.units()))?;
        }
        self.transaction
            .prepare_cached("UPDATE ledger SET head_seq = ?1, head_hash = ?2 WHERE head_seq <> ?1")?
            .execute((self.head.seq, self.head.hash.0))?;
        Ok(self.head)
    }
}
