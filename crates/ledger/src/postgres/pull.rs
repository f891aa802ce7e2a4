use onepurse_core::{
    Answer, Balance, Changes, Cursor, EventKey, Opening, Platform, Question, Standing, Undone,
};
use onepurse_postgres::{Client, Row, types::Type};

use super::{fault::Fault, row};

const OWN: &str =
    "SELECT entry.key FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
    WHERE entry.seq > $2 AND entry.kind IN ('change', 'repair', 'dismissal') AND identity.platform = $1
    ORDER BY entry.seq";
const OWN_SINCE: &str = "SELECT entry.key FROM onepurse.entry
    JOIN onepurse.identity ON identity.id = entry.identity
    WHERE entry.key >= $3 AND entry.captured_ms >= $2
      AND entry.kind IN ('change', 'repair', 'dismissal') AND identity.platform = $1
    ORDER BY entry.seq";
/// Whether an entry after the cursor is of somebody on the platform who was forgotten. Of hardly any platform somebody was.
const FORGOTTEN: &str = "SELECT WHERE
    EXISTS (SELECT FROM onepurse.identity WHERE platform = $1 AND external IS NULL)
    AND EXISTS (SELECT FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
                WHERE entry.seq > $2 AND identity.platform = $1 AND identity.external IS NULL)";
const REVERSALS: &str = "SELECT entry.key, entry.seq, identity.external, asset.name AS asset, entry.delta,
        entry.captured_ms, entry.at_ms, entry.actor, entry.reason
    FROM onepurse.entry
    JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset
    WHERE entry.seq > $2 AND entry.kind = 'reversal' AND identity.platform = $1 AND identity.external IS NOT NULL
    ORDER BY entry.seq";
const REVERSALS_SINCE: &str =
    "SELECT entry.key, entry.seq, identity.external, asset.name AS asset, entry.delta,
        entry.captured_ms, entry.at_ms, entry.actor, entry.reason
    FROM onepurse.entry
    JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset
    WHERE entry.captured_ms >= $2 AND entry.kind = 'reversal' AND identity.platform = $1 AND identity.external IS NOT NULL
    ORDER BY entry.seq";
/// From zero, `seq` is that: the index of openings has them all.
const OPENINGS: &str = "SELECT identity.external, asset.name AS asset FROM onepurse.entry
    JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset
    WHERE entry.seq > $2 AND entry.kind = 'opening' AND identity.platform = $1
      AND identity.external IS NOT NULL
    ORDER BY entry.seq";
/// Balances of the identities whose purse, as it is now, has entries after the cursor. A link is an entry of the purse
/// that stays, so who moved is among them.
const TOUCHED: &str = "SELECT identity.external, identity.purse, asset.name AS asset, balance.amount
    FROM (SELECT DISTINCT purse FROM onepurse.entry WHERE seq > $2) AS moved
    JOIN onepurse.identity ON identity.purse = moved.purse AND identity.platform = $1
    JOIN onepurse.balance ON balance.purse = identity.purse
    JOIN onepurse.asset ON asset.id = balance.asset";
const ALL: &str = "SELECT identity.external, identity.purse, asset.name AS asset, balance.amount
    FROM onepurse.identity
    JOIN onepurse.balance ON balance.purse = identity.purse
    JOIN onepurse.asset ON asset.id = balance.asset
    WHERE identity.platform = $1 AND $2 >= 0";
const UNCHANGED: &str = "SELECT identity.external, asset.name AS asset, balance.amount
    FROM onepurse.identity
    JOIN onepurse.balance ON balance.purse = identity.purse
    JOIN onepurse.asset ON asset.id = balance.asset
    WHERE identity.platform = $1
      AND NOT EXISTS (SELECT FROM onepurse.balance AS moved
                      WHERE moved.purse = identity.purse AND moved.last_seq > $2)";
/// Who has moved since leaves an entry in the purse that they came to, and right after it one in the purse that they left.
const AS_OF: &str = "WITH RECURSIVE moved AS (
        SELECT identity, min(seq) AS seq FROM onepurse.entry
        WHERE seq > $2 AND kind IN ('link', 'unlink') GROUP BY identity
    ), was AS (
        SELECT identity.external, coalesce(source.purse, identity.purse) AS purse
        FROM onepurse.identity
        LEFT JOIN moved ON moved.identity = identity.id
        LEFT JOIN onepurse.entry AS source ON source.seq = moved.seq + 1
        WHERE identity.platform = $1 AND identity.external IS NOT NULL
    ), walk (external, seq) AS (
        SELECT was.external, balance.last_seq FROM was JOIN onepurse.balance ON balance.purse = was.purse
        UNION ALL
        SELECT walk.external, entry.previous
        FROM walk JOIN onepurse.entry ON entry.seq = walk.seq WHERE walk.seq > $2
    )
    SELECT walk.external, asset.name AS asset, entry.balance AS amount
    FROM walk JOIN onepurse.entry ON entry.seq = walk.seq JOIN onepurse.asset ON asset.id = entry.asset
    WHERE walk.seq <= $2";

/// Answers a replica from one snapshot. Every query is bounded by entries after `from` or, from zero, by what the
/// platform has: nothing reads the whole log.
pub(super) async fn pull(client: &Client, question: Question) -> Result<Answer, Fault> {
    let to = row::head(client).await?;
    let Question { platform, from, oldest_ms } = question;
    if !row::is_history(client, from).await? {
        return Ok(Answer::HistoryMismatch);
    }
    let (reversals, since) = match from {
        Cursor::ZERO => (REVERSALS_SINCE, oldest_ms),
        _ => (REVERSALS, from.seq),
    };
    let names_everyone =
        from == Cursor::ZERO || !ask(client, FORGOTTEN, &platform, from.seq).await?.is_empty();
    let mut changes = Changes {
        from,
        to,
        oldest_ms,
        own: vec![],
        openings: vec![],
        balances: vec![],
        names_everyone,
        reversals: vec![],
    };
    if from == Cursor::ZERO || from != to {
        changes.own = match from {
            Cursor::ZERO => own_since(client, &platform, oldest_ms).await?,
            _ => keys(&ask(client, OWN, &platform, from.seq).await?)?,
        };
        changes.openings = openings(client, &platform, from.seq).await?;
        let balances = if names_everyone { ALL } else { TOUCHED };
        changes.balances = standings(client, balances, &platform, from.seq).await?;
        let undone = ask(client, reversals, &platform, since).await?;
        changes.reversals = undone.iter().map(self::undone).collect::<Result<_, _>>()?;
    }
    Ok(Answer::Changes(changes))
}

/// What the platform's identities have, of those whose purse did not change after `at`; `None` where `at` is not in
/// this log's history.
pub(super) async fn balances_at(
    client: &Client,
    platform: &Platform,
    at: Cursor,
) -> Result<Option<Vec<Balance>>, Fault> {
    if !row::is_history(client, at).await? {
        return Ok(None);
    }
    balances(client, UNCHANGED, platform, at.seq).await.map(Some)
}

/// What the platform's identities had when the log ended `at` this entry.
pub(super) async fn balances_as_of(
    client: &Client,
    platform: &Platform,
    at: Cursor,
) -> Result<Vec<Balance>, Fault> {
    if !row::is_history(client, at).await? {
        return Err(Fault::NotInHistory(at.seq));
    }
    balances(client, AS_OF, platform, at.seq).await
}

async fn ask(client: &Client, query: &str, platform: &Platform, since: i64) -> Result<Vec<Row>, Fault> {
    Ok(client.query_typed(query, &[(&platform.as_str(), Type::TEXT), (&since, Type::INT8)]).await?)
}

async fn own_since(client: &Client, platform: &Platform, oldest_ms: i64) -> Result<Vec<EventKey>, Fault> {
    let first = EventKey::first_since(oldest_ms).0;
    let since = [
        (&platform.as_str() as _, Type::TEXT),
        (&oldest_ms as _, Type::INT8),
        (&first.as_slice() as _, Type::BYTEA),
    ];
    keys(&client.query_typed(OWN_SINCE, &since).await?)
}

fn keys(rows: &[Row]) -> Result<Vec<EventKey>, Fault> {
    rows.iter().map(|row| row::key(row, "key")).collect()
}

async fn openings(client: &Client, platform: &Platform, since: i64) -> Result<Vec<Opening>, Fault> {
    let opening = |row: &Row| {
        Ok(Opening { asset: row::asset(row, "asset")?, external: row::external(row, "external")? })
    };
    ask(client, OPENINGS, platform, since).await?.iter().map(opening).collect()
}

async fn balances(
    client: &Client,
    query: &str,
    platform: &Platform,
    since: i64,
) -> Result<Vec<Balance>, Fault> {
    ask(client, query, platform, since).await?.iter().map(balance).collect()
}

async fn standings(
    client: &Client,
    query: &str,
    platform: &Platform,
    since: i64,
) -> Result<Vec<Standing>, Fault> {
    let standing = |row: &Row| {
        let Balance { asset, external, amount } = balance(row)?;
        Ok(Standing { asset, external, amount, purse: row::purse(row, "purse")? })
    };
    ask(client, query, platform, since).await?.iter().map(standing).collect()
}

fn balance(row: &Row) -> Result<Balance, Fault> {
    Ok(Balance {
        asset: row::asset(row, "asset")?,
        external: row::external(row, "external")?,
        amount: row::amount(row, "amount")?,
    })
}

fn undone(row: &Row) -> Result<Undone, Fault> {
    Ok(Undone {
        key: row::key(row, "key")?,
        seq: row::number(row, "seq")?,
        external: row::external(row, "external")?,
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        captured_ms: row::number(row, "captured_ms")?,
        at_ms: row::number(row, "at_ms")?,
        actor: row::text(row, "actor")?,
        reason: row::text(row, "reason")?,
    })
}
