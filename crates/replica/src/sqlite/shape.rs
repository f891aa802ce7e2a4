//! What a bot's table looks like, and whether a mapping onto it can work.

use rusqlite::{Connection, OptionalExtension};

use super::names::eq_name;
use crate::Mapping;

/// How SQLite treats what is written into a column: <https://www.sqlite.org/datatype3.html>, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    fn of(declared: &str, strict: bool) -> Self {
        let declared = declared.to_ascii_uppercase();
        if strict && declared == "ANY" {
            // In a strict table it means that nothing is converted, elsewhere it is a name like any other.
            return Self::Blob;
        }
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// The type that a cast gives this affinity by, and the types of value that such a cast leaves as they are.
    pub(super) const fn cast(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Text => Some(("TEXT", "'text', 'null'")),
            Self::Integer | Self::Numeric => Some(("NUMERIC", "'integer', 'real', 'null'")),
            Self::Real => Some(("REAL", "'real', 'null'")),
            Self::Blob => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) affinity: Affinity,
    primary: bool,
}

/// A bot's table as its schema says it is.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) columns: Vec<Column>,
    /// A name by which the rowid can be spoken of, where there is one.
    pub(super) rowid: Option<&'static str>,
    /// The id columns cover a unique key, so an identity has one row at the most.
    pub(super) unique: bool,
    /// Columns whose values tell identities apart, where an index has the rows in their order, byte by byte; else none.
    pub(super) order: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    View,
    Virtual,
}

impl Shape {
    /// Reads the shape of the mapping's table; `None` where there is no such table.
    pub(super) fn read(db: &Connection, mapping: &Mapping) -> rusqlite::Result<Option<Self>> {
        let found = db
            .prepare_cached(
                "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE",
            )?
            .query_row([&mapping.table], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, bool>(2)?,
                    row.get::<_, bool>(3)?,
                ))
            })
            .optional()?;
        let Some((table, kind, without_rowid, strict)) = found else { return Ok(None) };
        let columns = db
            .prepare_cached("SELECT name, type, pk FROM pragma_table_info(?1)")?
            .query_map([&table], |row| {
                let declared: String = row.get(1)?;
                let affinity = Affinity::of(&declared, strict);
                Ok(Column { name: row.get(0)?, declared, affinity, primary: row.get::<_, i64>(2)? > 0 })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let kind = match kind.as_str() {
            "view" => Kind::View,
            "table" => Kind::Table,
            _ => Kind::Virtual,
        };
        let named = |alias: &str| columns.iter().any(|column| eq_name(&column.name, alias));
        let rowid = if without_rowid {
            None
        } else {
            ["_rowid_", "rowid", "oid"].into_iter().find(|alias| !named(alias))
        };
        let unique = is_unique(db, &table, &columns, mapping)?;
        let order = if unique { order(db, &table, &columns, mapping)? } else { Vec::new() };
        Ok(Some(Self { kind, columns, rowid, unique, order }))
    }

    /// Every column that the mapping names is there.
    pub(super) fn fits(&self, mapping: &Mapping) -> bool {
        mapping.id.iter().chain([&mapping.column]).all(|name| self.column(name).is_some())
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| eq_name(&column.name, name))
    }

    /// The columns of the primary key, for tables without a rowid.
    pub(super) fn primary(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.primary)
    }

    /// How many decimals the balance column keeps: as configured, as declared (`DECIMAL(20,2)`), none in an
    /// integer column, all elsewhere.
    pub(super) fn decimals(&self, mapping: &Mapping) -> u8 {
        let scale = mapping.scale.decimals();
        let declared = || {
            let column = self.column(&mapping.column)?;
            let digits = column
                .declared
                .split_once(',')
                .map(|(_, rest)| rest.trim_end_matches(')').trim().parse::<u8>());
            match (column.affinity, digits) {
                (Affinity::Integer, _) => Some(0),
                (_, Some(Ok(decimals))) => Some(decimals),
                _ => None,
            }
        };
        mapping.decimals.or_else(declared).unwrap_or(scale).min(scale)
    }
}

fn is_unique(db: &Connection, table: &str, columns: &[Column], mapping: &Mapping) -> rusqlite::Result<bool> {
    let is_id = |name: &str| mapping.id.iter().any(|id| eq_name(id, name));
    // Where a column has no affinity, the text 456 and the number 456 are two keys and one id.
    if columns.iter().any(|column| is_id(&column.name) && column.affinity == Affinity::Blob) {
        return Ok(false);
    }
    let mut primary = columns.iter().filter(|column| column.primary).peekable();
    if primary.peek().is_some() && primary.all(|column| is_id(&column.name)) {
        return Ok(true);
    }
    for index in unique_indexes(db, table)? {
        let parts = db
            .prepare_cached("SELECT name FROM pragma_index_info(?1)")?
            .query_map([index], |row| row.get::<_, Option<String>>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if parts.iter().all(|part| part.as_deref().is_some_and(is_id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names of the table's unique indexes that have every row.
fn unique_indexes(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1 AND partial = 0")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The columns of a unique key that has nothing but ids in it. Not one whose index takes different texts for one, as it
/// would pass over some of them.
fn order(
    db: &Connection,
    table: &str,
    columns: &[Column],
    mapping: &Mapping,
) -> rusqlite::Result<Vec<String>> {
    let is_id = |name: &str| mapping.id.iter().any(|id| eq_name(id, name));
    for index in unique_indexes(db, table)? {
        let parts = db
            .prepare_cached(
                "SELECT name, \"desc\" = 0 AND coll = 'BINARY' FROM pragma_index_xinfo(?1) WHERE key = 1",
            )?
            .query_map([index], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if parts.iter().all(|(part, is_plain)| *is_plain && part.as_deref().is_some_and(is_id)) {
            return Ok(parts.into_iter().filter_map(|(part, _)| part).collect());
        }
    }
    // An INTEGER PRIMARY KEY is the rowid itself, and has no index.
    let mut primary = columns.iter().filter(|column| column.primary);
    Ok(match (primary.next(), primary.next()) {
        (Some(key), None) if is_id(&key.name) && key.declared.eq_ignore_ascii_case("INTEGER") => {
            vec![key.name.clone()]
        }
        _ => Vec::new(),
    })
}
