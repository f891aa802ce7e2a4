//! What the file says of orders, and of what they are to undo.

use onepurse_core::{EventKey, IdentityTag, Movement, Order, PurseId};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{facts, fault::Fault, row};
use crate::plan::{Facts, Known, Request, Undoable};

/// What the file says of everything that the orders are about.
pub(super) fn facts_of(transaction: &Transaction, orders: &[Order]) -> Result<Facts, Fault> {
    let mut facts = facts::at_end(transaction)?;
    for order in orders {
        facts::add_request(transaction, &mut facts, order.key)?;
        for who in order.movement.identities() {
            facts::add_purse_of(transaction, &mut facts, who)?;
        }
        if let Movement::Reverse { seq } = order.movement {
            add_undoable(transaction, &mut facts, seq)?;
        }
    }
    Ok(facts)
}

pub(super) fn store(transaction: &Transaction, requests: &[(EventKey, Request)]) -> Result<(), Fault> {
    let mut insert = transaction
        .prepare_cached("INSERT INTO request (key, digest, first_seq, last_seq) VALUES (?1, ?2, ?3, ?4)")?;
    for (key, request) in requests {
        insert.execute((key.0, request.digest, request.first, request.last))?;
    }
    Ok(())
}

pub(super) fn request(transaction: &Transaction, key: EventKey) -> Result<Option<Request>, Fault> {
    Ok(transaction
        .prepare_cached("SELECT digest, first_seq, last_seq FROM request WHERE key = ?1")?
        .query_one([key.0], |row| Ok(Request { digest: row.get(0)?, first: row.get(1)?, last: row.get(2)? }))
        .optional()?)
}

/// The entries of one transaction, what has undone them, and what the purses have that their coins are in now.
fn add_undoable(transaction: &Transaction, facts: &mut Facts, seq: i64) -> Result<(), Fault> {
    let done = together(transaction, seq)?;
    if done.is_empty() {
        return Ok(());
    }
    for entry in &done {
        if let Some(known) = &entry.known {
            facts::add_purse(transaction, facts, known.purse)?;
        }
        let key = entry.key.reversal();
        facts.logged.extend(facts::logged(transaction, key)?.map(|logged| (key, logged)));
    }
    facts.undoable.insert(seq, done);
    Ok(())
}

/// The numbers of the first and the last entry of the order that this entry belongs to; else this one alone.
fn range(transaction: &Transaction, seq: i64) -> Result<(i64, i64), Fault> {
    let nearest = transaction
        .prepare_cached(
            "SELECT first_seq, last_seq FROM request WHERE first_seq <= ?1 ORDER BY first_seq DESC LIMIT 1",
        )?
        .query_one([seq], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(nearest.filter(|(_, last)| *last >= seq).unwrap_or((seq, seq)))
}

fn together(transaction: &Transaction, seq: i64) -> Result<Vec<Undoable>, Fault> {
    let mut done: Vec<_> = transaction
        .prepare_cached(
            "SELECT entry.seq, entry.key, entry.kind, entry.purse, entry.identity AS id, identity.platform,
                    identity.external, identity.tag, asset.name AS asset, entry.delta,
                    entry.captured_ms
             FROM entry
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.seq BETWEEN ?1 AND ?2 ORDER BY entry.seq",
        )?
        .query_and_then(range(transaction, seq)?, undoable)?
        .collect::<Result<_, _>>()?;
    for entry in &mut done {
        entry.known = match entry.known.take() {
            Some(known) => now(transaction, known.purse)?.map(|purse| Known { purse, ..known }),
            None => None,
        };
    }
    Ok(done)
}

fn undoable(row: &Row) -> Result<Undoable, Fault> {
    let (id, purse, tag) = (row.get("id")?, row::purse(row, "purse")?, IdentityTag(row.get("tag")?));
    let known = |identity| Known { id, identity, purse, tag };
    Ok(Undoable {
        seq: row.get("seq")?,
        key: row::key(row, "key")?,
        kind: row::entry_kind(row)?,
        known: row::logged_identity(row)?.known().cloned().map(known),
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        captured_ms: row.get("captured_ms")?,
    })
}

/// The purse that a purse's coins are in now, if anybody has it. One that nobody is in was merged into another: the last who
/// left leave an entry in it, and right before that one in the purse that they came to. Or the last one was forgotten, who
/// leaves the coins.
fn now(transaction: &Transaction, mut purse: PurseId) -> Result<Option<PurseId>, Fault> {
    let mut sharing = transaction.prepare_cached("SELECT 1 FROM identity WHERE purse = ?1")?;
    let mut into = transaction.prepare_cached(
        "WITH RECURSIVE walk (seq, kind, previous) AS (
             SELECT entry.seq, entry.kind, entry.previous FROM balance
             JOIN entry ON entry.seq = balance.last_seq WHERE balance.purse = ?1
             UNION ALL
             SELECT entry.seq, entry.kind, entry.previous FROM walk
             JOIN entry ON entry.seq = walk.previous WHERE walk.kind NOT IN ('link', 'unlink')
         )
         SELECT came.purse FROM entry AS came JOIN (
             SELECT seq, kind FROM walk WHERE kind IN ('link', 'unlink') ORDER BY seq DESC LIMIT 1
         ) AS gone ON gone.kind = 'link' AND came.seq = gone.seq - 1",
    )?;
    while !sharing.exists([purse.0])? {
        match into.query_one([purse.0], |row| row.get(0)).optional()? {
            Some(next) => purse = PurseId(next),
            None => return Ok(None),
        }
    }
    Ok(Some(purse))
}
