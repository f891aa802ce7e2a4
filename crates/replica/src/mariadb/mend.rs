//! Putting triggers back, in the order that stands with [`super::attach`].

use super::{
    Work,
    attach::{denied, release, reserve},
    capture::put_in,
    compare, digest,
    fault::Fault,
    openings::take_openings,
    problems,
    rows::{self, Rows},
    shape::Shape,
    terms::Bound,
    trigger,
    work::{Sight, get},
};
use crate::alone::{DUPLICATE, NOT_A_NUMBER};

/// Puts triggers back where a table has lost them. What was written meanwhile has to be compared.
pub(super) async fn mend(work: &mut Work<'_>, now_ms: i64) -> Result<(), Fault> {
    for mapping in work.mappings {
        if Shape::read(work, mapping).await?.is_some() {
            let problems = problems::of_table(work, mapping).await?;
            if !problems.is_empty() {
                return Err(Fault::refused(work.place, problems));
            }
        }
    }
    reserve(work).await?;
    let done = put_back(work, now_ms).await;
    let released = release(work).await;
    match done.and(released) {
        Ok(()) => Ok(()),
        Err(fault) => Err(denied(work, fault).await),
    }
}

async fn put_back(work: &mut Work<'_>, now_ms: i64) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    // Where every trigger was there all the time, what they could not read is the bot's, and nobody else's; a mend that
    // was not finished has taken the stamps away. A row that came or went then is noted as one that nobody saw.
    let stamps = work.one("SELECT COUNT(*) FROM @.mapping WHERE stamp = ''", vec![]).await?;
    let all = work.bound().await?;
    let was_watched = get::<u64>(&stamps, 0)? == 0 && all.iter().all(trigger::is_there);
    work.run("UPDATE @.mapping SET stamp = ''").await?;
    work.commit(Sight::Latest).await?;
    let all = work.bound().await?;
    for bound in &all {
        put_in(work, bound).await?;
    }
    work.commit(Sight::Snapshot).await?;
    if !digest::lock(work).await? {
        return Ok(());
    }
    digest::all(work).await?;
    let blind = work.query("SELECT n, id = 'update' FROM @.fact WHERE what = 'blind'", vec![]).await?;
    let blind = blind
        .iter()
        .map(|row| Ok((get(row, 0)?, get(row, 1)?)))
        .collect::<Result<Vec<(i64, bool)>, Fault>>()?;
    let (blind, are_updates): (Vec<_>, Vec<_>) = blind.into_iter().unzip();
    digest::remove(work, &blind).await?;
    if was_watched && !blind.is_empty() && are_updates.iter().all(|is_update| *is_update) {
        compare::count_unread(work, &all, now_ms).await?;
    }
    for bound in &all {
        let rows = rows::all(work, bound).await?;
        take_openings(work, bound, &rows).await?;
        set_aside(work, bound, &rows).await?;
        compare::note_unseen(work, bound, &rows, now_ms).await?;
        let stamp = "UPDATE @.mapping SET stamp = ?, inhabited = ? WHERE mapping = ?";
        let params =
            vec![trigger::capture(bound).stamp.into(), (!rows.is_empty()).into(), bound.number.into()];
        work.execute(stamp, params).await?;
        tracing::debug!(table = bound.mapping.table, "capture put back");
    }
    work.run("UPDATE @.replica SET compare = 2").await
}

/// Identities that came to have several rows, or no number, while nobody looked are left alone.
async fn set_aside(work: &mut Work<'_>, bound: &Bound, rows: &Rows) -> Result<(), Fault> {
    for why in [DUPLICATE, NOT_A_NUMBER] {
        let is_odd = |values: &Vec<Option<i64>>| match why {
            DUPLICATE => values.len() > 1,
            _ => values.contains(&None),
        };
        let ids: Vec<_> = rows.iter().filter(|(_, values)| is_odd(values)).map(|(id, _)| (id,)).collect();
        let sql = format!("UPDATE {} SET i.paused = COALESCE(i.paused, ?)", compare::of_mapping());
        work.execute_over(&sql, &ids, &[bound.number.into(), why.into()]).await?;
    }
    Ok(())
}
