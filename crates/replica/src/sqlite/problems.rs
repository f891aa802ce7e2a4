//! What keeps a mapping from working.

use super::{
    Work,
    connect::Fault,
    names::{eq_name, quote},
    shape::{Kind, Shape},
    terms::Bound,
};
use crate::{Mapping, Problem, pace::NAMED_MAX};

/// Everything that keeps the mappings from working.
pub(super) fn problems(work: &Work<'_>) -> Result<Vec<Problem>, Fault> {
    let mut problems = Vec::new();
    for mapping in work.mappings {
        let in_table = of_table(work, mapping)?;
        let is_sound = in_table.is_empty();
        problems.extend(in_table);
        if is_sound && let Some(shape) = Shape::read(work.db, mapping)? {
            problems.extend(of_rows(work, &Bound { number: 0, mapping: mapping.clone(), shape })?);
        }
    }
    Ok(problems)
}

/// What is wrong with the table itself, whatever its rows are.
pub(super) fn of_table(work: &Work<'_>, mapping: &Mapping) -> Result<Vec<Problem>, Fault> {
    let problem = |what: String, remedy: &str| problem(mapping, what, remedy);
    if let Some(key) = &mapping.key {
        return Ok(vec![problem(
            format!(
                "`key = \"{key}\"`: a balance inside a document is only found in PostgreSQL, not in SQLite"
            ),
            "leave `key` out, and name in `column` one that holds the balance alone",
        )]);
    }
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
    if mapping.id.iter().any(|id| eq_name(id, &mapping.column)) {
        let what = format!("`{}` of `{table}` is both `id` and `column`", mapping.column);
        return Ok(vec![problem(what, "name the column of the balance in `column`")]);
    }
    if let Some(filter) = &mapping.filter
        && let Err(error) = filter_works(work, mapping, shape)
    {
        return Ok(vec![problem(
            format!("`where = \"{filter}\"` does not work: {error}"),
            "write an SQL condition over columns of the row",
        )]);
    }
    Ok(Vec::new())
}

/// An error where SQLite can make nothing of the filter in the form that capture asks it in.
fn filter_works(work: &Work<'_>, mapping: &Mapping, shape: Shape) -> rusqlite::Result<()> {
    let bound = Bound { number: 0, mapping: mapping.clone(), shape };
    let sql = format!("SELECT 1 FROM {} AS t WHERE {}", bound.table(), bound.counts("t"));
    work.db.prepare(&sql).map(|_| ())
}

/// One problem of a mapping.
pub(super) fn problem(mapping: &Mapping, what: String, remedy: &str) -> Problem {
    Problem { asset: mapping.asset.clone(), what, remedy: remedy.to_owned() }
}

fn known_columns(shape: &Shape) -> String {
    let names: Vec<_> = shape.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("it has {}", names.join(", "))
}

fn of_rows(work: &Work<'_>, bound: &Bound) -> Result<Vec<Problem>, Fault> {
    let (id, column) = (bound.id("t"), format!("t.{}", quote(&bound.mapping.column)));
    let rows = |what: &str, condition: &str| {
        let from = format!("FROM {} AS t WHERE {}", bound.table(), bound.counts("t"));
        some(work, &format!("SELECT {id} || ' (' || {what} || ')' {from} AND {condition}"))
    };
    let mut problems = Vec::new();
    let table = &bound.mapping.table;
    let mut add = |found: Option<String>, what: &str, remedy: &str| {
        problems.extend(
            found.map(|rows| problem(&bound.mapping, format!("`{table}` has {what}: {rows}"), remedy)),
        );
    };
    let nobody = format!(
        "SELECT 'NULL' FROM {table} AS t WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {has_id})",
        table = bound.table(),
        has_id = bound.has_id("t")
    );
    if some(work, &nobody)?.is_some() {
        add(Some(bound.mapping.id.join(", ")), "no row with an id in", "name the column of the id in `id`");
    }
    if !bound.shape.unique {
        add(
            rows("count(*) || ' rows'", &format!("1 GROUP BY {id} HAVING count(*) > 1"))?,
            "several rows of one id",
            "leave one row of each, or choose an id or a `where` that tells them apart",
        );
    }
    if let Some((_, inner @ [_, ..])) = bound.mapping.id.split_last() {
        let colons: Vec<_> =
            inner.iter().map(|name| format!("instr(CAST(t.{} AS TEXT), ':') > 0", quote(name))).collect();
        add(
            rows("'the id'", &format!("({})", colons.join(" OR ")))?,
            "ids of which a part holds a colon",
            "put that column last in `id`",
        );
    }
    add(
        rows(&format!("quote({column})"), &format!("{} IS NULL", bound.value("t")))?,
        "balances that are no numbers, or too large",
        "correct these rows, or leave them out with `where`",
    );
    add(
        rows(&column, &finer(bound, &column))?,
        "balances with more decimals than the asset's scale keeps",
        "give the asset a `scale` in an `[[asset]]` of its own",
    );
    Ok(problems)
}

/// Whether the column keeps a fraction of the smallest unit, beyond what floating-point numbers drift by.
fn finer(bound: &Bound, column: &str) -> String {
    let units = format!("(CAST({column} AS REAL) * {}.0)", bound.mapping.scale.units_per_one());
    format!(
        "typeof({column}) IN ('real', 'text') AND abs({units}) < 4e15 \
         AND abs({units} - round({units})) > 0.01 + abs({units}) * 1e-12"
    )
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
