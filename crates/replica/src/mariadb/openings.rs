//! What everyone has who is seen for the first time.

use std::collections::HashSet;

use super::{
    Work,
    digest::hex,
    fault::Fault,
    names::ID,
    rows::Rows,
    terms::Bound,
    work::{INT, TEXT, get, given},
};

/// Takes the openings of every row whose identity is not known yet.
pub(super) async fn take_openings(work: &mut Work<'_>, bound: &Bound, rows: &Rows) -> Result<(), Fault> {
    let known = "SELECT id FROM @.identity WHERE mapping = ? AND opened";
    let known = work.query(known, vec![bound.number.into()]).await?;
    let known = known.iter().map(|row| get(row, 0)).collect::<Result<HashSet<String>, _>>()?;
    let at_ms = work.clock_ms().await?;
    let mut fresh: Vec<_> = rows.iter().filter(|(id, _)| !known.contains(*id)).collect();
    fresh.sort_unstable_by_key(|(id, _)| *id);
    let fresh: Vec<_> = fresh
        .into_iter()
        .map(|(id, values)| (id, values.iter().flatten().min(), at_ms, hex(&work.nonce())))
        .collect();
    let given = given(&[("id", ID), ("shows", INT), ("at_ms", INT), ("nonce", TEXT)]);
    let outbox = format!(
        "INSERT INTO @.outbox (mapping, id, kind, delta, was, shows, at_ms, nonce) \
         SELECT {}, w.id, 'opening', COALESCE(w.shows, 0), 0, w.shows, w.at_ms, UNHEX(w.nonce) FROM {given} ORDER BY w.nth",
        bound.number
    );
    work.execute_over(&outbox, &fresh, &[]).await?;
    let identity = format!(
        "INSERT INTO @.identity (mapping, id, opened) SELECT {}, w.id, TRUE FROM {given} \
         ON DUPLICATE KEY UPDATE opened = TRUE, todo = GREATEST(todo, 1)",
        bound.number
    );
    work.execute_over(&identity, &fresh, &[]).await?;
    if rows.values().flatten().flatten().any(|value| *value < 0) {
        let negatives = "UPDATE @.mapping SET negatives = TRUE WHERE mapping = ?";
        work.execute(negatives, vec![bound.number.into()]).await?;
    }
    Ok(())
}
