//! Putting capture in, putting it back, and taking it out.
//!
//! MariaDB commits at every change of a definition, so none of these can be one transaction. Their steps stand in such an
//! order that stopping between any two of them harms nobody, and a second call finishes:
//!
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

use std::collections::HashSet;

use onepurse_core::Cursor;

use super::{
    SCHEMA, Work, apply, base, compare, digest,
    digest::hex,
    fault::Fault,
    names::{ID, OURS, quote},
    problems, read,
    rows::{self, Rows},
    shape::Shape,
    terms::Bound,
    trigger,
    work::{INT, Sight, TEXT, get, given},
};
use crate::{
    Attach, Decision, Detached, Problem,
    alone::{DUPLICATE, NOT_A_NUMBER},
};

/// Takes the server's lock by which one program at a time changes definitions of ours. It goes with the connection.
async fn reserve(work: &mut Work<'_>) -> Result<(), Fault> {
    let name = format!("{}.{}", work.database, work.prefix);
    let got: Option<bool> = get(&work.one("SELECT GET_LOCK(?, 1)", vec![name.into()]).await?, 0)?;
    if got == Some(true) { Ok(()) } else { Err(Fault::Busy) }
}

async fn release(work: &mut Work<'_>) -> Result<(), Fault> {
    work.run("DO RELEASE_ALL_LOCKS()").await
}

/// Puts capture in: our tables where they are not there yet, and every mapping that is new.
pub(super) async fn attach(work: &mut Work<'_>, attach: &Attach) -> Result<(), Fault> {
    try_attach(work, attach).await.map_err(|fault| denied(work, fault))
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
        let tables =
            include_str!("schema.sql").replace("`@", &format!("`{}_", work.prefix.replace('`', "``")));
        work.run_plain(&tables).await?;
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
fn denied(work: &Work<'_>, fault: Fault) -> Fault {
    let Some(mapping) = work.mappings.first().filter(|_| fault.is_denied()) else { return fault };
    let remedy = "grant it, as the page on MariaDB says".to_owned();
    let problem = Problem { asset: mapping.asset.clone(), what: fault.said(), remedy };
    Fault::refused(work.place, vec![problem])
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

/// Puts a mapping's triggers in, each in the place of the one that may be there. One on another table, which was this one
/// once, goes first.
async fn put_in(work: &mut Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let all = ours(work).await?;
    for trigger in trigger::capture(bound).triggers {
        if all.contains(&trigger.name) && !bound.shape.triggers.contains(&trigger.name) {
            work.define(&format!("DROP TRIGGER IF EXISTS {}", quote(&trigger.name))).await?;
        }
        work.define(&trigger.sql).await?;
    }
    Ok(())
}

/// The names of our triggers, whatever table they are on.
async fn ours(work: &mut Work<'_>) -> Result<Vec<String>, Fault> {
    let rows = work
        .query(
            "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?",
            vec![work.database.into()],
        )
        .await?;
    let names = rows.iter().map(|row| get::<String>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(names.into_iter().filter(|name| trigger::is_ours(work.prefix, name)).collect())
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

/// Takes the openings of every row whose identity is not known yet.
async fn take_openings(work: &mut Work<'_>, bound: &Bound, rows: &Rows) -> Result<(), Fault> {
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
    done.and(released).map_err(|fault| denied(work, fault))
}

async fn put_back(work: &mut Work<'_>, now_ms: i64) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
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
    let blind = work.query("SELECT n FROM @.fact WHERE what = 'blind'", vec![]).await?;
    let blind = blind.iter().map(|row| get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
    digest::remove(work, &blind).await?;
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

/// Takes out everything that is ours.
pub(super) async fn detach(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    reserve(work).await?;
    let done = take_out(work, at, pending_max).await;
    let released = release(work).await;
    done.and_then(|done| released.map(|()| done))
}

async fn take_out(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    if digest::lock(work).await? {
        if let Some(reason) = keeps(work, at, pending_max).await? {
            return Ok(reason);
        }
        work.commit(Sight::Latest).await?;
        drop_triggers(work).await?;
        // Nothing is written down any more: what was committed meanwhile counts too.
        work.commit(Sight::Latest).await?;
        if digest::lock(work).await? {
            if let Some(reason) = keeps(work, at, pending_max).await? {
                return if reason == Detached::Pending { Err(Fault::Busy) } else { Ok(reason) };
            }
            work.run("DELETE FROM @.replica").await?;
            work.commit(Sight::Latest).await?;
        }
    }
    remove(work).await?;
    Ok(Detached::Done)
}

/// Why it may not be detached.
async fn keeps(work: &mut Work<'_>, at: Cursor, pending_max: u64) -> Result<Option<Detached>, Fault> {
    if read::cursor(work).await? != at {
        return Ok(Some(Detached::Moved));
    }
    digest::all(work).await?;
    let pending: u64 = get(&work.one("SELECT COUNT(*) FROM @.outbox", vec![]).await?, 0)?;
    Ok((pending > pending_max).then_some(Detached::Pending))
}

async fn drop_triggers(work: &mut Work<'_>) -> Result<(), Fault> {
    for name in ours(work).await? {
        work.define(&format!("DROP TRIGGER IF EXISTS {}", quote(&name))).await?;
    }
    Ok(())
}

/// Removes every trigger and table of ours. Nothing is attached.
async fn remove(work: &mut Work<'_>) -> Result<(), Fault> {
    drop_triggers(work).await?;
    for name in OURS {
        work.define(&format!("DROP TABLE IF EXISTS {}", work.ours(name))).await?;
    }
    Ok(())
}
