//! What the server says of orders, and of what they are to undo.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{EventKey, Movement, Order, PurseId};
use onepurse_postgres::{Client, Row, types::Type};

use super::{facts, fault::Fault, row};
use crate::plan::{Facts, Known, Request, Undoable};

const REQUESTS: &str = "SELECT key, digest, first_seq, last_seq FROM onepurse.request WHERE key = ANY ($1)";
/// The entries of the orders that these belong to; of what belongs to none, that one alone.
const TOGETHER: &str =
    "SELECT asked.named, entry.seq, entry.key, entry.kind, entry.purse, entry.identity AS id,
       identity.platform, identity.external, identity.tag, asset.name AS asset, entry.delta,
       entry.captured_ms
    FROM unnest($1::bigint[]) AS asked (named)
    LEFT JOIN LATERAL (SELECT first_seq, last_seq FROM onepurse.request WHERE first_seq <= asked.named
                       ORDER BY first_seq DESC LIMIT 1) AS near ON near.last_seq >= asked.named
    JOIN onepurse.entry ON entry.seq BETWEEN coalesce(near.first_seq, asked.named)
                                         AND coalesce(near.last_seq, asked.named)
    JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset
    ORDER BY asked.named, entry.seq";
/// Where the coins of purses are now, if anybody has them. One that nobody is in was merged into another: the last who left
/// leave an entry in it, and right before that one in the purse that they came to. Or the last one was forgotten, who leaves
/// the coins.
const NOW: &str = "WITH RECURSIVE went (purse, at) AS (
        SELECT DISTINCT purse, purse FROM unnest($1::bigint[]) AS asked (purse)
        UNION
        SELECT went.purse, came.purse
        FROM went JOIN LATERAL (
            WITH RECURSIVE walk (seq, kind, previous) AS (
                SELECT entry.seq, entry.kind, entry.previous FROM onepurse.balance
                JOIN onepurse.entry ON entry.seq = balance.last_seq WHERE balance.purse = went.at
                UNION ALL
                SELECT entry.seq, entry.kind, entry.previous FROM walk
                JOIN onepurse.entry ON entry.seq = walk.previous WHERE walk.kind NOT IN ('link', 'unlink')
            )
            SELECT seq, kind FROM walk WHERE kind IN ('link', 'unlink') ORDER BY seq DESC LIMIT 1
        ) AS gone ON gone.kind = 'link' AND NOT EXISTS (SELECT FROM onepurse.identity WHERE identity.purse = went.at)
        JOIN onepurse.entry AS came ON came.seq = gone.seq - 1
    )
    SELECT purse, at FROM went
    WHERE EXISTS (SELECT FROM onepurse.identity WHERE identity.purse = went.at)";
const BALANCES: &str = "SELECT purse, asset, amount, last_seq FROM onepurse.balance WHERE purse = ANY ($1)";

/// Begins the transaction, locks the log's end, and reads what the ledger says of everything that the orders are about.
/// Only what is to be undone takes more than one round trip.
pub(super) async fn facts_of(client: &Client, orders: &[Order]) -> Result<Facts, Fault> {
    let identities: BTreeSet<_> = orders.iter().flat_map(|order| order.movement.identities()).collect();
    let identities: Vec<_> = identities.into_iter().collect();
    let keys: Vec<_> = orders.iter().map(|order| order.key).collect();
    let mut facts = facts::of_requests(client, &keys, &identities).await?;
    let is_reversed = |order: &Order| match order.movement {
        Movement::Reverse { seq } => Some(seq),
        _ => None,
    };
    let reversed: BTreeSet<_> = orders.iter().filter_map(is_reversed).collect();
    if !reversed.is_empty() {
        add_undoable(client, &mut facts, reversed.into_iter().collect()).await?;
    }
    Ok(facts)
}

/// The orders that were done under these keys.
pub(super) async fn requests(client: &Client, keys: &[EventKey]) -> Result<Vec<(EventKey, Request)>, Fault> {
    let keys: Vec<_> = keys.iter().map(|key| key.0.as_slice()).collect();
    let rows = client.query_typed(REQUESTS, &[(&keys, Type::BYTEA_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row::key(row, "key")?, request(row)?))).collect()
}

fn request(row: &Row) -> Result<Request, Fault> {
    Ok(Request {
        digest: row::digest(row, "digest")?,
        first: row::number(row, "first_seq")?,
        last: row::number(row, "last_seq")?,
    })
}

/// The entries of the transactions, what has undone them, and what the purses have that their coins are in now.
async fn add_undoable(client: &Client, facts: &mut Facts, named: Vec<i64>) -> Result<(), Fault> {
    let rows = client.query_typed(TOGETHER, &[(&named, Type::INT8_ARRAY)]).await?;
    for row in &rows {
        let done = facts.undoable.entry(row::number(row, "named")?).or_default();
        done.push(undoable(row)?);
    }
    let all = || facts.undoable.values().flatten();
    let were: Vec<_> = all().filter_map(|entry| Some(entry.known.as_ref()?.purse.0)).collect();
    let reversals: Vec<_> = all().map(|entry| entry.key.reversal()).collect();
    let reversals: Vec<_> = reversals.iter().map(|key| key.0.as_slice()).collect();
    let (were, reversals) = ([(&were as _, Type::INT8_ARRAY)], [(&reversals as _, Type::BYTEA_ARRAY)]);
    let (now, logged) =
        tokio::try_join!(client.query_typed(NOW, &were), client.query_typed(facts::LOGGED, &reversals))?;
    let at = |row: &Row| Ok((row::purse(row, "purse")?, row::purse(row, "at")?));
    let now = now.iter().map(at).collect::<Result<BTreeMap<PurseId, PurseId>, Fault>>()?;
    for entry in facts.undoable.values_mut().flatten() {
        let known = entry.known.take();
        entry.known = known.and_then(|known| Some(Known { purse: *now.get(&known.purse)?, ..known }));
    }
    for row in &logged {
        facts.logged.insert(row::key(row, "key")?, facts::logged(row)?);
    }
    let purses: Vec<_> = now.values().map(|purse| purse.0).collect();
    let balances = client.query_typed(BALANCES, &[(&purses, Type::INT8_ARRAY)]).await?;
    facts::add_balances(facts, &balances)
}

fn undoable(row: &Row) -> Result<Undoable, Fault> {
    let (id, purse, tag) = (row::number(row, "id")?, row::purse(row, "purse")?, row::tag(row, "tag")?);
    let known = |identity| Known { id, identity, purse, tag };
    Ok(Undoable {
        seq: row::number(row, "seq")?,
        key: row::key(row, "key")?,
        kind: row::entry_kind(row)?,
        known: row::logged_identity(row)?.known().cloned().map(known),
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        captured_ms: row::number(row, "captured_ms")?,
    })
}
