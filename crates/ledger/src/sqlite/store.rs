use rusqlite::Transaction;

use super::{fault::Fault, order, quarantine, rows};
use crate::plan::{EntryRow, Newcomer, Plan};

/// Writes what was planned. Where nothing was, nothing is written.
pub(super) fn store(transaction: &Transaction, plan: &Plan) -> Result<(), Fault> {
    if plan.is_empty() {
        return Ok(());
    }
    rows::insert(transaction, ["INSERT INTO purse (id, created_ms)", ""], 2, &plan.purses, |row, purse| {
        row.bind(purse.0)?;
        row.bind(plan.now_ms)
    })?;
    welcome(transaction, &plan.newcomers)?;
    enter(transaction, &plan.entries)?;
    balances(transaction, plan)?;
    if let Some((from, into)) = plan.joined {
        transaction
            .prepare_cached("UPDATE identity SET purse = ?2 WHERE purse = ?1")?
            .execute((from.0, into.0))?;
    }
    if let Some((identity, purse)) = plan.parted {
        transaction
            .prepare_cached("UPDATE identity SET purse = ?2 WHERE id = ?1")?
            .execute((identity, purse.0))?;
    }
    for (event, rejection) in &plan.quarantined {
        quarantine::store(transaction, event, rejection, plan.now_ms)?;
    }
    for key in &plan.decided {
        transaction.prepare_cached("DELETE FROM quarantine WHERE key = ?1")?.execute([key.0])?;
    }
    order::store(transaction, &plan.requests)?;
    transaction
        .prepare_cached("UPDATE ledger SET head_seq = ?1, head_hash = ?2 WHERE head_seq <> ?1")?
        .execute((plan.head.seq, plan.head.hash.0))?;
    Ok(())
}

fn welcome(transaction: &Transaction, newcomers: &[Newcomer]) -> Result<(), Fault> {
    const INTO: &str = "INSERT INTO identity (id, platform, external, purse, salt, tag)";
    rows::insert(transaction, [INTO, ""], 6, newcomers, |row, Newcomer { known, salt }| {
        row.bind(known.id)?;
        row.bind(known.identity.platform.as_str())?;
        row.bind(known.identity.external.as_str())?;
        row.bind(known.purse.0)?;
        row.bind(salt)?;
        row.bind(known.tag.0)
    })?;
    Ok(())
}

fn enter(transaction: &Transaction, entries: &[EntryRow]) -> Result<(), Fault> {
    const INTO: &str = "INSERT INTO entry (seq, key, kind, purse, identity, asset, delta, balance, at_ms,
        captured_ms, actor, reason, hash, previous)";
    rows::insert(
        transaction,
        [INTO, ""],
        14,
        entries,
        |row, EntryRow { entry, identity, asset, previous }| {
            row.bind(entry.seq)?;
            row.bind(entry.key.0)?;
            row.bind(entry.kind.as_str())?;
            row.bind(entry.purse.0)?;
            row.bind(identity)?;
            row.bind(asset)?;
            row.bind(entry.delta.units())?;
            row.bind(entry.balance.units())?;
            row.bind(entry.at_ms)?;
            row.bind(entry.captured_ms)?;
            row.bind(&entry.actor)?;
            row.bind(&entry.reason)?;
            row.bind(entry.hash.0)?;
            row.bind(previous)
        },
    )
    .map_err(Fault::of_entry)
}

fn balances(transaction: &Transaction, plan: &Plan) -> Result<(), Fault> {
    const INTO: &str = "INSERT INTO balance (purse, asset, amount, last_seq)";
    const OR: &str =
        "ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount, last_seq = excluded.last_seq";
    rows::insert(transaction, [INTO, OR], 4, &plan.balances, |row, (purse, asset, tally)| {
        row.bind(purse.0)?;
        row.bind(asset)?;
        row.bind(tally.amount.units())?;
        row.bind(tally.last_seq)
    })?;
    Ok(())
}
