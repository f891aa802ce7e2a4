//! Putting capture in, putting it back, and taking it out.
//!
//! MariaDB commits at every change of a definition, so none of these can be one transaction. Their steps stand in such an
//! order that stopping between any two of them harms nobody, and a second call finishes:
//!
//! - renew: each change of our tables can be made again, and their number comes last.
//! - attach: our tables, the triggers, then in one transaction openings, mappings and last the one row of `replica`, which
//!   is what "attached" means. Before it, triggers write facts that nobody reads; whoever begins anew removes all of it.
//!   Openings and facts are of one snapshot that was taken when every trigger was in, so what a bot writes is in the
//!   opening or is a fact that came after it, and never both or neither.
//! - mend: the stamps of the mappings are taken away first and come last, with the order to compare. Until then capture
//!   counts as lost.
//! - detach: the triggers go, then in one transaction the cursor and the outbox are looked at again and the row of
//!   `replica` goes, then the tables.
//!
//! A lock of the server with the replica's name keeps two programs from doing any of it at the same time.

use super::{
    Work, apply, base,
    capture::{put_in, remove},
    digest,
    fault::Fault,
    openings::take_openings,
    problems,
    renew::{self, SCHEMA},
    rights, rows,
    shape::Shape,
    terms::Bound,
    trigger,
    work::{Sight, get},
};
use crate::{Attach, Decision};

/// Takes the server's lock by which one program at a time changes definitions of ours. It goes with the connection.
pub(super) async fn reserve(work: &mut Work<'_>) -> Result<(), Fault> {
    let name = format!("{}.{}", work.database, work.prefix);
    let got: Option<bool> = get(&work.one("SELECT GET_LOCK(?, 1)", vec![name.into()]).await?, 0)?;
    if got == Some(true) { Ok(()) } else { Err(Fault::Busy) }
}

pub(super) async fn release(work: &mut Work<'_>) -> Result<(), Fault> {
    work.run("DO RELEASE_ALL_LOCKS()").await
}

/// Puts capture in: our tables where they are not there yet, and every mapping that is new.
pub(super) async fn attach(work: &mut Work<'_>, attach: &Attach) -> Result<(), Fault> {
    match try_attach(work, attach).await {
        Ok(()) => Ok(()),
        Err(fault) => Err(denied(work, fault).await),
    }
}

async fn try_attach(work: &mut Work<'_>, attach: &Attach) -> Result<(), Fault> {
    let problems = problems::problems(work).await?;
    if !problems.is_empty() {
        return Err(Fault::refused(work.place, problems));
    }
    reserve(work).await?;
    let is_new = !digest::lock(work).await?;
    let done = put_all_in(work, attach, is_new).await;
    if let Err(fault) = &done
        && is_new
        && !fault.is_of_connection()
    {
        // What is left is removed by whoever attaches next.
        let _ = remove(work).await;
    }
    let released = release(work).await;
    done.and_then(|done| released.map(|()| done))
}

async fn put_all_in(work: &mut Work<'_>, attach: &Attach, is_new: bool) -> Result<(), Fault> {
    let mut next = 1;
    let mut new: Vec<_> = work.mappings.iter().collect();
    if is_new {
        remove(work).await?;
        renew::make(work, 0).await?;
    } else {
        let numbers = work.numbers().await?;
        new.retain(|mapping| !numbers.contains_key(mapping.asset.as_str()));
        next += get::<i64>(&work.one("SELECT COALESCE(MAX(mapping), 0) FROM @.mapping", vec![]).await?, 0)?;
    }
    let mut bound = Vec::new();
    for (number, mapping) in (next..).zip(new) {
        let shape = Shape::read(work, mapping).await?;
        let shape = shape.ok_or_else(|| Fault::damaged(format!("the table {} went away", mapping.table)))?;
        bound.push(Bound::new(number, mapping, shape, work.prefix));
    }
    for bound in &bound {
        put_in(work, bound).await?;
    }
    work.commit(Sight::Snapshot).await?;
    if is_new {
        note_replica(work, attach).await?;
    } else if !digest::lock(work).await? {
        return Err(Fault::Busy);
    }
    for bound in &bound {
        begin(work, bound).await?;
    }
    if is_new {
        base::note(work, &attach.base).await?;
    } else if !bound.is_empty() {
        // The ledger may know balances of a new mapping's identities from before the cursor. Without a cursor nobody
        // could tell that the ledger was put back meanwhile, so what is kept is sent again.
        digest::all(work).await?;
        apply::begin_anew(work).await?;
        work.run("UPDATE @.replica SET compare = 1").await?;
    }
    Ok(())
}

/// What the server does not let us do is a reason why the mappings cannot work, and the same the next time.
pub(super) async fn denied(work: &mut Work<'_>, fault: Fault) -> Fault {
    let Some(mapping) = work.mappings.first().filter(|_| fault.is_denied()) else { return fault };
    match rights::lacking(work, mapping, fault.said()).await {
        Ok(problem) => Fault::refused(work.place, vec![problem]),
        Err(_) => fault,
    }
}

async fn note_replica(work: &mut Work<'_>, attach: &Attach) -> Result<(), Fault> {
    work.execute(
        "INSERT INTO @.replica (one, version, replica, ledger, platform, cursor_seq, cursor_hash, resync, compare, decision) \
         VALUES (1, ?, ?, ?, ?, 0, REPEAT('\\0', 32), TRUE, 1, ?)",
        vec![
            SCHEMA.into(),
            attach.replica.0.as_slice().into(),
            attach.ledger.0.as_slice().into(),
            work.platform.as_str().into(),
            attach.decision.map(Decision::as_str).into(),
        ],
    )
    .await
}

/// Notes a new mapping and takes its openings. What its triggers have written down by this snapshot is in them.
async fn begin(work: &mut Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let rows = rows::all(work, bound).await?;
    let facts = work.query("SELECT n FROM @.fact WHERE mapping = ?", vec![bound.number.into()]).await?;
    let places = facts.iter().map(|row| get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
    digest::remove(work, &places).await?;
    work.execute(
        "INSERT INTO @.mapping (mapping, asset, definition, stamp, negatives, inhabited) VALUES (?, ?, ?, ?, FALSE, ?)",
        vec![
            bound.number.into(),
            bound.mapping.asset.as_str().into(),
            // As it is configured: capitals of columns may be others than the table's.
            defined(work, bound).into(),
            trigger::capture(bound).stamp.into(),
            (!rows.is_empty()).into(),
        ],
    )
    .await?;
    take_openings(work, bound, &rows).await
}

fn defined(work: &Work<'_>, bound: &Bound) -> String {
    let configured = work.mappings.iter().find(|mapping| mapping.asset == bound.mapping.asset);
    configured.unwrap_or(&bound.mapping).definition()
}
