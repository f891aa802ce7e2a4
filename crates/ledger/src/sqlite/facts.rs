use std::collections::BTreeSet;

use onepurse_core::{Cursor, Event, EventKey, EventKind, Identity, PurseId};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{asset, fault::Fault, identity, order, quarantine, row};
use crate::plan::{Facts, Logged, Tally};

/// What the file says of everything that the events are about.
pub(super) fn of_events(transaction: &Transaction, events: &[Event]) -> Result<Facts, Fault> {
    let mut facts = at_end(transaction)?;
    add_logged(transaction, &mut facts, events)?;
    add_events(transaction, &mut facts, events)?;
    Ok(facts)
}

/// Which of the events the log has.
pub(super) fn add_logged(
    transaction: &Transaction,
    facts: &mut Facts,
    events: &[Event],
) -> Result<(), Fault> {
    for event in events {
        facts.logged.extend(logged(transaction, event.key)?.map(|logged| (event.key, logged)));
    }
    Ok(())
}

/// What the file says besides, of which `facts` may know some.
pub(super) fn add_events(
    transaction: &Transaction,
    facts: &mut Facts,
    events: &[Event],
) -> Result<(), Fault> {
    let somebody_waits = quarantine::has_any(transaction)?;
    for event in events.iter().filter(|event| !facts.logged.contains_key(&event.key)).collect::<Vec<_>>() {
        if somebody_waits {
            facts.waiting.extend(quarantine::find(transaction, event.key)?.map(|why| (event.key, why)));
        }
        add_event(transaction, facts, event)?;
    }
    Ok(())
}

/// What the file says of those purses that come from elsewhere, and of everyone and everything in the purses that those who
/// share them have here.
pub(super) fn of_intake(transaction: &Transaction, events: &[Event]) -> Result<Facts, Fault> {
    let mut facts = at_end(transaction)?;
    for event in events {
        facts.waiting.extend(quarantine::find(transaction, event.key)?.map(|why| (event.key, why)));
        add_event(transaction, &mut facts, event)?;
    }
    let purses: BTreeSet<_> = facts.people.all().map(|known| known.purse).collect();
    for purse in purses {
        add_purse(transaction, &mut facts, purse)?;
    }
    Ok(facts)
}

/// What the file says of everyone and everything in the purses of these, and of what was done under the key.
pub(super) fn of_request(
    transaction: &Transaction,
    key: EventKey,
    identities: &[&Identity],
) -> Result<Facts, Fault> {
    let mut facts = at_end(transaction)?;
    add_request(transaction, &mut facts, key)?;
    for identity in identities {
        add_purse_of(transaction, &mut facts, identity)?;
    }
    Ok(facts)
}

/// What was done under a key that somebody asks for something under.
pub(super) fn add_request(transaction: &Transaction, facts: &mut Facts, key: EventKey) -> Result<(), Fault> {
    let first = key.derived(0);
    facts.logged.extend(logged(transaction, first)?.map(|logged| (first, logged)));
    facts.requests.extend(order::request(transaction, key)?.map(|request| (key, request)));
    Ok(())
}

/// Everyone and everything in somebody's purse.
pub(super) fn add_purse_of(
    transaction: &Transaction,
    facts: &mut Facts,
    identity: &Identity,
) -> Result<(), Fault> {
    let found = identity::find(transaction, identity)?;
    found.map_or(Ok(()), |known| add_purse(transaction, facts, known.purse))
}

/// Everyone and everything in a purse.
pub(super) fn add_purse(transaction: &Transaction, facts: &mut Facts, purse: PurseId) -> Result<(), Fault> {
    for sharing in identity::sharing(transaction, purse)? {
        facts.people.note(sharing);
    }
    add_balances(transaction, facts, purse)
}

fn add_balances(transaction: &Transaction, facts: &mut Facts, purse: PurseId) -> Result<(), Fault> {
    let mut all =
        transaction.prepare_cached("SELECT asset, amount, last_seq FROM balance WHERE purse = ?1")?;
    let mut rows = all.query([purse.0])?;
    while let Some(row) = rows.next()? {
        let tally = Tally { amount: row::amount(row, "amount")?, last_seq: row.get("last_seq")? };
        facts.people.set(purse, row.get("asset")?, tally);
    }
    Ok(())
}

pub(super) fn at_end(transaction: &Transaction) -> Result<Facts, Fault> {
    let mut facts = end(transaction)?;
    add_all_that_is(transaction, &mut facts)?;
    Ok(facts)
}

/// Where the log ends, and nothing else.
pub(super) fn end(transaction: &Transaction) -> Result<Facts, Fault> {
    let revision =
        transaction.prepare_cached("SELECT revision FROM ledger")?.query_one([], |row| row.get(0))?;
    Ok(Facts::at_end(row::head(transaction)?, revision, last(transaction)?)?)
}

/// What every transaction needs.
pub(super) fn add_all_that_is(transaction: &Transaction, facts: &mut Facts) -> Result<(), Fault> {
    (facts.last_purse, facts.last_identity) = transaction
        .prepare_cached(
            "SELECT coalesce((SELECT max(id) FROM purse), 0), coalesce((SELECT max(id) FROM identity), 0)",
        )?
        .query_one([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    asset::note_all(transaction, facts)
}

fn last(transaction: &Transaction) -> Result<Cursor, Fault> {
    let read = |row: &Row| Ok(Cursor { seq: row.get("seq")?, hash: row::hash(row, "hash")? });
    let last = transaction
        .prepare_cached("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1")?
        .query_one([], |row| Ok(read(row)))
        .optional()?;
    last.unwrap_or(Ok(Cursor::ZERO))
}

/// Who an event is of, what is in that purse, and the opening where the event is one.
fn add_event(transaction: &Transaction, facts: &mut Facts, event: &Event) -> Result<(), Fault> {
    if facts.people.known(&event.identity).is_none() {
        let Some(known) = identity::find(transaction, &event.identity)? else { return Ok(()) };
        add_balances(transaction, facts, known.purse)?;
        facts.people.note(known);
    }
    if event.kind != EventKind::Opening {
        return Ok(());
    }
    let Some(known) = facts.people.known(&event.identity) else { return Ok(()) };
    if let Some(&asset) = facts.assets.get(&event.asset)
        && let Some(seq) = opening(transaction, known.id, asset)?
    {
        facts.openings.insert((known.id, asset), seq);
    }
    Ok(())
}

fn opening(transaction: &Transaction, identity: i64, asset: i64) -> Result<Option<i64>, Fault> {
    Ok(transaction
        .prepare_cached(
            "SELECT seq FROM entry INDEXED BY entry_opening
             WHERE identity = ?1 AND asset = ?2 AND kind = 'opening'",
        )?
        .query_one((identity, asset), |row| row.get(0))
        .optional()?)
}

pub(super) fn logged(transaction: &Transaction, key: EventKey) -> Result<Option<Logged>, Fault> {
    let read = |row: &Row| -> Result<Logged, Fault> {
        Ok(Logged {
            seq: row.get("seq")?,
            kind: row::entry_kind(row)?,
            identity: row::logged_identity(row)?,
            asset: row::asset(row, "asset")?,
            delta: row::amount(row, "delta")?,
        })
    };
    transaction
        .prepare_cached(
            "SELECT entry.seq, entry.kind, identity.platform, identity.external, asset.name AS asset,
                    entry.delta
             FROM entry
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.key = ?1",
        )?
        .query_one([key.0], |row| Ok(read(row)))
        .optional()?
        .transpose()
}
