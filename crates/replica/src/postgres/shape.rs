//! What a bot's table looks like, as the catalogue says.

use onepurse_postgres::quote;
use serde::Deserialize;
use tokio_postgres::types::Type;

use super::{Work, fault::Fault};
use crate::Mapping;

/// A bot's table.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Shape {
    pub(super) oid: u32,
    schema: String,
    table: String,
    pub(super) kind: String,
    pub(super) columns: Vec<Column>,
    /// The columns of each unique key.
    keys: Vec<Vec<String>>,
    /// Row security hides rows from this role.
    pub(super) is_hidden: bool,
    /// Other tables inherit from it, and no trigger of its own sees their rows.
    pub(super) is_parent: bool,
    /// This role may use the schema that it is in.
    pub(super) is_reachable: bool,
    /// This role may read it, and put triggers on it.
    pub(super) is_readable: bool,
    pub(super) is_triggerable: bool,
    /// The functions of ours that triggers on it call.
    pub(super) triggers: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type, or the one below its domain.
    pub(super) base: String,
    pub(super) declared: String,
    /// This role may write it.
    pub(super) is_writable: bool,
}

/// What can be done with the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Integer,
    Numeric,
    Float,
    Text,
    Json,
    Jsonb,
    Uuid,
    Other,
}

impl Column {
    pub(super) fn family(&self) -> Family {
        match self.base.as_str() {
            "int2" | "int4" | "int8" => Family::Integer,
            "numeric" => Family::Numeric,
            "float4" | "float8" => Family::Float,
            "text" | "varchar" => Family::Text,
            "json" => Family::Json,
            "jsonb" => Family::Jsonb,
            "uuid" => Family::Uuid,
            _ => Family::Other,
        }
    }
}

const READ: &str = "
SELECT json_build_object(
    'oid', c.oid::bigint,
    'schema', n.nspname,
    'table', c.relname,
    'kind', c.relkind,
    'columns', coalesce((
        SELECT json_agg(json_build_object(
            'name', a.attname,
            'base', CASE t.typtype WHEN 'd' THEN (SELECT b.typname FROM pg_type b WHERE b.oid = t.typbasetype) ELSE t.typname END,
            'declared', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
                ELSE format_type(a.atttypid, a.atttypmod) END,
            'is_writable', has_column_privilege(c.oid, a.attnum, 'UPDATE')
        ) ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
    'keys', coalesce((
        SELECT json_agg((
            SELECT json_agg(a.attname) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(attnum, nth)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.nth <= i.indnkeyatts))
        FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL), '[]'),
    'is_hidden', row_security_active(c.oid),
    'is_parent', c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid),
    'is_reachable', has_schema_privilege(n.oid, 'USAGE'),
    'is_readable', has_table_privilege(c.oid, 'SELECT'),
    'is_triggerable', has_table_privilege(c.oid, 'TRIGGER'),
    'triggers', coalesce((
        SELECT json_agg(f.proname ORDER BY t.tgname)
        FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_namespace s ON s.oid = f.pronamespace
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND s.nspname = $3), '[]')
)::text
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, nth)
JOIN pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_namespace n ON n.oid = c.relnamespace AND
    CASE w.schema WHEN '' THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname = w.schema END
ORDER BY w.nth, array_position(current_schemas(false), n.nspname) LIMIT 1";

impl Shape {
    /// Whether its rows are in partitions, between which PostgreSQL moves them.
    pub(super) fn is_partitioned(&self) -> bool {
        self.kind == "p"
    }

    /// Reads the shape of the mapping's table; `None` where there is no such table.
    pub(super) async fn read(work: &Work<'_>, mapping: &Mapping) -> Result<Option<Self>, Fault> {
        let (schemas, names) = candidates(&mapping.table);
        let params: &[_] = &[
            (&schemas as _, Type::TEXT_ARRAY),
            (&names as _, Type::TEXT_ARRAY),
            (&work.schema as _, Type::TEXT),
        ];
        let rows = work.query(READ, params).await?;
        rows.first().map(|row| serde_json::from_str(row.try_get(0)?).map_err(Fault::damaged)).transpose()
    }

    /// The schemas that hold such a table and that this role may not use, so that it is not found.
    pub(super) async fn out_of_reach(work: &Work<'_>, mapping: &Mapping) -> Result<Vec<String>, Fault> {
        let (schemas, names) = candidates(&mapping.table);
        let sql = "SELECT DISTINCT n.nspname::text FROM unnest($1::text[], $2::text[]) AS w(schema, name) \
             JOIN pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p') \
             JOIN pg_namespace n ON n.oid = c.relnamespace AND w.schema IN ('', n.nspname) \
             WHERE NOT has_schema_privilege(n.oid, 'USAGE') AND n.nspname !~ '^(pg_|onepurse|information_schema$)' ORDER BY 1";
        let rows = work.query(sql, &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// The schema that it is in, as SQL names it.
    pub(super) fn schema_sql(&self) -> String {
        quote(&self.schema)
    }

    /// The table, as SQL names it.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.table))
    }

    /// Every column that the mapping names is there.
    pub(super) fn fits(&self, mapping: &Mapping) -> bool {
        mapping.id.iter().chain([&mapping.column]).all(|name| self.column(name).is_some())
    }

    /// A column by its name; one that was made without quotes is also known by the capitals that were written.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let named = |name: &str| self.columns.iter().find(|column| column.name == name);
        named(name).or_else(|| named(&name.to_lowercase()))
    }

    /// The id columns cover a unique key, so an identity has one row at the most.
    pub(super) fn is_unique(&self, mapping: &Mapping) -> bool {
        let ids: Vec<_> = mapping.id.iter().filter_map(|id| self.column(id)).map(|id| &id.name).collect();
        self.keys.iter().any(|key| !key.is_empty() && key.iter().all(|part| ids.contains(&part)))
    }

    /// How many decimals the balance column keeps: as configured, as declared (`numeric(20,2)`), none in an integer
    /// column, all elsewhere.
    pub(super) fn decimals(&self, mapping: &Mapping) -> u8 {
        let scale = mapping.scale.decimals();
        let Some(column) = self.column(&mapping.column) else { return scale };
        let declared = match column.family() {
            Family::Integer => return 0,
            Family::Numeric => {
                column.declared.split_once(',').map(|(_, rest)| rest.trim_end_matches(')').parse())
            }
            _ => None,
        };
        mapping.decimals.or_else(|| declared?.ok()).unwrap_or(scale).min(scale)
    }
}

/// Where a configured table may be, best first: `users`, `game.users`, and as PostgreSQL folds what is written without
/// quotes.
fn candidates(table: &str) -> (Vec<String>, Vec<String>) {
    let lower = table.to_lowercase();
    let mut found = vec![(String::new(), table.to_owned())];
    found.extend(table.split_once('.').map(|(schema, name)| (schema.to_owned(), name.to_owned())));
    found.push((String::new(), lower.clone()));
    found.extend(lower.split_once('.').map(|(schema, name)| (schema.to_owned(), name.to_owned())));
    found.into_iter().unzip()
}
