use std::{borrow::Cow, collections::BTreeSet};

use onepurse_core::{Cursor, Event, EventKey, EventKind, Identity};
use onepurse_postgres::{Client, Row, types::Type};

use super::{
    fault::Fault,
    order, quarantine, row, schema,
    server::{begin_look, begin_write},
};
use crate::plan::{Facts, Known, Logged, Tally};

/// Everything here is looked up by its key, and the server is not to guess that it is not: while a ledger is young there
/// are no statistics of its tables, and it was seen to read all of them for each batch, or to compile a batch first.
const BY_KEY: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off; SET LOCAL jit = off";
/// Locks the head row; whoever else appends waits here. What is read after it, in statements of their own, is what the
/// transaction before has left.
const HEAD: &str = "SELECT head_seq, head_hash, revision, writable FROM onepurse.ledger FOR UPDATE";
const END: &str = "SELECT head_seq, head_hash, revision FROM onepurse.ledger";
const LAST: &str = "SELECT (SELECT coalesce(max(id), 0) FROM onepurse.purse) AS last_purse,
       (SELECT coalesce(max(id), 0) FROM onepurse.identity) AS last_identity, last.seq, last.hash
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT seq, hash FROM onepurse.entry ORDER BY seq DESC LIMIT 1) AS last ON true";
const ASSETS: &str = "SELECT id, name, merge, overdraft FROM onepurse.asset";
pub(super) const LOGGED: &str =
    "SELECT entry.key, entry.seq, entry.kind, identity.platform, identity.external,
       asset.name AS asset, entry.delta
    FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset
    WHERE entry.key = ANY ($1)";
const WAITING: &str =
    "SELECT key, asset, delta, rejection, balance FROM onepurse.quarantine WHERE key = ANY ($1)";
/// Everyone who is asked for, with everything in their purse: a row for each asset, or one without any.
const PEOPLE: &str =
    "SELECT identity.id, platform, external, identity.purse, identity.tag, balance.asset, balance.amount,
       balance.last_seq
    FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS asked (platform, external)) AS asked
    JOIN onepurse.identity USING (platform, external)
    LEFT JOIN onepurse.balance ON balance.purse = identity.purse";
/// The same of everyone who shares a purse with those who are asked for.
const SHARING: &str =
    "SELECT identity.id, platform, external, identity.purse, identity.tag, balance.asset, balance.amount,
       balance.last_seq
    FROM onepurse.identity LEFT JOIN onepurse.balance ON balance.purse = identity.purse
    WHERE identity.purse IN (SELECT purse FROM onepurse.identity
                             JOIN unnest($1::text[], $2::text[]) AS asked (platform, external)
                             USING (platform, external))";
const OPENINGS: &str = "SELECT identity, asset, seq FROM onepurse.entry
    WHERE kind = 'opening'
      AND identity IN (SELECT id FROM onepurse.identity
                       JOIN unnest($1::text[], $2::text[]) AS asked (platform, external)
                       USING (platform, external))";

/// Begins the transaction, locks the log's end, and reads what the ledger says of everything that the events are about:
/// all of it in one round trip.
pub(super) async fn of_events(client: &Client, events: &[Event]) -> Result<Facts, Fault> {
    of_batch(client, events, true).await
}

/// The same, where it may be that the log has none of the events, and need not be asked.
pub(super) async fn of_batch(client: &Client, events: &[Event], asks_keys: bool) -> Result<Facts, Fault> {
    let all: Vec<_> = events.iter().map(|event| &event.identity).collect();
    let opened = events.iter().filter(|event| event.kind == EventKind::Opening);
    let opened: Vec<_> = opened.map(|event| &event.identity).collect();
    let keys = keys(events);
    let keys = Keys { logged: if asks_keys { &keys } else { &[] }, waiting: &keys };
    read(client, &keys, &Names::of(&all), &Names::of(&opened), PEOPLE).await
}

/// Everyone in `missing` and everything in their purses, if the ledger is still where the facts are of; else nothing.
pub(super) async fn add_missing(
    client: &Client,
    facts: &mut Facts,
    missing: &[&Identity],
) -> Result<bool, Fault> {
    let names = Names::of(missing);
    let begin = format!("{}; {BY_KEY}", begin_look());
    let (_begun, end, people, _ended) = tokio::try_join!(
        biased;
        client.batch_execute(&begin),
        client.query_typed(END, &[]),
        names.ask(client, PEOPLE),
        client.batch_execute("COMMIT"),
    )?;
    let end = end.first().ok_or(Fault::NotALedger)?;
    let is_there = (row::head_of(end)?, row::number(end, "revision")?) == (facts.head, facts.revision);
    if is_there {
        add_people(facts, &people)?;
    }
    Ok(is_there)
}

/// The same of purses that come from elsewhere, and of everyone in the purses that those who share them have here.
pub(super) async fn of_intake(client: &Client, events: &[Event]) -> Result<Facts, Fault> {
    let all: BTreeSet<_> = events.iter().map(|event| &event.identity).collect();
    let names = Names::of(&all.into_iter().collect::<Vec<_>>());
    // Which openings were taken is asked of the identities.
    let keys = Keys { logged: &[], waiting: &keys(events) };
    read(client, &keys, &names, &names, SHARING).await
}

/// The same of everyone and everything in the purses of these, and of what was done under these keys.
pub(super) async fn of_requests(
    client: &Client,
    keys: &[EventKey],
    identities: &[&Identity],
) -> Result<Facts, Fault> {
    let firsts: Vec<_> = keys.iter().map(|key| key.derived(0)).collect();
    let firsts: Vec<_> = firsts.iter().map(|key| key.0.as_slice()).collect();
    let (names, nobody) = (Names::of(identities), Names::of(&[]));
    let first = Keys { logged: &firsts, waiting: &[] };
    let (facts, requests) = tokio::join!(
        biased;
        read(client, &first, &names, &nobody, SHARING),
        order::requests(client, keys),
    );
    let mut facts = facts?;
    facts.requests.extend(requests?);
    Ok(facts)
}

/// Adds everyone and everything in the purses of these.
pub(super) async fn add_purses_of(
    client: &Client,
    facts: &mut Facts,
    identities: &[&Identity],
) -> Result<(), Fault> {
    let names = Names::of(identities);
    add_people(facts, &names.ask(client, SHARING).await?)
}

/// By which keys entries and what is in quarantine are looked for.
struct Keys<'a> {
    logged: &'a [&'a [u8]],
    waiting: &'a [&'a [u8]],
}

fn keys(events: &[Event]) -> Vec<&[u8]> {
    events.iter().map(|event| event.key.0.as_slice()).collect()
}

/// Identities as two columns.
struct Names<'a> {
    platforms: Vec<&'a str>,
    externals: Vec<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    fn of(identities: &[&'a Identity]) -> Self {
        Self {
            platforms: identities.iter().map(|identity| identity.platform.as_str()).collect(),
            externals: identities.iter().map(|identity| row::stored(identity.external.as_str())).collect(),
        }
    }

    async fn ask(&self, client: &Client, query: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
        let names = [(&self.platforms as _, Type::TEXT_ARRAY), (&self.externals as _, Type::TEXT_ARRAY)];
        client.query_typed(query, &names).await
    }
}

async fn read(
    client: &Client,
    keys: &Keys<'_>,
    names: &Names<'_>,
    opened: &Names<'_>,
    people: &str,
) -> Result<Facts, Fault> {
    let logged = [(&keys.logged as _, Type::BYTEA_ARRAY)];
    let waiting = [(&keys.waiting as _, Type::BYTEA_ARRAY)];
    let begin = format!("{}; {BY_KEY}", begin_write());
    // Polled in this order, so sent in this order.
    let (_begun, head, last, assets, logged, waiting, people, openings) = tokio::try_join!(
        biased;
        client.batch_execute(&begin),
        client.query_typed(HEAD, &[]),
        client.query_typed(LAST, &[]),
        client.query_typed(ASSETS, &[]),
        client.query_typed(LOGGED, &logged),
        client.query_typed(WAITING, &waiting),
        names.ask(client, people),
        opened.ask(client, OPENINGS),
    )?;
    let mut facts = at_end(&head, &last)?;
    for row in &assets {
        let name = row::asset(row, "name")?;
        let id = row::number(row, "id")?;
        facts.assets.insert(name.clone(), id);
        facts.overdrafts.insert(id, row::overdraft(row)?);
        facts.merges.insert(name, row::merge(row)?);
    }
    for row in &logged {
        facts.logged.insert(row::key(row, "key")?, self::logged(row)?);
    }
    for row in &waiting {
        facts.waiting.insert(row::key(row, "key")?, quarantine::rejection(row)?);
    }
    add_people(&mut facts, &people)?;
    for row in &openings {
        let at = (row::number(row, "identity")?, row::number(row, "asset")?);
        facts.openings.insert(at, row::number(row, "seq")?);
    }
    Ok(facts)
}

pub(super) fn add_balances(facts: &mut Facts, rows: &[Row]) -> Result<(), Fault> {
    for row in rows {
        facts.people.set(row::purse(row, "purse")?, row::number(row, "asset")?, tally(row)?);
    }
    Ok(())
}

fn add_people(facts: &mut Facts, rows: &[Row]) -> Result<(), Fault> {
    for row in rows {
        let known = known(row)?;
        if let Some(asset) = row.try_get("asset")? {
            facts.people.set(known.purse, asset, tally(row)?);
        }
        facts.people.note(known);
    }
    Ok(())
}

pub(super) fn tally(row: &Row) -> Result<Tally, Fault> {
    Ok(Tally { amount: row::amount(row, "amount")?, last_seq: row::number(row, "last_seq")? })
}

/// A newer program may have made the ledger one that this program must not write to, also while this one runs.
fn at_end(head: &[Row], last: &[Row]) -> Result<Facts, Fault> {
    let (head, last) = (head.first().ok_or(Fault::NotALedger)?, last.first().ok_or(Fault::NotALedger)?);
    schema::check_writable(row::number(head, "writable")?)?;
    let end = match last.try_get::<_, Option<i64>>("seq")? {
        Some(seq) => Cursor { seq, hash: row::hash(last, "hash")? },
        None => Cursor::ZERO,
    };
    let mut facts = Facts::at_end(row::head_of(head)?, row::number(head, "revision")?, end)?;
    facts.last_purse = row::number(last, "last_purse")?;
    facts.last_identity = row::number(last, "last_identity")?;
    Ok(facts)
}

pub(super) fn logged(row: &Row) -> Result<Logged, Fault> {
    Ok(Logged {
        seq: row::number(row, "seq")?,
        kind: row::entry_kind(row)?,
        identity: row::logged_identity(row)?,
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
    })
}

fn known(row: &Row) -> Result<Known, Fault> {
    Ok(Known {
        id: row::number(row, "id")?,
        identity: row::identity(row)?,
        purse: row::purse(row, "purse")?,
        tag: row::tag(row, "tag")?,
    })
}
