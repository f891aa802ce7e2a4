//! What keeps a mapping from working.

use mysql_async::Value;

use super::{
    Work,
    fault::Fault,
    names::quote,
    rights,
    shape::{Family, Shape},
    terms::Bound,
    work::get,
};
use crate::{Mapping, Problem, pace::NAMED_MAX};

/// Everything that keeps the mappings from working.
pub(super) async fn problems(work: &mut Work<'_>) -> Result<Vec<Problem>, Fault> {
    let mut problems = Vec::new();
    problems.extend(of_server(work).await?);
    if !problems.is_empty() {
        return Ok(problems);
    }
    for mapping in work.mappings {
        let in_table = of_table(work, mapping).await?;
        let is_sound = in_table.is_empty();
        problems.extend(in_table);
        if is_sound && let Some(shape) = Shape::read(work, mapping).await? {
            problems.extend(of_rows(work, &Bound::new(0, mapping, shape, work.prefix)).await?);
        }
    }
    Ok(problems)
}

async fn of_server(work: &mut Work<'_>) -> Result<Option<Problem>, Fault> {
    let row = work.one("SELECT VERSION(), @@log_bin AND @@binlog_format = 'STATEMENT'", vec![]).await?;
    let (version, by_statement): (String, bool) = (get(&row, 0)?, get(&row, 1)?);
    let Some(mapping) = work.mappings.first() else { return Ok(None) };
    if !is_known(&version) {
        let what = format!("the server is {version}");
        return Ok(Some(problem(mapping, what, "MariaDB 10.6 or newer is what onepurse knows")));
    }
    if by_statement {
        let what = "the server's binlog_format is STATEMENT, which allows no transaction as ours are";
        return Ok(Some(problem(mapping, what.to_owned(), "set it to MIXED or ROW")));
    }
    Ok(None)
}

/// MariaDB, with all that our statements use.
fn is_known(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    version.to_lowercase().contains("mariadb")
        && (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (10, 6)
}

fn problem(mapping: &Mapping, what: String, remedy: &str) -> Problem {
    Problem { asset: mapping.asset.clone(), what, remedy: remedy.to_owned() }
}

/// What is wrong with the table itself, whatever its rows are.
pub(super) async fn of_table(work: &mut Work<'_>, mapping: &Mapping) -> Result<Vec<Problem>, Fault> {
    let one = |what: String, remedy: &str| Ok(vec![problem(mapping, what, remedy)]);
    let table = &mapping.table;
    let Some(shape) = Shape::read(work, mapping).await? else {
        let remedy = or_granted(work, "check `table` and `database`").await?;
        return one(format!("there is no table `{table}`"), &remedy);
    };
    if shape.kind.contains("VIEW") {
        return one(format!("`{table}` is a view"), "name the table that it is made from");
    }
    if shape.engine != "InnoDB" {
        let what = format!("`{table}` is kept by {}, which knows no transactions", shape.engine);
        return one(what, &format!("ALTER TABLE {} ENGINE = InnoDB", shape.sql()));
    }
    let missing: Vec<_> =
        mapping.id.iter().chain([&mapping.column]).filter(|name| shape.column(name).is_none()).collect();
    if !missing.is_empty() {
        let remedy = or_granted(work, &known_columns(&shape)).await?;
        let no_column = |name| problem(mapping, format!("`{table}` has no column `{name}`"), &remedy);
        return Ok(missing.into_iter().map(no_column).collect());
    }
    if let Some((what, remedy)) = of_columns(&shape, mapping) {
        return one(what, remedy);
    }
    if let Err(denied) = may_write(work, mapping, &shape).await? {
        return Ok(vec![rights::lacking(work, mapping, denied).await?]);
    }
    if let (Some(filter), Err(error)) = (&mapping.filter, filter_works(work, mapping, shape).await?) {
        let what = format!("`where = \"{filter}\"` does not work: {error}");
        return one(what, "write an SQL condition over columns of the row");
    }
    Ok(Vec::new())
}

/// MariaDB shows only what one has a right on: what is not seen may be there.
async fn or_granted(work: &mut Work<'_>, remedy: &str) -> Result<String, Fault> {
    let grants = rights::missing(work).await?;
    let remedy = remedy.to_owned();
    Ok(if grants.is_empty() {
        remedy
    } else {
        format!("{remedy}; or, if it is there, {}", grants.join("; "))
    })
}

fn known_columns(shape: &Shape) -> String {
    let names: Vec<_> = shape.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("it has {}", names.join(", "))
}

fn of_columns(shape: &Shape, mapping: &Mapping) -> Option<(String, &'static str)> {
    let (table, balance) = (&mapping.table, shape.column(&mapping.column)?);
    let typed = |name: &str, declared: &str| format!("`{name}` of `{table}` is of type {declared}");
    for id in mapping.id.iter().filter_map(|id| shape.column(id)) {
        if id.name == balance.name {
            let what = format!("`{}` of `{table}` is both `id` and `column`", mapping.column);
            return Some((what, "name the column of the balance in `column`"));
        }
        if id.family() == Family::Bytes {
            return Some((typed(&id.name, &id.declared), "an id is a number or a text"));
        }
    }
    if mapping.key.is_some() {
        let what = format!("`key` is set for `{}` of `{table}`", mapping.column);
        return Some((what, "in MariaDB, a balance is a column of its own"));
    }
    match balance.family() {
        Family::Bytes | Family::Other => {
            Some((typed(&mapping.column, &balance.declared), "a balance is a number or a text"))
        }
        _ => None,
    }
}

/// What MariaDB says where this user may not write the balance; asked by a statement that is about no row.
async fn may_write(
    work: &mut Work<'_>,
    mapping: &Mapping,
    shape: &Shape,
) -> Result<Result<(), String>, Fault> {
    let sql = format!("UPDATE {} SET {1} = {1} WHERE FALSE", shape.sql(), quote(&mapping.column));
    match work.run(&sql).await {
        Ok(()) => Ok(Ok(())),
        Err(fault) if fault.is_denied() => Ok(Err(fault.said())),
        Err(fault) => Err(fault),
    }
}

/// What MariaDB says where it can make nothing of the filter, in the forms in which queries and triggers ask it.
async fn filter_works(
    work: &mut Work<'_>,
    mapping: &Mapping,
    shape: Shape,
) -> Result<Result<(), String>, Fault> {
    let bound = Bound::new(0, mapping, shape, work.prefix);
    let filter = mapping.filter.as_deref().unwrap_or_default();
    let row = bound.filter_row(|name| format!("o.{}", quote(name)));
    let asked = [
        format!("SELECT 1 FROM {} AS t WHERE {} LIMIT 0", bound.table(), bound.counts_here()),
        format!("SELECT 1 FROM (SELECT {row} FROM {} AS o) AS t WHERE ({filter}\n) LIMIT 0", bound.table()),
    ];
    for sql in asked {
        match work.query(&sql, vec![]).await {
            Ok(_) => {}
            Err(fault) if fault.code().is_some() && !fault.is_busy() => return Ok(Err(fault.said())),
            Err(fault) => return Err(fault),
        }
    }
    Ok(Ok(()))
}

async fn of_rows(work: &mut Work<'_>, bound: &Bound) -> Result<Vec<Problem>, Fault> {
    let (table, id, counts) = (bound.table(), bound.id("t"), bound.counts_here());
    let column = format!("t.{}", quote(&bound.mapping.column));
    let text = format!("CONVERT({column} USING utf8mb4)");
    let rows = |what: &str, condition: &str| {
        format!("SELECT CONCAT({id}, ' (', {what}, ')') FROM {table} AS t WHERE {counts} AND {condition}")
    };
    let nobody = format!(
        "SELECT 'NULL' FROM (SELECT 1 FROM {table} LIMIT 1) AS any_row \
         WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE COALESCE({id} <> '', FALSE))"
    );
    let mut found = Vec::new();
    if some(work, &nobody).await?.is_some() {
        let ids = bound.mapping.id.join(", ");
        found.push((ids, "no row with an id in", "name the column of the id in `id`"));
    }
    let mut look = vec![];
    if !bound.is_unique {
        look.push((
            rows("CONCAT(COUNT(*), ' rows')", &format!("TRUE GROUP BY {id} HAVING COUNT(*) > 1")),
            "several rows of one id",
            "leave one row of each, or choose an id or a `where` that tells them apart",
        ));
    }
    if let Some((_, inner @ [_, ..])) = bound.mapping.id.split_last() {
        let colons: Vec<_> = inner
            .iter()
            .map(|name| format!("LOCATE(':', CONVERT(t.{} USING utf8mb4)) > 0", quote(name)))
            .collect();
        look.push((
            rows("'the id'", &format!("({})", colons.join(" OR "))),
            "ids of which a part holds a colon",
            "put that column last in `id`",
        ));
    }
    look.push((
        rows(&format!("COALESCE({text}, 'NULL')"), &format!("{} IS NULL", bound.value("t"))),
        "balances that are no numbers, or too large",
        "correct these rows, or leave them out with `where`",
    ));
    look.push((
        rows(&text, &finer(bound, &column)),
        "balances with more decimals than the asset's scale keeps",
        "give the asset a `scale` in an `[[asset]]` of its own",
    ));
    for (sql, what, remedy) in look {
        found.extend(some(work, &sql).await?.map(|rows| (rows, what, remedy)));
    }
    let table = &bound.mapping.table;
    Ok(found
        .into_iter()
        .map(|(rows, what, remedy)| problem(&bound.mapping, format!("`{table}` has {what}: {rows}"), remedy))
        .collect())
}

/// Whether the column keeps a fraction of the smallest unit, beyond what floating-point numbers drift by.
fn finer(bound: &Bound, column: &str) -> String {
    let units = format!("(CAST({column} AS DECIMAL(65,30)) * {})", bound.mapping.scale.units_per_one());
    let apart = format!("ABS({units} - ROUND({units})) > 0.01 + ABS({units}) * 1e-12");
    format!("({column} IS NOT NULL AND ABS({}) < 4e15 AND {apart})", bound.value("t"))
}

/// The first few texts that a query finds, joined; `None` where it finds nothing.
async fn some(work: &mut Work<'_>, sql: &str) -> Result<Option<String>, Fault> {
    let rows = work.query(&format!("{sql} LIMIT {}", NAMED_MAX + 1), Vec::<Value>::new()).await?;
    let mut found = rows.iter().map(|row| get::<String>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    if found.len() > NAMED_MAX {
        "…".clone_into(&mut found[NAMED_MAX]);
    }
    Ok((!found.is_empty()).then(|| found.join(", ")))
}

/// Whose transactions a concurrent write of a row can cost an error, where the server says so.
pub(super) async fn isolations(work: &mut Work<'_>) -> Result<Vec<String>, Fault> {
    let settings = work
        .query(
            "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES \
             WHERE VARIABLE_NAME IN ('TX_ISOLATION', 'TRANSACTION_ISOLATION', 'INNODB_SNAPSHOT_ISOLATION')",
            vec![],
        )
        .await?;
    let mut warnings = Vec::new();
    let mut level = String::new();
    let mut is_strict = false;
    for row in &settings {
        let (name, value): (String, String) = (get(row, 0)?, get(row, 1)?);
        match name.as_str() {
            "INNODB_SNAPSHOT_ISOLATION" => is_strict = value == "ON",
            _ => level = value,
        }
    }
    if is_strict && level == "REPEATABLE-READ" {
        warnings.push("the server: REPEATABLE-READ with innodb_snapshot_isolation".to_owned());
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_version() {
        for (version, expected) in [
            ("10.11.19-MariaDB-0+deb12u1", true),
            ("10.6.1-MariaDB", true),
            ("11.4.2-MariaDB-log", true),
            ("10.5.9-MariaDB", false),
            ("8.0.36", false),
        ] {
            assert_eq!(is_known(version), expected, "{version}");
        }
    }
}
