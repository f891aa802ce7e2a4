//! Putting capture in, putting it back, and taking it out.

use rusqlite::params;

use super::{
    SCHEMA, Work,
    connect::Fault,
    names::quote,
    shape::{self, Kind, Shape},
    terms::Bound,
    trigger,
};
use crate::{Attach, Mapping, Problem, ReplicaError};

/// How many offending rows a problem names.
const NAMED_MAX: usize = 5;

/// Everything that keeps the mappings from working.
pub(super) fn problems(work: &Work<'_>) -> Result<Vec<Problem>, Fault> {
    let mut problems = Vec::new();
    for mapping in work.mappings {
        problems.extend(problems_of(work, mapping)?);
    }
    Ok(problems)
}

fn problems_of(work: &Work<'_>, mapping: &Mapping) -> Result<Vec<Problem>, Fault> {
    let problem = |what: String, remedy: &str| Problem {
        asset: mapping.asset.clone(),
        what,
        remedy: remedy.to_owned(),
    };
    let table = &mapping.table;
    let Some(shape) = Shape::read(work.db, mapping)? else {
        return Ok(vec![problem(format!("there is no table `{table}`"), "check `table` and `database`")]);
    };
    match shape.kind {
        Kind::Table => {}
        Kind::View => {
            return Ok(vec![problem(format!("`{table}` is a view"), "name the table that it is made from")]);
        }
        Kind::Virtual => {
            return Ok(vec![problem(
                format!("`{table}` is a virtual table"),
                "only ordinary tables can be captured",
            )]);
        }
    }
    let missing: Vec<_> = mapping
        .id
        .iter()
        .chain([&mapping.column])
        .filter(|name| shape.column(name).is_none())
        .map(|name| problem(format!("`{table}` has no column `{name}`"), &known_columns(&shape)))
        .collect();
    if !missing.is_empty() {
        return Ok(missing);
    }
    if let Some(filter) = &mapping.filter
        && let Err(error) = shape::filter_works(work.db, mapping, filter)
    {
        return Ok(vec![problem(
            format!("`where = \"{filter}\"` does not work: {error}"),
            "write an SQL condition over columns of the row",
        )]);
    }
    Ok(problems_of_rows(work, &Bound { number: 0, mapping: mapping.clone(), shape })?
        .into_iter()
        .map(|(what, remedy)| problem(what, remedy))
        .collect())
}

fn known_columns(shape: &Shape) -> String {
    let names: Vec<_> = shape.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("it has {}", names.join(", "))
}

fn problems_of_rows(work: &Work<'_>, bound: &Bound) -> Result<Vec<(String, &'static str)>, Fault> {
    let (table, id, counts) = (bound.table(), bound.id("t"), bound.counts("t"));
    let mut problems = Vec::new();
    if !bound.shape.unique {
        let doubled = some(
            work,
            &format!(
                "SELECT {id} || ' (' || count(*) || ' rows)' FROM {table} AS t WHERE {counts} GROUP BY {id} HAVING count(*) > 1"
            ),
        )?;
        if let Some(doubled) = doubled {
            problems.push((
                format!("several rows of one id: {doubled}"),
                "leave one row of each, or choose an id or a `where` that tells them apart",
            ));
        }
    }
    if bound.mapping.id.len() > 1 {
        let inner = bound.mapping.id[..bound.mapping.id.len() - 1]
            .iter()
            .map(|name| format!("instr(CAST(t.{} AS TEXT), ':') > 0", quote(name)));
        let divided = some(
            work,
            &format!(
                "SELECT {id} FROM {table} AS t WHERE {counts} AND ({})",
                inner.collect::<Vec<_>>().join(" OR ")
            ),
        )?;
        if let Some(divided) = divided {
            problems
                .push((format!("a part of the id holds a colon: {divided}"), "put that column last in `id`"));
        }
    }
    let column = format!("t.{}", quote(&bound.mapping.column));
    let odd = some(
        work,
        &format!(
            "SELECT {id} || ' (' || quote({column}) || ')' FROM {table} AS t WHERE {counts} AND {} IS NULL",
            bound.value("t")
        ),
    )?;
    if let Some(odd) = odd {
        problems.push((
            format!("balances that are no numbers, or too large: {odd}"),
            "correct these rows, or leave them out with `where`",
        ));
    }
    let exact = format!(
        "abs({column} * {one}.0 - round({column} * {one}.0)) > 0.001 * {one}",
        one = bound.mapping.scale.units_per_one()
    );
    let finer = some(
        work,
        &format!(
            "SELECT {id} || ' (' || {column} || ')' FROM {table} AS t WHERE {counts} AND typeof({column}) = 'real' AND abs({column}) < 1e12 AND {exact}"
        ),
    )?;
    if let Some(finer) = finer {
        problems.push((
            format!("balances with more decimals than the asset's scale keeps: {finer}"),
            "give the asset a `scale` in an `[[asset]]` of its own",
        ));
    }
    Ok(problems)
}

/// The first few texts that a query finds, joined; `None` where it finds nothing.
fn some(work: &Work<'_>, sql: &str) -> Result<Option<String>, Fault> {
    let mut statement = work.db.prepare(&format!("{sql} LIMIT {}", NAMED_MAX + 1))?;
    let mut found = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if found.len() > NAMED_MAX {
        "…".clone_into(&mut found[NAMED_MAX]);
    }
    Ok((!found.is_empty()).then(|| found.join(", ")))
}

/// Puts capture in: our tables where they are not there yet, and every mapping that is new.
pub(super) fn attach(work: &Work<'_>, attach: Attach, place: &str) -> Result<(), Fault> {
    let problems = problems(work)?;
    if !problems.is_empty() {
        return Err(ReplicaError::Refused { place: place.to_owned(), problems }.into());
    }
    let is_new = !super::read::is_attached(work)?;
    if is_new {
        work.db.execute_batch(include_str!("schema.sql"))?;
        work.db.execute(
            "INSERT INTO onepurse_replica VALUES (1, ?1, ?2, ?3, ?4, 0, zeroblob(32), 1, 1, NULL, ?5, 0, 0)",
            params![
                SCHEMA,
                attach.replica.0,
                attach.ledger.0,
                work.platform.as_str(),
                attach.decision.map(crate::Decision::as_str)
            ],
        )?;
    }
    for mapping in work.mappings {
        take_in(work, mapping)?;
    }
    if !is_new {
        // The ledger may know balances of a new mapping's identities from before the cursor.
        work.db.execute(
            "UPDATE onepurse_replica SET cursor_seq = 0, cursor_hash = zeroblob(32), resync = 1, compare = 1",
            [],
        )?;
    }
    Ok(())
}

/// One mapping that is not in the database yet: its openings, and its triggers.
fn take_in(work: &Work<'_>, mapping: &Mapping) -> Result<(), Fault> {
    let known: bool = work.db.query_row(
        "SELECT EXISTS (SELECT 1 FROM onepurse_mapping WHERE asset = ?1)",
        [mapping.asset.as_str()],
        |row| row.get(0),
    )?;
    if known {
        return Ok(());
    }
    let shape = Shape::read(work.db, mapping)?
        .ok_or_else(|| Fault::Damaged(format!("the table {} went away", mapping.table)))?;
    work.db.execute(
        "INSERT INTO onepurse_mapping (asset, definition, stamp, negatives) VALUES (?1, ?2, '', 0)",
        [mapping.asset.as_str(), &mapping.definition()],
    )?;
    let bound = Bound { number: work.db.last_insert_rowid(), mapping: mapping.clone(), shape };
    put_triggers(work, &bound)?;
    open(work, &bound)?;
    let negative = format!(
        "SELECT EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {} < 0)",
        bound.table(),
        bound.counts("t"),
        bound.value("t")
    );
    work.db.execute(
        &format!("UPDATE onepurse_mapping SET negatives = ({negative}) WHERE mapping = ?1"),
        [bound.number],
    )?;
    Ok(())
}

fn put_triggers(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let (triggers, stamp) = trigger::triggers(bound);
    for trigger in triggers {
        work.db.execute_batch(&format!(
            "DROP TRIGGER IF EXISTS {}; {}",
            quote(&trigger.name),
            trigger.sql
        ))?;
    }
    work.db
        .execute("UPDATE onepurse_mapping SET stamp = ?2 WHERE mapping = ?1", params![bound.number, stamp])?;
    Ok(())
}

/// Takes the openings of every row whose identity is not known yet.
fn open(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let (table, id, counts, value, number) =
        (bound.table(), bound.id("t"), bound.counts("t"), bound.value("t"), bound.number);
    let unknown = format!(
        "FROM {table} AS t WHERE {counts} AND NOT EXISTS (SELECT 1 FROM onepurse_identity WHERE mapping = {number} AND id = {id} AND opened = 1)"
    );
    let now = super::terms::NOW_MS;
    let row = "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce)";
    if let Some(missing) = bound.mapping.missing {
        let missing = missing.units();
        work.db.execute(&format!("{row} SELECT {number}, {id}, 'opening', {missing}, 0, {missing}, {now}, randomblob(8) {unknown}"), [])?;
        work.db.execute(
            &format!("{row} SELECT {number}, {id}, 'change', {value} - {missing}, {missing}, {value}, {now}, randomblob(8) {unknown} AND {value} <> {missing}"),
            [],
        )?;
    } else {
        work.db.execute(&format!("{row} SELECT {number}, {id}, 'opening', ifnull({value}, 0), 0, {value}, {now}, randomblob(8) {unknown}"), [])?;
    }
    work.db.execute(
        &format!(
            "INSERT INTO onepurse_identity (mapping, id, opened) SELECT DISTINCT {number}, {id}, 1 {unknown} \
             ON CONFLICT (mapping, id) DO UPDATE SET opened = 1, todo = 1"
        ),
        [],
    )?;
    Ok(())
}

/// Puts triggers back where a table has lost them. What was written meanwhile has to be compared.
pub(super) fn mend(work: &Work<'_>, now_ms: i64, place: &str) -> Result<(), Fault> {
    let problems: Vec<_> = {
        let mut problems = Vec::new();
        for mapping in work.mappings {
            if Shape::read(work.db, mapping)?.is_some() {
                problems.extend(problems_of(work, mapping)?);
            }
        }
        problems
    };
    if !problems.is_empty() {
        return Err(ReplicaError::Refused { place: place.to_owned(), problems }.into());
    }
    for bound in work.bound()? {
        put_triggers(work, &bound)?;
        open(work, &bound)?;
    }
    let absent =
        work.bound()?.iter().map(|bound| note_absent(work, bound, now_ms)).sum::<Result<usize, _>>()?;
    tracing::debug!(absent, "capture put back");
    work.db.execute("UPDATE onepurse_replica SET compare = 2", [])?;
    Ok(())
}

/// Known identities that have no row now were deleted while nobody looked.
fn note_absent(work: &Work<'_>, bound: &Bound, now_ms: i64) -> Result<usize, Fault> {
    // Rows are looked at once, by id: the bot's table may have no index on it.
    work.db.execute_batch("CREATE TEMP TABLE IF NOT EXISTS onepurse_present (id TEXT PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.onepurse_present")?;
    work.db.execute(
        &format!(
            "INSERT OR IGNORE INTO temp.onepurse_present SELECT {} FROM {} AS t WHERE {}",
            bound.id("t"),
            bound.table(),
            bound.counts("t")
        ),
        [],
    )?;
    let noted = work.db.execute(
        "INSERT INTO onepurse_gone (mapping, id, value, at_ms) SELECT i.mapping, i.id, NULL, ?2 FROM onepurse_identity AS i \
         WHERE i.mapping = ?1 AND i.opened = 1 AND i.id NOT IN (SELECT id FROM temp.onepurse_present) \
         AND NOT EXISTS (SELECT 1 FROM onepurse_gone AS g WHERE g.mapping = i.mapping AND g.id = i.id)",
        params![bound.number, now_ms],
    )?;
    work.db.execute_batch("DROP TABLE temp.onepurse_present")?;
    Ok(noted)
}

/// Takes out everything that is ours.
pub(super) fn detach(work: &Work<'_>) -> Result<(), Fault> {
    if !super::read::is_attached(work)? {
        return Ok(());
    }
    let names = |kind: &str| -> Result<Vec<String>, Fault> {
        let mut statement = work.db.prepare(
            "SELECT name FROM sqlite_master WHERE type = ?1 AND name LIKE 'onepurse!_%' ESCAPE '!'",
        )?;
        Ok(statement.query_map([kind], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?)
    };
    for (kind, drop) in [("trigger", "DROP TRIGGER"), ("table", "DROP TABLE")] {
        for name in names(kind)? {
            work.db.execute_batch(&format!("{drop} {}", quote(&name)))?;
        }
    }
    Ok(())
}
