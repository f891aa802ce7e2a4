//! Reading the outbox.

use mysql_async::Row;
use onepurse_core::{Amount, EventKind, ExternalId, LedgerId};

use super::{Work, digest, fault::Fault, read::bytes, work::get};
use crate::{Batch, OutboxRow};

pub(super) async fn batch(work: &mut Work<'_>, after: i64, limit: usize) -> Result<Batch, Fault> {
    digest::alone(work).await?;
    let ledger = LedgerId(bytes(&work.one("SELECT ledger FROM @.replica", vec![]).await?, 0)?);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = work
        .query(
            "SELECT o.n, m.asset, o.id, o.kind, o.delta, o.at_ms, o.nonce, o.reason \
             FROM @.outbox AS o JOIN @.mapping AS m ON m.mapping = o.mapping WHERE o.n > ? ORDER BY o.n LIMIT ?",
            vec![after.into(), limit.into()],
        )
        .await?;
    Ok(Batch { ledger, rows: rows.iter().map(event).collect::<Result<_, _>>()? })
}

/// Every event that is not included, in the order of capture.
pub(super) async fn pending(work: &mut Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    Ok(batch(work, i64::MIN, usize::MAX).await?.rows)
}

/// Every event that is included and still kept, in the order in which they were included.
pub(super) async fn kept(work: &mut Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    let rows = work
        .query(
            "SELECT k.k, m.asset, k.id, k.kind, k.delta, k.at_ms, k.nonce, k.reason \
             FROM @.kept AS k JOIN @.mapping AS m ON m.mapping = k.mapping ORDER BY k.k",
            vec![],
        )
        .await?;
    rows.iter().map(event).collect()
}

fn event(row: &Row) -> Result<OutboxRow, Fault> {
    Ok(OutboxRow {
        n: get(row, 0)?,
        asset: get::<String>(row, 1)?.parse().map_err(Fault::damaged)?,
        external: ExternalId::try_from(get::<String>(row, 2)?).map_err(Fault::damaged)?,
        kind: kind_of(&get::<String>(row, 3)?)?,
        delta: Amount::new(get(row, 4)?),
        at_ms: get(row, 5)?,
        nonce: bytes(row, 6)?,
        reason: get(row, 7)?,
    })
}

fn kind_of(word: &str) -> Result<EventKind, Fault> {
    [EventKind::Opening, EventKind::Change, EventKind::Repair]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| Fault::damaged(format!("an event of kind {word}")))
}

/// The time of the oldest event kept, included or not.
pub(super) async fn oldest_ms(work: &mut Work<'_>) -> Result<Option<i64>, Fault> {
    let row = work
        .one(
            "SELECT (SELECT MIN(at_ms) FROM @.outbox), (SELECT MIN(at_ms) FROM @.kept), \
             (SELECT MIN(at_us) DIV 1000 FROM @.fact)",
            vec![],
        )
        .await?;
    let times: [Option<i64>; 3] = [get(&row, 0)?, get(&row, 1)?, get(&row, 2)?];
    Ok(times.into_iter().flatten().min())
}
