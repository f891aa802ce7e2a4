//! What the ledger has undone of what people of this platform did, in a table for the bot to read.

use onepurse_core::{Amount, Changes, EventKey, Undone};
use tokio_postgres::types::Type;

use super::{Work, fault::Fault, outbox};
use crate::named::Numbers;

/// A row for each, once: the key is the same in every answer, also of a ledger that was put back.
pub(super) async fn note(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<(), Fault> {
    let noted = changes.reversals.iter().filter(|one| numbers.contains_key(one.asset.as_str()));
    let noted: Vec<&Undone> = noted.collect();
    if noted.is_empty() {
        return Ok(());
    }
    let keys: Vec<&[u8]> = noted.iter().map(|one| one.key.0.as_slice()).collect();
    let seqs: Vec<i64> = noted.iter().map(|one| one.seq).collect();
    let ids: Vec<&str> = noted.iter().map(|one| one.external.as_str()).collect();
    let assets: Vec<&str> = noted.iter().map(|one| one.asset.as_str()).collect();
    let deltas: Vec<i64> = noted.iter().map(|one| one.delta.units()).collect();
    let captured: Vec<i64> = noted.iter().map(|one| one.captured_ms).collect();
    let undone: Vec<i64> = noted.iter().map(|one| one.at_ms).collect();
    let actors: Vec<Option<String>> = noted.iter().map(|one| text(one.actor.as_deref())).collect();
    let reasons: Vec<Option<String>> = noted.iter().map(|one| text(one.reason.as_deref())).collect();
    work.execute(
        "INSERT INTO @.reversal (key, seq, id, asset, delta, captured_ms, at_ms, told_ms, actor, reason) \
         SELECT key, seq, id, asset, delta, captured_ms, at_ms, $10, actor, reason FROM \
         unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[]) \
         AS w(key, seq, id, asset, delta, captured_ms, at_ms, actor, reason) ON CONFLICT (key) DO NOTHING",
        &[
            (&keys, Type::BYTEA_ARRAY),
            (&seqs, Type::INT8_ARRAY),
            (&ids, Type::TEXT_ARRAY),
            (&assets, Type::TEXT_ARRAY),
            (&deltas, Type::INT8_ARRAY),
            (&captured, Type::INT8_ARRAY),
            (&undone, Type::INT8_ARRAY),
            (&actors, Type::TEXT_ARRAY),
            (&reasons, Type::TEXT_ARRAY),
            (&now_ms, Type::INT8),
        ],
    )
    .await?;
    Ok(())
}

/// Every row.
pub(super) async fn all(work: &Work<'_>) -> Result<Vec<Undone>, Fault> {
    let rows = work
        .query(
            "SELECT key, seq, id, asset, delta, captured_ms, at_ms, actor, reason FROM @.reversal ORDER BY at_ms, seq",
            &[],
        )
        .await?;
    let undone = |row: &tokio_postgres::Row| {
        let key: &[u8] = row.try_get(0)?;
        Ok(Undone {
            key: EventKey(key.try_into().map_err(Fault::damaged)?),
            seq: row.try_get(1)?,
            external: row.try_get::<_, &str>(2)?.parse().map_err(Fault::damaged)?,
            asset: row.try_get::<_, &str>(3)?.parse().map_err(Fault::damaged)?,
            delta: Amount::new(row.try_get(4)?),
            captured_ms: row.try_get(5)?,
            at_ms: row.try_get(6)?,
            actor: row.try_get(7)?,
            reason: row.try_get(8)?,
        })
    };
    rows.iter().map(undone).collect()
}

/// Words of others, less what no text can hold here.
fn text(words: Option<&str>) -> Option<String> {
    words.map(|words| words.replace('\0', "\u{fffd}"))
}

/// An answer from zero goes back as far as what is kept: what it may name again is still there, so no row comes twice.
pub(super) async fn tidy(work: &Work<'_>, before_ms: i64) -> Result<(), Fault> {
    let before = (&before_ms as _, Type::INT8);
    let any =
        work.one("SELECT EXISTS (SELECT FROM @.reversal WHERE told_ms < $1)", std::slice::from_ref(&before));
    if any.await?.try_get(0)? {
        let oldest_ms = outbox::oldest_ms(work).await?.unwrap_or(i64::MAX);
        let old = "DELETE FROM @.reversal WHERE told_ms < $1 AND captured_ms < $2";
        work.execute(old, &[before, (&oldest_ms, Type::INT8)]).await?;
    }
    Ok(())
}
