//! Applying an answer of the ledger, in one transaction.

use onepurse_core::{Amount, Changes, Cursor};
use tokio_postgres::types::Type;

use super::{Work, digest, fault::Fault, include, outbox, read, reversal, settle};
use crate::{
    Applied,
    named::{Numbers, Sums, unnamed},
    pace::{DELETIONS_MS, SETTLED_AT_ONCE_MAX},
};

pub(super) async fn apply(work: &Work<'_>, changes: &Changes, now_ms: i64) -> Result<Applied, Fault> {
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
    let hash = changes.to.hash.0.as_slice();
    let moved = work
        .one(
            "UPDATE @.replica SET cursor_seq = $1, cursor_hash = $2, resync = false, \
             compare = CASE compare WHEN 1 THEN 2 ELSE compare END RETURNING compare",
            &[(&changes.to.seq, Type::INT8), (&hash, Type::BYTEA)],
        )
        .await?;
    let inward = if moved.try_get::<_, i16>(0)? == 0 && changes.balances.len() <= SETTLED_AT_ONCE_MAX {
        settle::settle(work, SETTLED_AT_ONCE_MAX).await?
    } else {
        Vec::new()
    };
    Ok(Applied::Done { inward, stale, forgotten })
}

async fn note_openings(work: &Work<'_>, changes: &Changes, numbers: &Numbers<'_>) -> Result<(), Fault> {
    let noted = changes
        .openings
        .iter()
        .filter_map(|opening| Some((numbers.get(opening.asset.as_str())?.0, opening.external.as_str())));
    let (mappings, ids): (Vec<i64>, Vec<&str>) = noted.unzip();
    work.execute(
        "INSERT INTO @.identity (mapping, id, opened) \
         SELECT DISTINCT mapping, id, true FROM unnest($1::bigint[], $2::text[]) AS w(mapping, id) \
         ON CONFLICT (mapping, id) DO UPDATE SET opened = true WHERE NOT identity.opened",
        &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)],
    )
    .await?;
    Ok(())
}

/// Stores the balance of every identity named, and whose purse it is, also where the bot has no row. Where it moved by just what was included,
/// and nothing is held, the row shows what it should already.
async fn store(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    included: &Sums,
) -> Result<(), Fault> {
    if changes.names_everyone {
        work.run(
            "UPDATE @.identity SET stored = 0, purse = NULL, \
             todo = CASE stored WHEN 0 THEN todo ELSE greatest(todo, 1) END WHERE stored <> 0 OR purse IS NOT NULL",
        )
        .await?;
        let (mappings, ids): (Vec<i64>, Vec<&str>) = unnamed(changes, numbers, included).unzip();
        work.execute(
            "UPDATE @.identity AS i SET todo = greatest(i.todo, 1) \
             FROM unnest($1::bigint[], $2::text[]) AS w(mapping, id) WHERE i.mapping = w.mapping AND i.id = w.id",
            &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)],
        )
        .await?;
    }
    let (mut mappings, mut ids, mut amounts, mut moved, mut purses) =
        (vec![], vec![], vec![], vec![], vec![]);
    for balance in &changes.balances {
        if let Some(&(number, _)) = numbers.get(balance.asset.as_str()) {
            let id = balance.external.as_str();
            let sum = included.get(&(number, id.to_owned())).copied().unwrap_or(Some(Amount::ZERO));
            mappings.push(number);
            ids.push(id);
            amounts.push(balance.amount.units());
            moved.push(sum.map(Amount::units));
            purses.push(balance.purse.0);
        }
    }
    work.execute(
        "WITH w AS (SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) \
             AS w(mapping, id, amount, moved, purse)), \
         known AS (UPDATE @.identity AS i SET stored = w.amount, purse = w.purse, again_ms = NULL, \
             todo = CASE WHEN w.amount::numeric - i.stored = w.moved AND i.held = 0 THEN i.todo ELSE greatest(i.todo, 1) END \
             FROM w WHERE i.mapping = w.mapping AND i.id = w.id RETURNING i.mapping, i.id) \
         INSERT INTO @.identity (mapping, id, stored, purse, todo) SELECT mapping, id, amount, purse, 1 FROM w \
         WHERE (mapping, id) NOT IN (SELECT mapping, id FROM known)",
        &[
            (&mappings, Type::INT8_ARRAY),
            (&ids, Type::TEXT_ARRAY),
            (&amounts, Type::INT8_ARRAY),
            (&moved, Type::INT8_ARRAY),
            (&purses, Type::INT8_ARRAY),
        ],
    )
    .await?;
    Ok(())
}

/// The ledger's history is another one than this replica has applied: everything kept is to be sent again, and what
/// is stored is lowered by it, so that what the bot's rows show stays as it is.
pub(super) async fn rewind(work: &Work<'_>, from: Cursor) -> Result<(), Fault> {
    digest::alone(work).await?;
    if read::cursor(work).await? == from { begin_anew(work).await } else { Ok(()) }
}

/// From zero, sending everything that is kept again. What is sent again is not judged again: it was before.
pub(super) async fn begin_anew(work: &Work<'_>) -> Result<(), Fault> {
    work.run(
        "UPDATE @.identity AS i SET stored = i.stored - k.delta \
             FROM (SELECT mapping, id, sum(delta) AS delta FROM @.kept GROUP BY mapping, id) AS k \
             WHERE k.mapping = i.mapping AND k.id = i.id; \
         INSERT INTO @.outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
             SELECT mapping, id, kind, delta, at_ms, nonce, reason FROM @.kept ORDER BY k; \
         DELETE FROM @.kept; \
         UPDATE @.replica SET cursor_seq = 0, cursor_hash = decode(repeat('00', 32), 'hex'), resync = true",
    )
    .await
}

/// Removes what was kept for long enough, and takes deletions for granted. Asked before anything is written.
pub(super) async fn tidy(
    work: &Work<'_>,
    accepted: Cursor,
    before_ms: i64,
    now_ms: i64,
) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    let times = [(&now_ms as _, Type::INT8), (&DELETIONS_MS as _, Type::INT8)];
    if read::cursor(work).await? == accepted {
        // What is kept stands in the order in which it was included.
        work.execute(
            "DELETE FROM @.kept WHERE k IN (SELECT k FROM @.kept ORDER BY k LIMIT 1000) AND included_ms < $1",
            &[(&before_ms, Type::INT8)],
        )
        .await?;
        reversal::tidy(work, before_ms).await?;
    }
    work.execute(
        "UPDATE @.identity SET gone_accepted = true WHERE gone_ms IS NOT NULL AND NOT gone_accepted \
         AND abs(gone_ms::numeric - $1) > $2",
        &times,
    )
    .await?;
    Ok(())
}
