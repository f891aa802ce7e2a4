//! The SQL expressions that capture is made of: whose row it is, what it shows, whether it counts. They stand in
//! triggers, where a row is `OLD` or `NEW`, and in queries, where it is `t`.

use mysql_async::Value;

use super::{
    names::{ID_CHARS_MAX, literal, quote},
    shape::{Family, Shape},
};
use crate::Mapping;
use onepurse_core::Amount;

/// A mapping bound to a table, with the number that our own tables know it by.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) number: i64,
    /// Its columns by the names that they have.
    pub(super) mapping: Mapping,
    pub(super) shape: Shape,
    /// What the names of everything that is ours begin with.
    pub(super) prefix: String,
    pub(super) is_unique: bool,
}

impl Bound {
    pub(super) fn new(number: i64, mapping: &Mapping, shape: Shape, prefix: &str) -> Self {
        let is_unique = shape.is_unique(mapping);
        let name =
            |name: &String| shape.column(name).map_or_else(|| name.clone(), |found| found.name.clone());
        let mapping = Mapping {
            id: mapping.id.iter().map(name).collect(),
            column: name(&mapping.column),
            ..mapping.clone()
        };
        Self { number, mapping, shape, prefix: prefix.to_owned(), is_unique }
    }

    /// The bot's table.
    pub(super) fn table(&self) -> String {
        self.shape.sql()
    }

    fn family(&self, column: &str) -> Family {
        self.shape.column(column).map_or(Family::Other, super::shape::Column::family)
    }

    /// The query of every row that counts: whose it is, and what it shows.
    pub(super) fn rows(&self) -> String {
        let (id, value, counts) = (self.id("t"), self.value("t"), self.counts_here());
        format!("SELECT {id} AS id, {value} AS shows FROM {} AS t WHERE {counts}", self.table())
    }

    /// The external id of row `r` as text; NULL where a part is. Whatever character set and collation the bot's columns
    /// have, two ids are one only where every byte is the same.
    pub(super) fn id(&self, r: &str) -> String {
        let parts: Vec<_> = self.mapping.id.iter().map(|id| self.text(r, id)).collect();
        format!("(CONCAT({}) COLLATE utf8mb4_nopad_bin)", parts.join(", ':', "))
    }

    /// A part of an id as text: a number without the zeros that it may be shown with.
    fn text(&self, r: &str, id: &str) -> String {
        let plus = if self.family(id) == Family::Integer { " + 0" } else { "" };
        format!("CONVERT({r}.{}{plus} USING utf8mb4)", quote(id))
    }

    /// What row `r` shows, in smallest units; NULL where that is no number, or one too large.
    pub(super) fn value(&self, r: &str) -> String {
        let column = format!("{r}.{}", quote(&self.mapping.column));
        let absent = self.mapping.missing.unwrap_or_default().units();
        let number = match self.family(&self.mapping.column) {
            Family::Float => format!(
                "CASE WHEN ABS({column}) <= 1e19 THEN {} END",
                self.scaled(&format!("CAST({column} AS DECIMAL(65,30))"))
            ),
            Family::Text => format!(
                "CASE WHEN CHAR_LENGTH({column}) <= 35 AND {column} REGEXP {} THEN {} END",
                literal("^-?[0-9]+([.][0-9]+)?\\z"),
                self.scaled(&format!("CAST({column} AS DECIMAL(65,30))"))
            ),
            _ => self.scaled(&column),
        };
        format!("CAST(CASE WHEN {column} IS NULL THEN {absent} ELSE {number} END AS SIGNED)")
    }

    /// A fraction of the smallest unit counts as nothing, but for what floating-point numbers drift by: 0.99 of a unit
    /// and more is a unit.
    fn scaled(&self, number: &str) -> String {
        let one = self.mapping.scale.units_per_one();
        let max = i64::MAX / one;
        let units = if one == 1 && self.family(&self.mapping.column) == Family::Integer {
            format!("CAST({number} AS SIGNED)")
        } else {
            format!("CAST(FLOOR({number} * {one} + 0.01) AS SIGNED)")
        };
        format!("CASE WHEN {number} BETWEEN -{max} AND {max} THEN {units} END")
    }

    /// So many smallest units, as the balance column takes them; whole steps of what it keeps.
    pub(super) fn written(&self, units: Amount) -> String {
        let scale = self.mapping.scale;
        let text = scale.format(units);
        match self.family(&self.mapping.column) {
            Family::Integer | Family::Text if scale.decimals() > 0 => {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            _ => text,
        }
    }

    /// Whether the row called `t` counts: it has an id, and the filter lets it in. The filter sees the row's columns by
    /// their own names.
    pub(super) fn counts_here(&self) -> String {
        match &self.mapping.filter {
            None => self.has_id("t"),
            Some(filter) => format!("({} AND ({filter}\n))", self.has_id("t")),
        }
    }

    /// The same of a row in a trigger: with only those columns that the filter may speak of, so that the bot can still
    /// drop any other.
    pub(super) fn counts_in_trigger(&self, r: &str) -> String {
        let has_id = self.has_id(r);
        let Some(filter) = &self.mapping.filter else { return has_id };
        format!(
            "({has_id} AND EXISTS (SELECT 1 FROM (SELECT {}) AS t WHERE ({filter}\n)))",
            self.filter_row(|name| format!("{r}.{}", quote(name)))
        )
    }

    /// The columns of a row that the filter may speak of, from wherever `value` takes them.
    pub(super) fn filter_row(&self, value: impl Fn(&str) -> String) -> String {
        let columns: Vec<_> =
            self.filter_columns().map(|name| format!("{} AS {}", value(name), quote(name))).collect();
        if columns.is_empty() { "1 AS onepurse".to_owned() } else { columns.join(", ") }
    }

    fn has_id(&self, r: &str) -> String {
        format!("COALESCE(CHAR_LENGTH({}) BETWEEN 1 AND {ID_CHARS_MAX}, FALSE)", self.id(r))
    }

    /// The columns that the filter may speak of.
    fn filter_columns(&self) -> impl Iterator<Item = &str> {
        let filter = self.mapping.filter.as_deref().unwrap_or_default().to_lowercase();
        let names = self.shape.columns.iter().map(|column| column.name.as_str());
        names.filter(move |name| filter.contains(&name.to_lowercase()))
    }

    /// Whether everything that capture looks at is the same in `OLD` and `NEW`. Asked before anything else, so that a
    /// write of other columns costs next to nothing.
    pub(super) fn is_same(&self) -> String {
        let mut columns: Vec<_> = self
            .mapping
            .id
            .iter()
            .map(String::as_str)
            .chain(self.filter_columns())
            .chain([self.mapping.column.as_str()])
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let terms = columns.iter().map(|name| {
            // Two texts that a collation takes for one are two.
            let binary = if self.family(name) == Family::Text { "BINARY " } else { "" };
            format!("{binary}OLD.{0} <=> {binary}NEW.{0}", quote(name))
        });
        terms.collect::<Vec<_>>().join(" AND ")
    }

    /// The condition by which an index finds the rows of these identities, and perhaps a few others: who wants them
    /// alone looks at [`Bound::id`] too. Also its parameters; `None` where no row can be any of these.
    pub(super) fn among(&self, ids: &[&str]) -> Option<(String, Vec<Value>)> {
        let (mut terms, mut params) = (Vec::new(), Vec::new());
        for id in ids {
            let parts = self.mapping.parts(id);
            if parts.len() != self.mapping.id.len() {
                continue;
            }
            let found: Option<Vec<_>> =
                self.mapping.id.iter().zip(parts).map(|(name, part)| self.is_part(name, part)).collect();
            if let Some(found) = found {
                let (ours, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
                terms.push(format!("({})", ours.join(" AND ")));
                params.extend(values);
            }
        }
        (!terms.is_empty()).then(|| (format!("({})", terms.join(" OR ")), params))
    }

    fn is_part(&self, name: &str, part: &str) -> Option<(String, Value)> {
        let column = format!("t.{}", quote(name));
        let found = self.shape.column(name)?;
        match found.family() {
            Family::Integer => {
                let number = part
                    .parse::<i64>()
                    .map(Value::Int)
                    .or_else(|_| part.parse::<u64>().map(Value::UInt))
                    .ok()?;
                Some((format!("{column} = ?"), number))
            }
            Family::Text if found.takes(part) => Some((format!("{column} = ?"), part.into())),
            _ => Some((format!("{} COLLATE utf8mb4_nopad_bin = ?", self.text("t", name)), part.into())),
        }
    }

    /// The name of a trigger of ours.
    pub(super) fn trigger(&self, what: &str) -> String {
        format!("{}_{}_{what}", self.prefix, self.number)
    }

    /// What the session's variable holds while we write rows of this mapping.
    pub(super) fn mark(&self) -> String {
        format!("{}:{}", self.prefix, self.number)
    }
}
