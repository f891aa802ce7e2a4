//! What the ledger has undone of what people of this platform did, in a table for the bot to read.

use onepurse_core::{Amount, Changes, EventKey, Undone};

use super::{
    Work,
    digest::hex,
    fault::Fault,
    names::{ID, has_room},
    outbox,
    work::{INT, TEXT, get, given},
};
use crate::named::Numbers;

/// Every row.
pub(super) async fn all(work: &mut Work<'_>) -> Result<Vec<Undone>, Fault> {
    let sql = "SELECT `key`, seq, id, asset, delta, captured_ms, at_ms, actor, reason FROM @.reversal ORDER BY at_ms, seq";
    let undone = |row: &mysql_async::Row| {
        let key: Vec<u8> = get(row, 0)?;
        let key = key.try_into().map_err(|_| Fault::damaged("the key of a reversal is none"))?;
        Ok(Undone {
            key: EventKey(key),
            seq: get(row, 1)?,
            external: get::<String>(row, 2)?.parse().map_err(Fault::damaged)?,
            asset: get::<String>(row, 3)?.parse().map_err(Fault::damaged)?,
            delta: Amount::new(get(row, 4)?),
            captured_ms: get(row, 5)?,
            at_ms: get(row, 6)?,
            actor: get(row, 7)?,
            reason: get(row, 8)?,
        })
    };
    work.query(sql, vec![]).await?.iter().map(undone).collect()
}

/// A row for each, once: the key is the same in every answer, also of a ledger that was put back.
pub(super) async fn note(
    work: &mut Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<(), Fault> {
    let noted: Vec<_> = changes
        .reversals
        .iter()
        .filter(|one| numbers.contains_key(one.asset.as_str()) && has_room(one.external.as_str()))
        .map(|one| {
            let (id, asset, delta) = (one.external.as_str(), one.asset.as_str(), one.delta.units());
            let times = (one.captured_ms, one.at_ms, now_ms);
            (hex(&one.key.0), one.seq, id, asset, delta, times.0, times.1, times.2, &one.actor, &one.reason)
        })
        .collect();
    let columns = [
        ("undoing", TEXT),
        ("nr", INT),
        ("who", ID),
        ("what", TEXT),
        ("back", INT),
        ("did_ms", INT),
        ("undid_ms", INT),
        ("now_ms", INT),
        ("whose", TEXT),
        ("why", TEXT),
    ];
    let sql = format!(
        "INSERT INTO @.reversal (`key`, seq, id, asset, delta, captured_ms, at_ms, told_ms, actor, reason) \
         SELECT UNHEX(w.undoing), w.nr, w.who, w.what, w.back, w.did_ms, w.undid_ms, w.now_ms, w.whose, w.why FROM {} \
         ON DUPLICATE KEY UPDATE told_ms = told_ms",
        given(&columns)
    );
    work.execute_over(&sql, &noted, &[]).await
}

/// An answer from zero goes back as far as what is kept: what it may name again is still there, so no row comes twice.
pub(super) async fn tidy(work: &mut Work<'_>, before_ms: i64) -> Result<(), Fault> {
    let any = "SELECT EXISTS (SELECT 1 FROM @.reversal WHERE told_ms < ?)";
    if get(&work.one(any, vec![before_ms.into()]).await?, 0)? {
        let oldest_ms = outbox::oldest_ms(work).await?.unwrap_or(i64::MAX);
        let old = "DELETE FROM @.reversal WHERE told_ms < ? AND captured_ms < ?";
        work.execute(old, vec![before_ms.into(), oldest_ms.into()]).await?;
    }
    Ok(())
}
