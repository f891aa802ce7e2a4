//! Applying an answer of the ledger, in one transaction.

use onepurse_core::{Amount, Changes, Cursor};

use super::{
    Work, digest,
    fault::Fault,
    include,
    names::{ID, has_room},
    outbox, read, reversal, settle,
    work::{INT, get, given},
};
use crate::{
    Applied,
    named::{Numbers, Sums, unnamed},
    pace::{DELETIONS_MS, SETTLED_AT_ONCE_MAX},
};

pub(super) async fn apply(work: &mut Work<'_>, changes: &Changes, now_ms: i64) -> Result<Applied, Fault> {
    digest::alone(work).await?;
    if read::cursor(work).await? != changes.from {
        return Ok(Applied::Outdated);
    }
    if changes.from == Cursor::ZERO
        && outbox::oldest_ms(work).await?.is_some_and(|oldest_ms| oldest_ms < changes.oldest_ms)
    {
        return Ok(Applied::Outdated);
    }
    let numbers = work.numbers().await?;
    let include::Included { stale, forgotten, sums } =
        include::include(work, changes, &numbers, now_ms).await?;
    note_openings(work, changes, &numbers).await?;
    store(work, changes, &numbers, &sums).await?;
    reversal::note(work, changes, &numbers, now_ms).await?;
    work.execute(
        "UPDATE @.replica SET cursor_seq = ?, cursor_hash = ?, resync = FALSE, compare = IF(compare = 1, 2, compare)",
        vec![changes.to.seq.into(), changes.to.hash.0.as_slice().into()],
    )
    .await?;
    let compare: i64 = get(&work.one("SELECT compare FROM @.replica", vec![]).await?, 0)?;
    let inward = if compare == 0 && changes.balances.len() <= SETTLED_AT_ONCE_MAX {
        settle::settle(work, SETTLED_AT_ONCE_MAX).await?
    } else {
        Vec::new()
    };
    Ok(Applied::Done { inward, stale, forgotten })
}

async fn note_openings(work: &mut Work<'_>, changes: &Changes, numbers: &Numbers<'_>) -> Result<(), Fault> {
    let noted: Vec<_> = changes
        .openings
        .iter()
        .filter(|opening| has_room(opening.external.as_str()))
        .filter_map(|opening| Some((numbers.get(opening.asset.as_str())?.0, opening.external.as_str())))
        .collect();
    let sql = format!(
        "INSERT INTO @.identity (mapping, id, opened) SELECT w.mapping, w.id, TRUE FROM {} \
         ON DUPLICATE KEY UPDATE opened = TRUE",
        given(&[("mapping", INT), ("id", ID)])
    );
    work.execute_over(&sql, &noted, &[]).await
}

/// Stores the balance of every identity named, and whose purse it is, also where the bot has no row. Where it moved by just what was included,
/// and nothing is held, the row shows what it should already.
async fn store(
    work: &mut Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    included: &Sums,
) -> Result<(), Fault> {
    if changes.names_everyone {
        work.run(
            "UPDATE @.identity SET todo = IF(stored = 0, todo, GREATEST(todo, 1)), stored = 0, purse = NULL \
             WHERE stored <> 0 OR purse IS NOT NULL",
        )
        .await?;
        let unnamed: Vec<_> = unnamed(changes, numbers, included).collect();
        let sql = format!(
            "UPDATE {} STRAIGHT_JOIN @.identity AS i ON i.mapping = w.mapping AND i.id = w.id \
             SET i.todo = GREATEST(i.todo, 1)",
            given(&[("mapping", INT), ("id", ID)])
        );
        work.execute_over(&sql, &unnamed, &[]).await?;
    }
    let mut rows = Vec::new();
    for balance in changes.balances.iter().filter(|balance| has_room(balance.external.as_str())) {
        if let Some(&(number, _)) = numbers.get(balance.asset.as_str()) {
            let id = balance.external.as_str();
            let sum = included.get(&(number, id.to_owned())).copied().unwrap_or(Some(Amount::ZERO));
            rows.push((number, id, balance.amount.units(), sum.map(Amount::units), balance.purse.0));
        }
    }
    // What is assigned first is seen by what is assigned next.
    let sql = format!(
        "INSERT INTO @.identity (mapping, id, stored, purse, todo) SELECT w.mapping, w.id, w.amount, w.purse, 1 FROM {} \
         ON DUPLICATE KEY UPDATE again_ms = NULL, \
             todo = IF(CAST(w.amount AS DECIMAL(20)) - stored = w.moved AND held = 0, todo, GREATEST(todo, 1)), \
             stored = w.amount, purse = w.purse",
        given(&[("mapping", INT), ("id", ID), ("amount", INT), ("moved", INT), ("purse", INT)])
    );
    work.execute_over(&sql, &rows, &[]).await
}

/// The ledger's history is another one than this replica has applied: everything kept is to be sent again, and what
/// is stored is lowered by it, so that what the bot's rows show stays as it is.
pub(super) async fn rewind(work: &mut Work<'_>, from: Cursor) -> Result<(), Fault> {
    digest::alone(work).await?;
    if read::cursor(work).await? == from { begin_anew(work).await } else { Ok(()) }
}

/// From zero, sending everything that is kept again. What is sent again is not judged again: it was before.
pub(super) async fn begin_anew(work: &mut Work<'_>) -> Result<(), Fault> {
    for sql in [
        "UPDATE @.identity AS i JOIN (SELECT mapping, id, SUM(delta) AS delta FROM @.kept GROUP BY mapping, id) AS k \
             ON k.mapping = i.mapping AND k.id = i.id SET i.stored = i.stored - k.delta",
        "INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
             SELECT mapping, id, kind, delta, at_ms, nonce, reason FROM @.kept ORDER BY k",
        "DELETE FROM @.kept",
        "UPDATE @.replica SET cursor_seq = 0, cursor_hash = REPEAT('\\0', 32), resync = TRUE",
    ] {
        work.run(sql).await?;
    }
    Ok(())
}

/// Removes what was kept for long enough, and takes deletions for granted. Asked before anything is written.
pub(super) async fn tidy(
    work: &mut Work<'_>,
    accepted: Cursor,
    before_ms: i64,
    now_ms: i64,
) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    if read::cursor(work).await? == accepted {
        // What is kept stands in the order in which it was included.
        let old = "SELECT k FROM (SELECT k, included_ms FROM @.kept ORDER BY k LIMIT 1000) AS o WHERE included_ms < ?";
        let old = work.query(old, vec![before_ms.into()]).await?;
        let old = old.iter().map(|row| get(row, 0).map(|k: i64| (k,))).collect::<Result<Vec<_>, _>>()?;
        let sql = format!("DELETE o FROM {} STRAIGHT_JOIN @.kept AS o ON o.k = w.k", given(&[("k", INT)]));
        work.execute_over(&sql, &old, &[]).await?;
        reversal::tidy(work, before_ms).await?;
    }
    work.execute(
        "UPDATE @.identity SET gone_accepted = TRUE WHERE gone_ms IS NOT NULL AND NOT gone_accepted \
         AND ABS(CAST(gone_ms AS DECIMAL(20)) - ?) > ?",
        vec![now_ms.into(), DELETIONS_MS.into()],
    )
    .await
}
