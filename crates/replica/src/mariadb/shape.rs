//! What a bot's table looks like, as the server says.

use std::collections::BTreeMap;

use super::{Work, fault::Fault, names::quote, work::get};
use crate::Mapping;

/// A bot's table.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    name: String,
    /// `BASE TABLE`, `VIEW`, …
    pub(super) kind: String,
    pub(super) engine: String,
    pub(super) columns: Vec<Column>,
    /// The columns of each unique key.
    keys: Vec<Vec<String>>,
    /// The triggers on it that have names like ours, and whether they run as the user that we are.
    pub(super) triggers: BTreeMap<String, bool>,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// `decimal`, and how it was declared: `decimal(20,2)`.
    kind: String,
    pub(super) declared: String,
    /// The decimals of an exact number.
    decimals: Option<u8>,
    charset: Option<String>,
}

/// What can be done with the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Integer,
    Numeric,
    Float,
    Text,
    /// Bytes that need not be a text.
    Bytes,
    Other,
}

impl Column {
    pub(super) fn family(&self) -> Family {
        match self.kind.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Family::Integer,
            "decimal" => Family::Numeric,
            "float" | "double" => Family::Float,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Family::Text,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Family::Bytes,
            _ => Family::Other,
        }
    }

    /// Whether every text can be compared with it as it is.
    pub(super) fn takes(&self, text: &str) -> bool {
        self.charset.as_deref() == Some("utf8mb4") || text.is_ascii()
    }
}

impl Shape {
    /// Reads the shape of the mapping's table; `None` where there is no such table.
    pub(super) async fn read(work: &mut Work<'_>, mapping: &Mapping) -> Result<Option<Self>, Fault> {
        let here = || vec![work_database(work).into(), mapping.table.as_str().into()];
        let params = here();
        let found = work
            .query(
                "SELECT TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
                params.clone(),
            )
            .await?;
        let Some(table) = found.first() else { return Ok(None) };
        Ok(Some(Self {
            name: get(table, 0)?,
            kind: get(table, 1)?,
            engine: get(table, 2)?,
            columns: columns(work, params.clone()).await?,
            keys: keys(work, params.clone()).await?,
            triggers: triggers(work, params).await?,
        }))
    }

    /// The table, as SQL names it.
    pub(super) fn sql(&self) -> String {
        quote(&self.name)
    }

    /// Every column that the mapping names is there.
    pub(super) fn fits(&self, mapping: &Mapping) -> bool {
        mapping.id.iter().chain([&mapping.column]).all(|name| self.column(name).is_some())
    }

    /// A column by its name, in which capitals do not matter.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let named = |name: &str| self.columns.iter().find(|column| column.name == name);
        let lower = name.to_lowercase();
        named(name).or_else(|| self.columns.iter().find(|column| column.name.to_lowercase() == lower))
    }

    /// The id columns cover a unique key, so an identity has one row at the most.
    pub(super) fn is_unique(&self, mapping: &Mapping) -> bool {
        let ids: Vec<_> = mapping.id.iter().filter_map(|id| self.column(id)).map(|id| &id.name).collect();
        self.keys.iter().any(|key| !key.is_empty() && key.iter().all(|part| ids.contains(&part)))
    }

    /// How many decimals the balance column keeps: as configured, as declared (`decimal(20,2)`), none in an integer
    /// column, all elsewhere.
    pub(super) fn decimals(&self, mapping: &Mapping) -> u8 {
        let scale = mapping.scale.decimals();
        let Some(column) = self.column(&mapping.column) else { return scale };
        let declared = match column.family() {
            Family::Integer => return 0,
            Family::Numeric => column.decimals,
            _ => None,
        };
        mapping.decimals.or(declared).unwrap_or(scale).min(scale)
    }
}

fn work_database(work: &Work<'_>) -> String {
    work.database.to_owned()
}

async fn columns(work: &mut Work<'_>, table: Vec<mysql_async::Value>) -> Result<Vec<Column>, Fault> {
    let rows = work
        .query(
            "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, NUMERIC_SCALE, CHARACTER_SET_NAME FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
            table,
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Column {
                name: get(row, 0)?,
                kind: get(row, 1)?,
                declared: get(row, 2)?,
                decimals: get(row, 3)?,
                charset: get(row, 4)?,
            })
        })
        .collect()
}

/// Keys that no two rows share. One over the beginning of a column only is none.
async fn keys(work: &mut Work<'_>, table: Vec<mysql_async::Value>) -> Result<Vec<Vec<String>>, Fault> {
    let rows = work
        .query(
            "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART IS NULL FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX",
            table,
        )
        .await?;
    let mut keys: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
    for row in &rows {
        let key = keys.entry(get(row, 0)?).or_insert_with(|| Some(Vec::new()));
        let column: String = get(row, 1)?;
        *key = key.take().filter(|_| matches!(get(row, 2), Ok(true))).map(|mut key| {
            key.push(column);
            key
        });
    }
    Ok(keys.into_values().flatten().collect())
}

async fn triggers(
    work: &mut Work<'_>,
    table: Vec<mysql_async::Value>,
) -> Result<BTreeMap<String, bool>, Fault> {
    let rows = work
        .query(
            "SELECT TRIGGER_NAME, DEFINER = CURRENT_USER() FROM information_schema.TRIGGERS \
             WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?",
            table,
        )
        .await?;
    let start = format!("{}_", work.prefix);
    let found = rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?)));
    let found = found.collect::<Result<BTreeMap<String, bool>, Fault>>()?;
    Ok(found.into_iter().filter(|(name, _)| name.starts_with(&start)).collect())
}
