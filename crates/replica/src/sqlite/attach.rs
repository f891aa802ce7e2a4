//! Putting capture in, putting it back, and taking it out.

use onepurse_core::Cursor;
use rusqlite::params;

use super::{
    Work, apply, compare,
    connect::Fault,
    names::quote,
    openings, problems, read,
    renew::STEPS,
    shape::Shape,
    terms::Bound,
    trigger,
    underway::{self, Pass},
};
use crate::{
    Attach, Detached, Mapping, Problem, ReplicaError,
    alone::{DUPLICATE, NOT_A_NUMBER},
};

/// Puts capture in: our tables where they are not there yet, and every mapping that is new. Returns what is left to do by
/// [`go_on`], where a new database has more rows than are to be opened at once.
pub(super) fn attach(
    work: &Work<'_>,
    attach: &Attach,
    place: &str,
    rows_max: usize,
) -> Result<Option<Pass>, Fault> {
    if read::is_attached(work)? {
        add(work, place)?;
        return Ok(None);
    }
    if read::has_tables(work)? {
        let bound = work.bound()?;
        let pass = Pass::new(&bound, attach);
        if pass.is_under_way(work, &bound)? {
            return Ok(Some(pass));
        }
    }
    remove_unfinished(work)?;
    for step in STEPS {
        work.db.execute_batch(step)?;
    }
    let mut bound = Vec::new();
    for mapping in work.mappings {
        bound.extend(put_in(work, mapping, place)?);
    }
    let mut pass = Pass::new(&bound, attach);
    pass.go_on(work, &bound, attach, rows_max)?;
    if pass.is_whole {
        underway::end(work, &bound, attach)?;
        return Ok(None);
    }
    pass.guard(work, &bound)?;
    for bound in &bound {
        try_triggers(work, bound, place)?;
    }
    Ok(Some(pass))
}

/// Goes on with attaching; returns whether it is over.
pub(super) fn go_on(
    work: &Work<'_>,
    pass: &mut Pass,
    attach: &Attach,
    place: &str,
    rows_max: usize,
) -> Result<bool, Fault> {
    if read::is_attached(work)? {
        // Somebody else has ended it.
        return Ok(true);
    }
    let bound = if read::has_tables(work)? { work.bound()? } else { Vec::new() };
    pass.look_again(work, &bound, place)?;
    if pass.is_whole {
        underway::end(work, &bound, attach)?;
        return Ok(true);
    }
    pass.go_on(work, &bound, attach, rows_max)?;
    Ok(false)
}

/// Puts mappings that are new into an attached database.
fn add(work: &Work<'_>, place: &str) -> Result<(), Fault> {
    let mut has_more = false;
    for mapping in work.mappings {
        if let Some(bound) = put_in(work, mapping, place)? {
            openings::take_all(work, &bound)?;
            has_more = true;
        }
    }
    if has_more {
        // The ledger may know balances of a new mapping's identities from before the cursor. Without a cursor nobody
        // could tell that the ledger was put back meanwhile, so what is kept is sent again.
        apply::begin_anew(work)?;
        work.db.execute("UPDATE onepurse_replica SET compare = 1", [])?;
    }
    Ok(())
}

/// Refuses mappings that cannot work.
pub(super) fn check(work: &Work<'_>, place: &str) -> Result<(), Fault> {
    refuse(problems::problems(work)?, place)
}

fn refuse(problems: Vec<Problem>, place: &str) -> Result<(), Fault> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(ReplicaError::Refused { place: place.to_owned(), problems }.into())
}

/// Notes a mapping that is not in the database yet, and puts its triggers in; `None` where it is in already.
fn put_in(work: &Work<'_>, mapping: &Mapping, place: &str) -> Result<Option<Bound>, Fault> {
    let known: bool = work.db.query_row(
        "SELECT EXISTS (SELECT 1 FROM onepurse_mapping WHERE asset = ?1)",
        [mapping.asset.as_str()],
        |row| row.get(0),
    )?;
    if known {
        return Ok(None);
    }
    let shape = Shape::read(work.db, mapping)?
        .ok_or_else(|| Fault::Damaged(format!("the table {} went away", mapping.table)))?;
    work.db.execute(
        "INSERT INTO onepurse_mapping (asset, definition, stamp, negatives) VALUES (?1, ?2, '', 0)",
        [mapping.asset.as_str(), &mapping.definition()],
    )?;
    let bound = Bound { number: work.db.last_insert_rowid(), mapping: mapping.clone(), shape };
    put_triggers(work, &bound, place)?;
    Ok(Some(bound))
}

fn put_triggers(work: &Work<'_>, bound: &Bound, place: &str) -> Result<(), Fault> {
    let (triggers, stamp) = trigger::triggers(bound);
    for trigger in triggers {
        let drop = format!("DROP TRIGGER IF EXISTS {}", quote(&trigger.name));
        work.db.execute_batch(&format!("{drop}; {}", trigger.sql))?;
    }
    try_triggers(work, bound, place)?;
    work.db
        .execute("UPDATE onepurse_mapping SET stamp = ?2 WHERE mapping = ?1", params![bound.number, stamp])?;
    Ok(())
}

/// A trigger is only looked into when it is used, and then it would be the bot's statement that fails: so statements
/// that use them are prepared here, and not run.
fn try_triggers(work: &Work<'_>, bound: &Bound, place: &str) -> Result<(), Fault> {
    let table = bound.table();
    let names = bound.mapping.id.iter().map(String::as_str).chain([bound.mapping.column.as_str()]);
    let set: Vec<_> =
        names.chain(bound.filter_columns()).map(quote).map(|name| format!("{name} = {name}")).collect();
    let uses = [
        format!("INSERT INTO {table} DEFAULT VALUES"),
        format!("UPDATE {table} SET {}", set.join(", ")),
        format!("DELETE FROM {table}"),
    ];
    for sql in uses {
        if let Err(error) = work.db.prepare(&sql) {
            let remedy = "a `where` may only speak of columns of the row, by their plain names";
            let what = format!("capture does not work on `{}`: {error}", bound.mapping.table);
            refuse(vec![problems::problem(&bound.mapping, what, remedy)], place)?;
        }
    }
    Ok(())
}

/// Puts triggers back where a table has lost them. What was written meanwhile has to be compared.
pub(super) fn mend(work: &Work<'_>, now_ms: i64, place: &str) -> Result<(), Fault> {
    for mapping in work.mappings {
        if Shape::read(work.db, mapping)?.is_some() {
            refuse(problems::of_table(work, mapping)?, place)?;
        }
    }
    for bound in work.bound()? {
        put_triggers(work, &bound, place)?;
        openings::take_all(work, &bound)?;
        set_aside(work, &bound)?;
        compare::forget_returned(work, &bound)?;
        let absent = compare::note_absent(work, &bound, now_ms)?;
        tracing::debug!(table = bound.mapping.table, absent, "capture put back");
    }
    work.db.execute("UPDATE onepurse_replica SET compare = 2", [])?;
    Ok(())
}

/// Identities that came to have several rows, or no number, while nobody looked are left alone; those that were, and have
/// one row and a number again, are not any more.
fn set_aside(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let (id, value) = (bound.id("t"), bound.value("t"));
    let from = format!("FROM {} AS t WHERE {}", bound.table(), bound.counts("t"));
    let odd = [
        (DUPLICATE, format!("SELECT {id} {from} GROUP BY {id} HAVING count(*) > 1")),
        (NOT_A_NUMBER, format!("SELECT {id} {from} AND {value} IS NULL")),
    ];
    work.db.execute(
        "UPDATE onepurse_identity SET paused = NULL, todo = 1 WHERE mapping = ?1 AND paused IN (?2, ?3)",
        params![bound.number, DUPLICATE, NOT_A_NUMBER],
    )?;
    for (reason, ids) in odd {
        work.db.execute(
            &format!(
                "UPDATE onepurse_identity SET paused = ?2 WHERE mapping = ?1 AND paused IS NULL AND id IN ({ids})"
            ),
            params![bound.number, reason],
        )?;
    }
    Ok(())
}

/// Takes out everything that is ours.
pub(super) fn detach(work: &Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    if !read::is_attached(work)? {
        remove_unfinished(work)?;
        return Ok(Detached::Done);
    }
    if read::cursor(work)? != at {
        return Ok(Detached::Moved);
    }
    let pending: u64 = work.db.query_row("SELECT count(*) FROM onepurse_outbox", [], |row| row.get(0))?;
    if pending > pending_max {
        return Ok(Detached::Pending);
    }
    remove(work)?;
    Ok(Detached::Done)
}

/// Attaching may have been begun by somebody who did not end it.
fn remove_unfinished(work: &Work<'_>) -> Result<(), Fault> {
    if read::has_tables(work)? { remove(work) } else { Ok(()) }
}

fn remove(work: &Work<'_>) -> Result<(), Fault> {
    for (kind, drop) in [("trigger", "DROP TRIGGER"), ("table", "DROP TABLE")] {
        for name in ours(work, kind)? {
            work.db.execute_batch(&format!("{drop} {}", quote(&name)))?;
        }
    }
    Ok(())
}

/// The names of what is ours of a kind.
fn ours(work: &Work<'_>, kind: &str) -> Result<Vec<String>, Fault> {
    let mut statement = work
        .db
        .prepare("SELECT name FROM sqlite_master WHERE type = ?1 AND name LIKE 'onepurse!_%' ESCAPE '!'")?;
    Ok(statement.query_map([kind], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?)
}
