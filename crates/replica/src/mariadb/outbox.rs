//! Reading the outbox.

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
    let mut batch = Vec::with_capacity(rows.len());
    for row in &rows {
        batch.push(OutboxRow {
            n: get(row, 0)?,
            asset: get::<String>(row, 1)?.parse().map_err(Fault::damaged)?,
            external: ExternalId::try_from(get::<String>(row, 2)?).map_err(Fault::damaged)?,
            kind: kind_of(&get::<String>(row, 3)?)?,
            delta: Amount::new(get(row, 4)?),
            at_ms: get(row, 5)?,
            nonce: bytes(row, 6)?,
            reason: get(row, 7)?,
        });
    }
    Ok(Batch { ledger, rows: batch })
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
