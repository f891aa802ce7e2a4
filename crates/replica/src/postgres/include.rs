//! Own events that the ledger has: out of the outbox, into what is kept; and judged for stale writes.

use std::collections::HashMap;

use onepurse_core::{
    Amount, Changes, EventKey,
    local::{Inbound, Overwrite},
};
use tokio_postgres::types::Type;

use super::{Work, digest, fault::Fault};
use crate::{
    Stale,
    named::{self, Named, Numbers, REPAIR, Repair, Sums, Waiting},
};

/// What came of an answer's own events.
pub(super) struct Included {
    pub(super) stale: Vec<Stale>,
    /// Own events that this database does not remember: it was put back from an older copy since it captured them.
    pub(super) forgotten: usize,
    pub(super) sums: Sums,
}

/// Moves the answer's own events from the outbox to what is kept.
pub(super) async fn include(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<Included, Fault> {
    let mut named = Named::of(changes, numbers);
    let (mut stale, mut sums) = (Vec::new(), Sums::new());
    let found = find(work, &mut named).await?;
    let places: Vec<_> = found.iter().map(|waiting| waiting.n).collect();
    keep(work, &places, now_ms).await?;
    let inbound = inbound(work, &found).await?;
    for waiting in &found {
        named::add(&mut sums, waiting);
        let last = inbound.get(&(waiting.mapping, waiting.id.as_str())).copied();
        match named::judge(waiting, last) {
            Overwrite::None => {}
            Overwrite::Soon => count(work, false).await?,
            Overwrite::PutBack => {
                count(work, true).await?;
                stale.extend(repair(work, waiting, &named, numbers, now_ms).await?);
            }
        }
    }
    Ok(Included { stale, forgotten: named.keys().len(), sums })
}

/// The rows of the outbox that are named.
async fn find(work: &Work<'_>, named: &mut Named) -> Result<Vec<Waiting>, Fault> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let nonces: Vec<Vec<u8>> = named.keys().map(|key| key.0[8..].to_vec()).collect();
    let (mappings, ids): (Vec<i64>, Vec<&str>) =
        named.openings().map(|(mapping, id)| (*mapping, id.as_str())).unzip();
    let rows = work
        .query(
            "SELECT n, mapping, id, kind = 'opening', at_ms, nonce, before, after, delta FROM @.outbox AS o \
             WHERE (kind <> 'opening' AND nonce = ANY ($1)) OR (kind = 'opening' AND EXISTS \
             (SELECT FROM unnest($2::bigint[], $3::text[]) AS w(mapping, id) WHERE w.mapping = o.mapping AND w.id = o.id)) \
             ORDER BY n",
            &[(&nonces, Type::BYTEA_ARRAY), (&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)],
        )
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let at_ms = row.try_get(4)?;
        let waiting = Waiting {
            n: row.try_get(0)?,
            mapping: row.try_get(1)?,
            id: row.try_get(2)?,
            is_opening: row.try_get(3)?,
            key: EventKey::captured(at_ms, digest::nonce(&row, 5)?),
            before: row.try_get(6)?,
            after: row.try_get(7)?,
            at_ms,
            delta: Amount::new(row.try_get(8)?),
        };
        if named.take(&waiting) {
            found.push(waiting);
        }
    }
    Ok(found)
}

async fn keep(work: &Work<'_>, places: &[i64], now_ms: i64) -> Result<(), Fault> {
    if places.is_empty() {
        return Ok(());
    }
    let columns = "mapping, id, kind, delta, before, after, at_ms, nonce, reason";
    work.execute(
        &format!(
            "WITH moved AS (DELETE FROM @.outbox WHERE n = ANY ($1) RETURNING *) \
             INSERT INTO @.kept ({columns}, included_ms) SELECT {columns}, $2 FROM moved ORDER BY n"
        ),
        &[(&places, Type::INT8_ARRAY), (&now_ms, Type::INT8)],
    )
    .await?;
    Ok(())
}

/// The last inbound change of each row that these events are of.
async fn inbound<'w>(
    work: &Work<'_>,
    found: &'w [Waiting],
) -> Result<HashMap<(i64, &'w str), Inbound>, Fault> {
    let (mappings, ids): (Vec<i64>, Vec<&str>) =
        found.iter().map(|waiting| (waiting.mapping, waiting.id.as_str())).unzip();
    let rows = work
        .query(
            "SELECT w.nth, i.inbound_before, i.inbound_after, i.inbound_ms \
             FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS w(mapping, id, nth) \
             JOIN @.identity AS i ON i.mapping = w.mapping AND i.id = w.id WHERE i.inbound_ms IS NOT NULL",
            &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)],
        )
        .await?;
    let mut inbound = HashMap::new();
    for row in rows {
        let nth = usize::try_from(row.try_get::<_, i64>(0)?).map_err(Fault::damaged)?;
        let last = Inbound {
            before: Amount::new(row.try_get(1)?),
            after: Amount::new(row.try_get(2)?),
            at_ms: row.try_get(3)?,
        };
        inbound.insert((mappings[nth - 1], ids[nth - 1]), last);
    }
    Ok(inbound)
}

/// Counts a write that looks stale.
async fn count(work: &Work<'_>, is_put_back: bool) -> Result<(), Fault> {
    work.execute(
        "UPDATE @.replica SET soon_overwrites = soon_overwrites + 1, put_backs = put_backs + $1::bigint",
        &[(&i64::from(is_put_back), Type::INT8)],
    )
    .await?;
    Ok(())
}

/// Gives back what a stale write overwrote, where the mapping says that its bot writes so.
async fn repair(
    work: &Work<'_>,
    waiting: &Waiting,
    named: &Named,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<Option<Stale>, Fault> {
    let Some(Repair { mapping, lost, nonce, is_due }) = Repair::of(waiting, numbers) else { return Ok(None) };
    let me = [(&waiting.mapping as _, Type::INT8), (&waiting.id as _, Type::TEXT)];
    if is_due {
        let (units, bytes) = (lost.units(), nonce.as_slice());
        let event = [
            (&units as _, Type::INT8),
            (&waiting.at_ms as _, Type::INT8),
            (&bytes as _, Type::BYTEA),
            (&REPAIR as _, Type::TEXT),
        ];
        let params: Vec<_> = me.iter().cloned().chain(event).collect();
        let entered = work
            .one(
                "INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
                 VALUES ($1, $2, 'repair', $3, $4, $5, $6) RETURNING n",
                &params,
            )
            .await?;
        if named.has(EventKey::captured(waiting.at_ms, nonce)) {
            keep(work, &[entered.try_get(0)?], now_ms).await?;
        }
        let settle = "UPDATE @.identity SET todo = greatest(todo, 1), inbound_ms = NULL WHERE mapping = $1 AND id = $2";
        work.execute(settle, &me).await?;
    }
    let external = waiting.id.clone().try_into().map_err(Fault::damaged)?;
    Ok(Some(Stale { asset: mapping.asset.clone(), external, lost, repaired: is_due }))
}
