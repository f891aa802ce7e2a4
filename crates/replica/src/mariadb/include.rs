//! Own events that the ledger has: out of the outbox, into what is kept; and judged for stale writes.

use std::collections::{HashMap, HashSet};

use mysql_async::Row;
use onepurse_core::{
    Amount, Changes, EventKey,
    local::{Inbound, Overwrite},
};

use super::{
    Work,
    digest::hex,
    fault::Fault,
    names::ID,
    read::bytes,
    work::{INT, TEXT, get, given},
};
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
    work: &mut Work<'_>,
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
        let last = inbound.get(&(waiting.mapping, waiting.id.clone())).copied();
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

const WAITING: &str = "o.n, o.mapping, o.id, o.kind = 'opening', o.at_ms, o.nonce, o.was, o.shows, o.delta";

/// The rows of the outbox that are named.
async fn find(work: &mut Work<'_>, named: &mut Named) -> Result<Vec<Waiting>, Fault> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let nonces: Vec<_> = named.keys().map(|key| (hex(&key.0[8..]),)).collect();
    let openings: Vec<_> = named.openings().collect();
    let captured = format!(
        "SELECT {WAITING} FROM {} STRAIGHT_JOIN @.outbox AS o FORCE INDEX (nonce) ON o.nonce = UNHEX(w.nonce) \
         WHERE o.kind <> 'opening'",
        given(&[("nonce", TEXT)])
    );
    let opened = format!(
        "SELECT {WAITING} FROM {} STRAIGHT_JOIN @.outbox AS o ON o.mapping = w.mapping AND o.id = w.id AND o.kind = 'opening'",
        given(&[("mapping", INT), ("id", ID)])
    );
    let mut rows = work.query_over(&captured, &nonces, &[]).await?;
    rows.extend(work.query_over(&opened, &openings, &[]).await?);
    let mut found = rows.iter().map(waiting).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|waiting| waiting.n);
    found.retain(|waiting| named.take(waiting));
    Ok(found)
}

fn waiting(row: &Row) -> Result<Waiting, Fault> {
    let at_ms = get(row, 4)?;
    Ok(Waiting {
        n: get(row, 0)?,
        mapping: get(row, 1)?,
        id: get(row, 2)?,
        is_opening: get(row, 3)?,
        key: EventKey::captured(at_ms, bytes(row, 5)?),
        before: get(row, 6)?,
        after: get(row, 7)?,
        at_ms,
        delta: Amount::new(get(row, 8)?),
    })
}

async fn keep(work: &mut Work<'_>, places: &[i64], now_ms: i64) -> Result<(), Fault> {
    let places: Vec<_> = places.iter().map(|n| (n, now_ms)).collect();
    let moved =
        format!("{} STRAIGHT_JOIN @.outbox AS o ON o.n = w.n", given(&[("n", INT), ("included_ms", INT)]));
    let kept = format!(
        "INSERT INTO @.kept (mapping, id, kind, delta, was, shows, at_ms, nonce, reason, included_ms) \
         SELECT o.mapping, o.id, o.kind, o.delta, o.was, o.shows, o.at_ms, o.nonce, o.reason, w.included_ms \
         FROM {moved} ORDER BY o.n"
    );
    work.execute_over(&kept, &places, &[]).await?;
    work.execute_over(&format!("DELETE o FROM {moved}"), &places, &[]).await
}

/// The last inbound change of each row that these events are of.
async fn inbound(work: &mut Work<'_>, found: &[Waiting]) -> Result<HashMap<(i64, String), Inbound>, Fault> {
    let keys: HashSet<_> = found.iter().map(|waiting| (waiting.mapping, &waiting.id)).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let sql = format!(
        "SELECT i.mapping, i.id, i.inbound_before, i.inbound_after, i.inbound_ms \
         FROM {} STRAIGHT_JOIN @.identity AS i ON i.mapping = w.mapping AND i.id = w.id WHERE i.inbound_ms IS NOT NULL",
        given(&[("mapping", INT), ("id", ID)])
    );
    let rows = work.query_over(&sql, &keys, &[]).await?;
    rows.iter()
        .map(|row| {
            let last = Inbound {
                before: Amount::new(get(row, 2)?),
                after: Amount::new(get(row, 3)?),
                at_ms: get(row, 4)?,
            };
            Ok(((get(row, 0)?, get(row, 1)?), last))
        })
        .collect()
}

/// Counts a write that looks stale.
async fn count(work: &mut Work<'_>, is_put_back: bool) -> Result<(), Fault> {
    work.execute(
        "UPDATE @.replica SET soon_overwrites = soon_overwrites + 1, put_backs = put_backs + ?",
        vec![i64::from(is_put_back).into()],
    )
    .await
}

/// Gives back what a stale write overwrote, where the mapping says that its bot writes so.
async fn repair(
    work: &mut Work<'_>,
    waiting: &Waiting,
    named: &Named,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<Option<Stale>, Fault> {
    let Some(Repair { mapping, lost, nonce, is_due }) = Repair::of(waiting, numbers) else { return Ok(None) };
    let (me, id) = (waiting.mapping, waiting.id.as_str());
    if is_due {
        work.execute(
            "INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
             VALUES (?, ?, 'repair', ?, ?, ?, ?)",
            vec![
                me.into(),
                id.into(),
                lost.units().into(),
                waiting.at_ms.into(),
                nonce.as_slice().into(),
                REPAIR.into(),
            ],
        )
        .await?;
        if named.has(EventKey::captured(waiting.at_ms, nonce)) {
            let entered: i64 = get(&work.one("SELECT LAST_INSERT_ID()", vec![]).await?, 0)?;
            keep(work, &[entered], now_ms).await?;
        }
        let settle =
            "UPDATE @.identity SET todo = GREATEST(todo, 1), inbound_ms = NULL WHERE mapping = ? AND id = ?";
        work.execute(settle, vec![me.into(), id.into()]).await?;
    }
    let external = waiting.id.clone().try_into().map_err(Fault::damaged)?;
    Ok(Some(Stale { asset: mapping.asset.clone(), external, lost, repaired: is_due }))
}
