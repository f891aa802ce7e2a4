//! The SQL expressions that capture is made of: whose row it is, what it shows, whether it counts.

use super::{
    names::quote,
    shape::{Affinity, Shape},
};
use crate::Mapping;

/// The largest magnitude that is read as a balance, in smallest units.
const UNITS_MAX: i64 = i64::MAX;

/// The time now in milliseconds since 1970, in words that old SQLite versions know; the same within one statement.
pub(super) const NOW_MS: &str = "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)";

/// A mapping bound to a table, with the number that our own tables know it by.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) number: i64,
    pub(super) mapping: Mapping,
    pub(super) shape: Shape,
}

impl Bound {
    /// The bot's table.
    pub(super) fn table(&self) -> String {
        quote(&self.mapping.table)
    }

    /// The query of every row that counts: whose it is, and what it shows.
    pub(super) fn rows(&self) -> String {
        let (id, value, counts) = (self.id("t"), self.value("t"), self.counts("t"));
        format!("SELECT {id}, {value} FROM {} AS t WHERE {counts}", self.table())
    }

    /// The external id of row `r` as text; NULL where a part is.
    pub(super) fn id(&self, r: &str) -> String {
        let parts: Vec<_> =
            self.mapping.id.iter().map(|id| format!("CAST({r}.{} AS TEXT)", quote(id))).collect();
        // Whatever collation the bot's column has, two ids are one only where every byte is the same.
        format!("({} COLLATE BINARY)", parts.join(" || ':' || "))
    }

    /// Whether row `r` has an id: a number or a text, and no blob, which would be the same as the text of its bytes here
    /// and another key to the bot.
    pub(super) fn has_id(&self, r: &str) -> String {
        let typed = self.mapping.id.iter().map(|id| format!(" AND typeof({r}.{}) <> 'blob'", quote(id)));
        format!("{} <> ''{}", self.id(r), typed.collect::<String>())
    }

    /// What row `r` shows, in smallest units; NULL where that is no number, or one too large. A fraction of the smallest
    /// unit counts as nothing, but for what floating-point numbers drift by: 0.99 of a unit and more is a unit.
    pub(super) fn value(&self, r: &str) -> String {
        let c = format!("{r}.{}", quote(&self.mapping.column));
        let one = self.mapping.scale.units_per_one();
        let max = UNITS_MAX / one;
        let absent = self.mapping.missing.unwrap_or_default().units();
        let scaled = |c: &str| {
            format!(
                "CASE typeof({c}) WHEN 'integer' THEN CASE WHEN {c} BETWEEN -{max} AND {max} THEN {c} * {one} END \
                 WHEN 'real' THEN CASE WHEN abs({c}) <= {max}.0 THEN CAST(round({c} * {one}.0 - 0.49) AS INTEGER) END"
            )
        };
        let text = match self.shape.column(&self.mapping.column).map(|column| column.affinity) {
            Some(Affinity::Text | Affinity::Blob) => {
                let looks_numeric = format!(
                    "({c} GLOB '[0-9]*' OR {c} GLOB '-[0-9]*') AND NOT substr({c}, 2) GLOB '*[^0-9.]*' AND NOT {c} GLOB '*.*.*'"
                );
                format!(
                    " WHEN 'text' THEN CASE WHEN {looks_numeric} THEN {} END END",
                    scaled(&format!("CAST({c} AS NUMERIC)"))
                )
            }
            _ => String::new(),
        };
        format!("({} WHEN 'null' THEN {absent}{text} END)", scaled(&c))
    }

    /// Whether row `r` counts. The filter sees the row's columns by their own names, and only those that it may speak
    /// of, so that the bot can still drop any other.
    pub(super) fn counts(&self, r: &str) -> String {
        let has_id = self.has_id(r);
        match &self.mapping.filter {
            None => format!("({has_id})"),
            Some(filter) => format!("({has_id} AND {})", self.passes(r, filter)),
        }
    }

    /// Whether row `r` passes the filter. `OLD` and `NEW` forget the affinity of their columns, and with it `guild = 7`
    /// is another question where the guild is a text: it is put back by a cast that leaves such a value as it is, or
    /// left out, in the table too, where a value has another type than its column.
    fn passes(&self, r: &str, filter: &str) -> String {
        let exists = |columns: Vec<String>| {
            let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
            format!("EXISTS (SELECT 1 FROM (SELECT {columns}) WHERE ({filter}\n))")
        };
        let (mut cast, mut plain, mut is_typed) = (Vec::new(), Vec::new(), Vec::new());
        for name in self.filter_columns() {
            let affinity = self.shape.column(name).map(|column| column.affinity);
            let (column, name) = (format!("{r}.{}", quote(name)), quote(name));
            plain.push(format!("+{column} AS {name}"));
            cast.push(match affinity.and_then(Affinity::cast) {
                None => format!("+{column} AS {name}"),
                Some((words, types)) => {
                    is_typed.push(format!("typeof({column}) IN ({types})"));
                    format!("CAST({column} AS {words}) AS {name}")
                }
            });
        }
        if is_typed.is_empty() {
            return exists(plain);
        }
        format!("CASE WHEN {} THEN {} ELSE {} END", is_typed.join(" AND "), exists(cast), exists(plain))
    }

    /// The columns that the filter may speak of.
    pub(super) fn filter_columns(&self) -> impl Iterator<Item = &str> {
        let filter = self.mapping.filter.as_deref().unwrap_or_default().to_lowercase();
        let names = self.shape.columns.iter().map(|column| column.name.as_str());
        names.filter(move |name| filter.contains(&name.to_lowercase()))
    }

    /// Whether row `t` of the table is row `r`'s identity's.
    pub(super) fn same(&self, t: &str, r: &str) -> String {
        let ids = self.mapping.id.iter().map(|id| {
            let (one, other) = (format!("{t}.{}", quote(id)), format!("{r}.{}", quote(id)));
            match self.shape.column(id).map(|column| column.affinity) {
                // Without an affinity, the text 456 and the number 456 differ, and are one id.
                Some(Affinity::Blob) => format!("CAST({one} AS TEXT) = CAST({other} AS TEXT) COLLATE BINARY"),
                _ => format!("{one} = {other} COLLATE BINARY"),
            }
        });
        format!("{} AND {}", ids.collect::<Vec<_>>().join(" AND "), self.counts(t))
    }

    /// Whether row `t` of the table is another row than `r`.
    pub(super) fn other(&self, t: &str, r: &str) -> String {
        let same: Vec<_> = self.key().map(|name| format!("{t}.{name} = {r}.{name}")).collect();
        format!("NOT ({})", same.join(" AND "))
    }

    /// Whether row `t` of the table comes before row `r`. Column by column: old versions know no row values.
    pub(super) fn before(&self, t: &str, r: &str) -> String {
        let names: Vec<_> = self.key().collect();
        names.iter().rev().fold("0".to_owned(), |rest, name| {
            let (one, other) = (format!("{t}.{name}"), format!("{r}.{name}"));
            format!("({one} < {other} OR ({one} = {other} AND {rest}))")
        })
    }

    /// The quoted names that tell the table's rows apart.
    fn key(&self) -> Box<dyn Iterator<Item = String> + '_> {
        match self.shape.rowid {
            Some(rowid) => Box::new(std::iter::once(rowid.to_owned())),
            None => Box::new(self.shape.primary().map(|column| quote(&column.name))),
        }
    }

    /// Whether the row of the table called `t` is that of the identity whose parts are the parameters from `?1` on.
    pub(super) fn is_identity(&self, t: &str) -> String {
        let ids = self.mapping.id.iter().enumerate().map(|(at, id)| {
            let column = format!("{t}.{}", quote(id));
            match self.shape.column(id).map(|column| column.affinity) {
                Some(Affinity::Blob) => format!("CAST({column} AS TEXT) = ?{} COLLATE BINARY", at + 1),
                _ => format!("{column} = ?{} COLLATE BINARY", at + 1),
            }
        });
        format!("{} AND {}", ids.collect::<Vec<_>>().join(" AND "), self.counts(t))
    }

    /// The largest magnitude that the column is given, in smallest units: more could not be read back.
    pub(super) fn largest(&self) -> i64 {
        let one = self.mapping.scale.units_per_one();
        UNITS_MAX / one * one
    }

    /// The parts of an external id, one for each id column.
    pub(super) fn parts<'a>(&self, external: &'a str) -> Vec<&'a str> {
        external.splitn(self.mapping.id.len(), ':').collect()
    }

    /// How much one step of what the column keeps is, in smallest units.
    pub(super) fn step(&self) -> i64 {
        10_i64.pow(u32::from(self.mapping.scale.decimals() - self.shape.decimals(&self.mapping)))
    }
}
