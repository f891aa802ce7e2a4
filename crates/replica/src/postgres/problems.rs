//! What keeps a mapping from working.

use onepurse_postgres::quote;
use tokio_postgres::types::Type;

use super::{
    Work,
    fault::Fault,
    shape::{Family, Shape},
    terms::Bound,
};
use crate::{Mapping, Problem, pace::NAMED_MAX};

/// Everything that keeps the mappings from working.
pub(super) async fn problems(work: &Work<'_>) -> Result<Vec<Problem>, Fault> {
    let mut problems = Vec::new();
    problems.extend(of_database(work).await?);
    for mapping in work.mappings {
        let in_table = of_table(work, mapping).await?;
        let is_sound = in_table.is_empty();
        problems.extend(in_table);
        if is_sound && let Some(shape) = Shape::read(work, mapping).await? {
            problems.extend(of_rows(work, &Bound::new(0, mapping, shape, work.schema)).await?);
        }
    }
    Ok(problems)
}

/// Our tables need a schema of their own.
async fn of_database(work: &Work<'_>) -> Result<Option<Problem>, Fault> {
    let row = work
        .one(
            "SELECT has_database_privilege(current_database(), 'CREATE') \
             OR EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), current_database()::text",
            &[(&work.schema, Type::TEXT)],
        )
        .await?;
    let (may, name): (bool, &str) = (row.try_get(0)?, row.try_get(1)?);
    Ok(work.mappings.first().filter(|_| !may).map(|mapping| {
        let what = format!("this role lacks the right to make schemas in `{name}`");
        problem(mapping, what, &format!("GRANT CREATE ON DATABASE {} TO it", quote(name)))
    }))
}

fn problem(mapping: &Mapping, what: String, remedy: &str) -> Problem {
    Problem { asset: mapping.asset.clone(), what, remedy: remedy.to_owned() }
}

/// What is wrong with the table itself, whatever its rows are.
pub(super) async fn of_table(work: &Work<'_>, mapping: &Mapping) -> Result<Vec<Problem>, Fault> {
    let one = |what: String, remedy: &str| Ok(vec![problem(mapping, what, remedy)]);
    let table = &mapping.table;
    let Some(shape) = Shape::read(work, mapping).await? else {
        let hidden = Shape::out_of_reach(work, mapping).await?;
        let Some(schema) = hidden.first() else {
            return one(format!("there is no table `{table}`"), "check `table` and `database`");
        };
        return Ok(vec![out_of_reach(mapping, &quote(schema))]);
    };
    match shape.kind.as_str() {
        "r" | "p" => {}
        "f" => return one(format!("`{table}` is a foreign table"), "attach the database that it is in"),
        _ => return one(format!("`{table}` is a view"), "name the table that it is made from"),
    }
    if !shape.is_reachable {
        return Ok(vec![out_of_reach(mapping, &shape.schema_sql())]);
    }
    let missing: Vec<_> = mapping
        .id
        .iter()
        .chain([&mapping.column])
        .filter(|name| shape.column(name).is_none())
        .map(|name| problem(mapping, format!("`{table}` has no column `{name}`"), &known_columns(&shape)))
        .collect();
    if !missing.is_empty() {
        return Ok(missing);
    }
    if shape.is_parent {
        return one(
            format!("other tables inherit from `{table}`"),
            "name each of them in a mapping of its own",
        );
    }
    if let Some((what, remedy)) = of_rights(&shape, mapping) {
        return one(what, &remedy);
    }
    if let Some((what, remedy)) = of_columns(&shape, mapping) {
        return one(what, remedy);
    }
    if let (Some(filter), Err(error)) = (&mapping.filter, filter_works(work, mapping, shape).await?) {
        let what = format!("`where = \"{filter}\"` does not work: {error}");
        return one(what, "write an SQL condition over columns of the row");
    }
    Ok(Vec::new())
}

fn out_of_reach(mapping: &Mapping, schema: &str) -> Problem {
    let what = format!(
        "this role lacks the right to use the schema {schema}, where the table `{}` is",
        mapping.table
    );
    problem(mapping, what, &format!("GRANT USAGE ON SCHEMA {schema} TO it"))
}

fn known_columns(shape: &Shape) -> String {
    let names: Vec<_> = shape.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("it has {}", names.join(", "))
}

/// What the role that we come as may not do.
fn of_rights(shape: &Shape, mapping: &Mapping) -> Option<(String, String)> {
    let table = &mapping.table;
    let balance = shape.column(&mapping.column)?;
    let lacks = |right: &str| format!("this role lacks the right to {right} `{table}`");
    let grant = |what: &str| format!("GRANT {what} ON {} TO it", shape.sql());
    if !shape.is_readable {
        Some((lacks("read"), grant("SELECT")))
    } else if !shape.is_triggerable {
        Some((lacks("put triggers on"), grant("TRIGGER")))
    } else if !balance.is_writable {
        Some((lacks("write the balance of"), grant(&format!("UPDATE ({})", quote(&balance.name)))))
    } else if shape.is_hidden {
        let what = format!("row security hides rows of `{table}` from this role");
        Some((what, "come as the table's owner, or as a role with BYPASSRLS".to_owned()))
    } else {
        None
    }
}

fn of_columns(shape: &Shape, mapping: &Mapping) -> Option<(String, &'static str)> {
    let (table, balance) = (&mapping.table, shape.column(&mapping.column)?);
    if mapping.id.iter().any(|id| shape.column(id).is_some_and(|id| id.name == balance.name)) {
        let what = format!("`{}` of `{table}` is both `id` and `column`", mapping.column);
        return Some((what, "name the column of the balance in `column`"));
    }
    let is_document = matches!(balance.family(), Family::Json | Family::Jsonb);
    match (&mapping.key, is_document, balance.family()) {
        (None, true, _) => {
            let what = format!("`{}` of `{table}` is a JSON document", mapping.column);
            Some((what, "name the key of the balance in `key`"))
        }
        (Some(key), false, _) => {
            let what =
                format!("`{}` of `{table}` is no JSON document, and has no key `{key}`", mapping.column);
            Some((what, "leave `key` out"))
        }
        (None, false, Family::Uuid | Family::Other) => {
            let what = format!("`{}` of `{table}` is of type {}", mapping.column, balance.declared);
            Some((what, "a balance is a number, a text, or a key of a JSON document"))
        }
        _ => None,
    }
}

/// What PostgreSQL says where it can make nothing of the filter in the form that capture asks it in.
async fn filter_works(work: &Work<'_>, mapping: &Mapping, shape: Shape) -> Result<Result<(), String>, Fault> {
    let bound = Bound::new(0, mapping, shape, work.schema);
    let sql = format!("SELECT 1 FROM {} AS t WHERE {} LIMIT 0", bound.table(), bound.counts("t"));
    // A trigger reads it with an empty search path.
    work.run_plain("SAVEPOINT onepurse_filter; SET LOCAL search_path = ''").await?;
    let tried = work.query(&sql, &[]).await;
    work.run_plain("ROLLBACK TO onepurse_filter; RELEASE onepurse_filter").await?;
    match tried {
        Ok(_) => Ok(Ok(())),
        Err(Fault::Sql(error)) => match error.as_db_error() {
            Some(said) => Ok(Err(said.message().to_owned())),
            None => Err(error.into()),
        },
        Err(fault) => Err(fault),
    }
}

async fn of_rows(work: &Work<'_>, bound: &Bound) -> Result<Vec<Problem>, Fault> {
    let (table, id, counts) = (bound.table(), bound.id("t"), bound.counts("t"));
    let column = format!("t.{}", quote(&bound.mapping.column));
    let text = match &bound.mapping.key {
        None => format!("{column}::text"),
        Some(key) => format!("({column} ->> {})", super::names::literal(key)),
    };
    let rows = |what: &str, condition: &str| {
        format!("SELECT {id} || ' (' || {what} || ')' FROM {table} AS t WHERE {counts} AND {condition}")
    };
    let nobody = format!(
        "SELECT 'NULL' FROM (SELECT FROM {table} LIMIT 1) AS any_row \
         WHERE NOT EXISTS (SELECT FROM {table} AS t WHERE coalesce({id} <> '', false))"
    );
    let mut found = Vec::new();
    if some(work, &nobody).await?.is_some() {
        let ids = bound.mapping.id.join(", ");
        found.push((ids, "no row with an id in", "name the column of the id in `id`"));
    }
    let mut look = vec![];
    if !bound.is_unique {
        look.push((
            rows("count(*) || ' rows'", &format!("true GROUP BY {id} HAVING count(*) > 1")),
            "several rows of one id",
            "leave one row of each, or choose an id or a `where` that tells them apart",
        ));
    }
    if let Some((_, inner @ [_, ..])) = bound.mapping.id.split_last() {
        let colons: Vec<_> =
            inner.iter().map(|name| format!("strpos(t.{}::text, ':') > 0", quote(name))).collect();
        look.push((
            rows("'the id'", &format!("({})", colons.join(" OR "))),
            "ids of which a part holds a colon",
            "put that column last in `id`",
        ));
    }
    look.push((
        rows(&format!("coalesce({text}, 'NULL')"), &format!("{} IS NULL", bound.value("t"))),
        "balances that are no numbers, or too large",
        "correct these rows, or leave them out with `where`",
    ));
    look.push((
        rows(&text, &finer(bound, &text)),
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
fn finer(bound: &Bound, text: &str) -> String {
    let units = format!("({text}::numeric * {})", bound.mapping.scale.units_per_one());
    let apart = format!("abs({units} - round({units})) > 0.01 + abs({units}) * 1e-12");
    format!(
        "CASE WHEN {} IS NOT NULL AND {text} IS NOT NULL THEN abs({units}) < 4e15 AND {apart} END",
        bound.value("t")
    )
}

/// The first few texts that a query finds, joined; `None` where it finds nothing.
async fn some(work: &Work<'_>, sql: &str) -> Result<Option<String>, Fault> {
    let rows = work.query(&format!("{sql} LIMIT {}", NAMED_MAX + 1), &[]).await?;
    let mut found = rows.iter().map(|row| row.try_get::<_, String>(0)).collect::<Result<Vec<_>, _>>()?;
    if found.len() > NAMED_MAX {
        "…".clone_into(&mut found[NAMED_MAX]);
    }
    Ok((!found.is_empty()).then(|| found.join(", ")))
}

/// Whose transactions a concurrent write of a row can cost a serialization failure, where the server says so: settings
/// of the database, or of a role.
pub(super) async fn isolations(work: &Work<'_>) -> Result<Vec<String>, Fault> {
    let rows = work
        .query(
            "SELECT coalesce('role ' || r.rolname, 'every role') || ': ' || split_part(s.setting, '=', 2) \
             FROM pg_db_role_setting d LEFT JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) AS s(setting) \
             WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) \
             AND s.setting ~* '^default_transaction_isolation=(repeatable read|serializable)' \
             UNION ALL SELECT 'the server: ' || reset_val FROM pg_settings \
             WHERE name = 'default_transaction_isolation' AND reset_val IN ('repeatable read', 'serializable') \
             AND source IN ('configuration file', 'command line')",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
