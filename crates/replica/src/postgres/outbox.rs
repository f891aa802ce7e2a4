//! Reading the outbox.

use onepurse_core::{Amount, EventKind, ExternalId, LedgerId};
use tokio_postgres::{Row, types::Type};

use super::{Work, digest, fault::Fault};
use crate::{Batch, OutboxRow};

pub(super) async fn batch(work: &Work<'_>, after: i64, limit: usize) -> Result<Batch, Fault> {
    digest::alone(work).await?;
    let ledger: Vec<u8> = work.one("SELECT ledger FROM @.replica", &[]).await?.try_get(0)?;
    let ledger = LedgerId(ledger.as_slice().try_into().map_err(Fault::damaged)?);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = work
        .query(
            "SELECT o.n, m.asset, o.id, o.kind, o.delta, o.at_ms, o.nonce, o.reason \
             FROM @.outbox AS o JOIN @.mapping AS m ON m.mapping = o.mapping WHERE o.n > $1 ORDER BY o.n LIMIT $2",
            &[(&after, Type::INT8), (&limit, Type::INT8)],
        )
        .await?;
    Ok(Batch { ledger, rows: rows.iter().map(event).collect::<Result<_, _>>()? })
}

/// Every event that is not included, in the order of capture.
pub(super) async fn pending(work: &Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    Ok(batch(work, i64::MIN, usize::MAX).await?.rows)
}

/// Every event that is included and still kept, in the order in which they were included.
pub(super) async fn kept(work: &Work<'_>) -> Result<Vec<OutboxRow>, Fault> {
    let rows = work
        .query(
            "SELECT k.k, m.asset, k.id, k.kind, k.delta, k.at_ms, k.nonce, k.reason \
             FROM @.kept AS k JOIN @.mapping AS m ON m.mapping = k.mapping ORDER BY k.k",
            &[],
        )
        .await?;
    rows.iter().map(event).collect()
}

fn event(row: &Row) -> Result<OutboxRow, Fault> {
    let (asset, external, kind): (&str, String, &str) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(OutboxRow {
        n: row.try_get(0)?,
        asset: asset.parse().map_err(Fault::damaged)?,
        external: ExternalId::try_from(external).map_err(Fault::damaged)?,
        kind: kind_of(kind)?,
        delta: Amount::new(row.try_get(4)?),
        at_ms: row.try_get(5)?,
        nonce: digest::nonce(row, 6)?,
        reason: row.try_get(7)?,
    })
}

fn kind_of(word: &str) -> Result<EventKind, Fault> {
    [EventKind::Opening, EventKind::Change, EventKind::Repair]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| Fault::damaged(format!("an event of kind {word}")))
}

/// The time of the oldest event kept, included or not.
pub(super) async fn oldest_ms(work: &Work<'_>) -> Result<Option<i64>, Fault> {
    let oldest = "SELECT least((SELECT min(at_ms) FROM @.outbox), (SELECT min(at_ms) FROM @.kept), (SELECT min(at_ms) FROM @.captured))";
    Ok(work.one(oldest, &[]).await?.try_get(0)?)
}
