use onepurse_core::{
    Answer, Balance, Changes, Cursor, EventKey, Opening, Platform, Question, Standing, Undone,
};
use rusqlite::{Row, Transaction};

use super::{fault::Fault, row};

/// Answers a replica from one snapshot. Every query is bounded by entries in (`from`, `to`] or, from zero, by what the
/// platform has: nothing reads the whole log.
pub(super) fn pull(snapshot: &Transaction, question: Question) -> Result<Answer, Fault> {
    let to = row::head(snapshot)?;
    let Question { platform, from, oldest_ms } = question;
    if !row::is_history(snapshot, from)? {
        return Ok(Answer::HistoryMismatch);
    }
    let mut changes = Changes {
        from,
        to,
        oldest_ms,
        own: vec![],
        openings: vec![],
        balances: vec![],
        names_everyone: from == Cursor::ZERO || somebody_was_forgotten(snapshot, &platform, from)?,
        reversals: vec![],
    };
    if from == Cursor::ZERO {
        changes.own = own_since(snapshot, &platform, oldest_ms)?;
        changes.openings = all_openings(snapshot, &platform)?;
        changes.balances = all_balances(snapshot, &platform)?;
        changes.reversals = reversals_since(snapshot, &platform, oldest_ms)?;
    } else if from != to {
        changes.own = own(snapshot, &platform, from)?;
        changes.openings = openings(snapshot, &platform, from)?;
        changes.balances = if changes.names_everyone {
            all_balances(snapshot, &platform)?
        } else {
            touched(snapshot, &platform, from)?
        };
        changes.reversals = reversals(snapshot, &platform, from)?;
    }
    Ok(Answer::Changes(changes))
}

/// Whether one of these entries is of somebody on the platform who was forgotten. Of hardly any platform somebody was.
fn somebody_was_forgotten(snapshot: &Transaction, platform: &Platform, from: Cursor) -> Result<bool, Fault> {
    let mut ever =
        snapshot.prepare_cached("SELECT 1 FROM identity WHERE platform = ?1 AND external IS NULL LIMIT 1")?;
    let mut since = snapshot.prepare_cached(
        "SELECT 1 FROM entry NOT INDEXED JOIN identity ON identity.id = entry.identity
         WHERE entry.seq > ?2 AND identity.platform = ?1 AND identity.external IS NULL LIMIT 1",
    )?;
    Ok(ever.exists([platform.as_str()])? && since.exists((platform.as_str(), from.seq))?)
}

fn own(snapshot: &Transaction, platform: &Platform, from: Cursor) -> Result<Vec<EventKey>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT entry.key FROM entry JOIN identity ON identity.id = entry.identity
             WHERE entry.seq > ?2 AND entry.kind IN ('change', 'repair', 'dismissal') AND identity.platform = ?1
             ORDER BY entry.seq",
        )?
        .query_and_then((platform.as_str(), from.seq), |row| row::key(row, "key"))?
        .collect()
}

fn own_since(snapshot: &Transaction, platform: &Platform, oldest_ms: i64) -> Result<Vec<EventKey>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT entry.key FROM entry INDEXED BY entry_key JOIN identity ON identity.id = entry.identity
             WHERE entry.key >= ?3 AND entry.captured_ms >= ?2
               AND entry.kind IN ('change', 'repair', 'dismissal') AND identity.platform = ?1
             ORDER BY entry.seq",
        )?
        .query_and_then((platform.as_str(), oldest_ms, EventKey::first_since(oldest_ms).0), |row| {
            row::key(row, "key")
        })?
        .collect()
}

fn openings(snapshot: &Transaction, platform: &Platform, from: Cursor) -> Result<Vec<Opening>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT identity.external, asset.name AS asset FROM entry NOT INDEXED
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.seq > ?2 AND entry.kind = 'opening' AND identity.platform = ?1
               AND identity.external IS NOT NULL
             ORDER BY entry.seq",
        )?
        .query_and_then((platform.as_str(), from.seq), opening)?
        .collect()
}

fn all_openings(snapshot: &Transaction, platform: &Platform) -> Result<Vec<Opening>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT identity.external, asset.name AS asset FROM identity
             JOIN entry INDEXED BY entry_opening ON entry.identity = identity.id AND entry.kind = 'opening'
             JOIN asset ON asset.id = entry.asset
             WHERE identity.platform = ?1 AND identity.external IS NOT NULL
             ORDER BY entry.seq",
        )?
        .query_and_then([platform.as_str()], opening)?
        .collect()
}

/// Balances of the identities whose purse, as it is now, has entries after `from`. A link is an entry of the purse that
/// stays, so who moved is among them.
fn touched(snapshot: &Transaction, platform: &Platform, from: Cursor) -> Result<Vec<Standing>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT identity.external, identity.purse, asset.name AS asset, balance.amount
             FROM (SELECT DISTINCT purse FROM entry NOT INDEXED WHERE seq > ?2) AS moved
             CROSS JOIN identity ON identity.purse = moved.purse AND identity.platform = ?1
             JOIN balance ON balance.purse = identity.purse
             JOIN asset ON asset.id = balance.asset",
        )?
        .query_and_then((platform.as_str(), from.seq), standing)?
        .collect()
}

fn all_balances(snapshot: &Transaction, platform: &Platform) -> Result<Vec<Standing>, Fault> {
    snapshot
        .prepare_cached(
            "SELECT identity.external, identity.purse, asset.name AS asset, balance.amount
             FROM identity
             JOIN balance ON balance.purse = identity.purse
             JOIN asset ON asset.id = balance.asset
             WHERE identity.platform = ?1",
        )?
        .query_and_then([platform.as_str()], standing)?
        .collect()
}

const REVERSAL: &str = "entry.key, entry.seq, identity.external, asset.name AS asset, entry.delta, \
    entry.captured_ms, entry.at_ms, entry.actor, entry.reason";

fn reversals(snapshot: &Transaction, platform: &Platform, from: Cursor) -> Result<Vec<Undone>, Fault> {
    snapshot
        .prepare_cached(&format!(
            "SELECT {REVERSAL} FROM entry NOT INDEXED
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.seq > ?2 AND entry.kind = 'reversal' AND identity.platform = ?1 AND identity.external IS NOT NULL
             ORDER BY entry.seq"
        ))?
        .query_and_then((platform.as_str(), from.seq), undone)?
        .collect()
}

fn reversals_since(
    snapshot: &Transaction,
    platform: &Platform,
    oldest_ms: i64,
) -> Result<Vec<Undone>, Fault> {
    snapshot
        .prepare_cached(&format!(
            "SELECT {REVERSAL} FROM entry INDEXED BY entry_captured
             JOIN identity ON identity.id = entry.identity
             JOIN asset ON asset.id = entry.asset
             WHERE entry.captured_ms >= ?2 AND entry.kind IN ('opening', 'reversal') AND entry.kind = 'reversal'
               AND identity.platform = ?1 AND identity.external IS NOT NULL
             ORDER BY entry.seq"
        ))?
        .query_and_then((platform.as_str(), oldest_ms), undone)?
        .collect()
}

/// What the platform's identities have, of those whose purse did not change after `at`; `None` where `at` is not in
/// this log's history.
pub(super) fn balances_at(
    snapshot: &Transaction,
    platform: &Platform,
    at: Cursor,
) -> Result<Option<Vec<Balance>>, Fault> {
    if !row::is_history(snapshot, at)? {
        return Ok(None);
    }
    let balances = snapshot
        .prepare_cached(
            "SELECT identity.external, asset.name AS asset, balance.amount
             FROM identity
             JOIN balance ON balance.purse = identity.purse
             JOIN asset ON asset.id = balance.asset
             WHERE identity.platform = ?1
               AND NOT EXISTS (SELECT 1 FROM balance AS moved
                               WHERE moved.purse = identity.purse AND moved.last_seq > ?2)",
        )?
        .query_and_then((platform.as_str(), at.seq), balance)?
        .collect::<Result<_, _>>()?;
    Ok(Some(balances))
}

/// What the platform's identities had when the log ended `at` this entry. Who has moved since leaves an entry in the
/// purse that they came to, and right after it one in the purse that they left.
pub(super) fn balances_as_of(
    snapshot: &Transaction,
    platform: &Platform,
    at: Cursor,
) -> Result<Vec<Balance>, Fault> {
    if !row::is_history(snapshot, at)? {
        return Err(Fault::NotInHistory(at.seq));
    }
    snapshot
        .prepare_cached(
            "WITH RECURSIVE moved AS (
                 SELECT identity, min(seq) AS seq FROM entry NOT INDEXED
                 WHERE seq > ?2 AND kind IN ('link', 'unlink') GROUP BY identity
             ), was AS (
                 SELECT identity.external, ifnull(source.purse, identity.purse) AS purse
                 FROM identity
                 LEFT JOIN moved ON moved.identity = identity.id
                 LEFT JOIN entry AS source ON source.seq = moved.seq + 1
                 WHERE identity.platform = ?1 AND identity.external IS NOT NULL
             ), walk (external, seq) AS (
                 SELECT was.external, balance.last_seq FROM was JOIN balance ON balance.purse = was.purse
                 UNION ALL
                 SELECT walk.external, entry.previous
                 FROM walk JOIN entry ON entry.seq = walk.seq WHERE walk.seq > ?2
             )
             SELECT walk.external, asset.name AS asset, entry.balance AS amount
             FROM walk JOIN entry ON entry.seq = walk.seq JOIN asset ON asset.id = entry.asset
             WHERE walk.seq <= ?2",
        )?
        .query_and_then((platform.as_str(), at.seq), balance)?
        .collect()
}

fn opening(row: &Row) -> Result<Opening, Fault> {
    Ok(Opening { asset: row::asset(row, "asset")?, external: row::external(row, "external")? })
}

fn balance(row: &Row) -> Result<Balance, Fault> {
    Ok(Balance {
        asset: row::asset(row, "asset")?,
        external: row::external(row, "external")?,
        amount: row::amount(row, "amount")?,
    })
}

fn standing(row: &Row) -> Result<Standing, Fault> {
    let Balance { asset, external, amount } = balance(row)?;
    Ok(Standing { asset, external, amount, purse: row::purse(row, "purse")? })
}

fn undone(row: &Row) -> Result<Undone, Fault> {
    Ok(Undone {
        key: row::key(row, "key")?,
        seq: row.get("seq")?,
        external: row::external(row, "external")?,
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        captured_ms: row.get("captured_ms")?,
        at_ms: row.get("at_ms")?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
    })
}
