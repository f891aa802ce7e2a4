//! The SQL expressions that capture is made of: whose row it is, what it shows, whether it counts. They stand in
//! triggers, where a row is `OLD` or `NEW`, and in queries, where it is `t`.

use onepurse_postgres::quote;

use super::{
    names::literal,
    shape::{Family, Shape},
};
use crate::Mapping;

/// A mapping bound to a table, with the number that our own tables know it by.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) number: i64,
    /// Its columns by the names that they have.
    pub(super) mapping: Mapping,
    pub(super) shape: Shape,
    /// Our schema.
    pub(super) schema: String,
    pub(super) is_unique: bool,
}

impl Bound {
    pub(super) fn new(number: i64, mapping: &Mapping, shape: Shape, schema: &str) -> Self {
        let is_unique = shape.is_unique(mapping);
        let name =
            |name: &String| shape.column(name).map_or_else(|| name.clone(), |found| found.name.clone());
        let mapping = Mapping {
            id: mapping.id.iter().map(name).collect(),
            column: name(&mapping.column),
            ..mapping.clone()
        };
        Self { number, mapping, shape, schema: schema.to_owned(), is_unique }
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
        let (id, value, counts) = (self.id("t"), self.value("t"), self.counts("t"));
        format!("SELECT {id} AS id, {value} AS shows FROM {} AS t WHERE {counts}", self.table())
    }

    /// The external id of row `r` as text; NULL where a part is. Whatever collation the bot's column has, two ids are
    /// one only where every byte is the same.
    pub(super) fn id(&self, r: &str) -> String {
        let parts: Vec<_> = self.mapping.id.iter().map(|id| format!("{r}.{}::text", quote(id))).collect();
        format!("(({}) COLLATE \"C\")", parts.join(" || ':' || "))
    }

    /// What row `r` shows, in smallest units; NULL where that is no number, or one too large.
    pub(super) fn value(&self, r: &str) -> String {
        let column = format!("{r}.{}", quote(&self.mapping.column));
        let absent = self.mapping.missing.unwrap_or_default().units();
        let Some(key) = &self.mapping.key else {
            let number = self.number(self.family(&self.mapping.column), &column);
            return format!("(CASE WHEN {column} IS NULL THEN {absent}::bigint ELSE {number} END)");
        };
        let typeof_ =
            if self.family(&self.mapping.column) == Family::Json { "json_typeof" } else { "jsonb_typeof" };
        let key = literal(key);
        let (inner, text) = (format!("({column} -> {key})"), format!("({column} ->> {key})"));
        format!(
            "(CASE coalesce({typeof_}{inner}, 'null') WHEN 'null' THEN {absent}::bigint WHEN 'number' THEN {} \
             WHEN 'string' THEN {} END)",
            self.scaled(&format!("{text}::numeric")),
            self.number(Family::Text, &text)
        )
    }

    fn number(&self, family: Family, column: &str) -> String {
        match family {
            Family::Integer if self.mapping.scale.units_per_one() == 1 => format!("{column}::bigint"),
            // A cast to numeric would keep 15 digits of a double, and 6 of a real; its text is exact.
            Family::Float => format!(
                "CASE WHEN abs({column}) <= 1e19 THEN {} END",
                self.scaled(&format!("{column}::double precision::text::numeric"))
            ),
            Family::Text => format!(
                "CASE WHEN {column} ~ '^-?[0-9]+([.][0-9]+)?$' THEN {} END",
                self.scaled(&format!("{column}::numeric"))
            ),
            _ => self.scaled(&format!("{column}::numeric")),
        }
    }

    /// A fraction of the smallest unit counts as nothing, but for what floating-point numbers drift by: 0.99 of a unit
    /// and more is a unit.
    fn scaled(&self, number: &str) -> String {
        let one = self.mapping.scale.units_per_one();
        let max = i64::MAX / one;
        format!("CASE WHEN {number} BETWEEN -{max} AND {max} THEN floor({number} * {one} + 0.01)::bigint END")
    }

    /// So many smallest units, as the column `r.column` takes them; whole steps of what it keeps.
    pub(super) fn written(&self, r: &str, units: &str) -> String {
        let column = format!("{r}.{}", quote(&self.mapping.column));
        let one = self.mapping.scale.units_per_one();
        let exact = format!("round({units}::numeric / {one}, {})", self.mapping.scale.decimals());
        let family = self.family(&self.mapping.column);
        if let Some(key) = &self.mapping.key {
            let key = literal(key);
            let plain = format!("trim_scale({exact})");
            let set = format!(
                "jsonb_set(coalesce({column}::jsonb, '{{}}'), ARRAY[{key}], \
                 CASE jsonb_typeof({column}::jsonb -> {key}) WHEN 'string' THEN to_jsonb({plain}::text) ELSE to_jsonb({plain}) END)"
            );
            return if family == Family::Json { format!("{set}::json") } else { set };
        }
        match family {
            Family::Integer => format!("{units} / {one}"),
            Family::Float => format!("{exact}::double precision"),
            Family::Text => format!("trim_scale({exact})::text"),
            _ => exact,
        }
    }

    /// Whether row `r` counts: it has an id, and the filter lets it in. The filter sees the row's columns by their own
    /// names, and only those that it may speak of, so that the bot can still drop any other.
    pub(super) fn counts(&self, r: &str) -> String {
        let has_id = format!("coalesce({} <> '', false)", self.id(r));
        let Some(filter) = &self.mapping.filter else { return has_id };
        let columns: Vec<_> =
            self.filter_columns().map(|name| format!("{r}.{0} AS {0}", quote(name))).collect();
        format!(
            "({has_id} AND EXISTS (SELECT FROM (SELECT {}) AS row WHERE ({filter}\n)))",
            columns.join(", ")
        )
    }

    /// The types of all columns that capture looks at.
    pub(super) fn declared(&self) -> impl Iterator<Item = &str> {
        let names = self.mapping.id.iter().chain([&self.mapping.column]).map(String::as_str);
        let columns = names.chain(self.filter_columns()).filter_map(|name| self.shape.column(name));
        columns.map(|column| column.declared.as_str())
    }

    /// The columns that the filter may speak of.
    pub(super) fn filter_columns(&self) -> impl Iterator<Item = &str> {
        let filter = self.mapping.filter.as_deref().unwrap_or_default().to_lowercase();
        let names = self.shape.columns.iter().map(|column| column.name.as_str());
        names.filter(move |name| filter.contains(&name.to_lowercase()))
    }

    /// Whether anything that capture looks at differs between `OLD` and `NEW`. Asked first, so that a write of other
    /// columns costs next to nothing.
    pub(super) fn differs(&self) -> String {
        let mut columns: Vec<_> =
            self.mapping.id.iter().map(String::as_str).chain(self.filter_columns()).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut terms: Vec<_> = columns.iter().map(|name| self.moved(name, "")).collect();
        let key = self.mapping.key.as_ref().map(|key| format!(" ->> {}", literal(key)));
        terms.push(self.moved(&self.mapping.column, &key.unwrap_or_default()));
        terms.join(" OR ")
    }

    fn moved(&self, name: &str, part: &str) -> String {
        let as_text = if part.is_empty() && matches!(self.family(name), Family::Json | Family::Other) {
            "::text"
        } else {
            part
        };
        format!("(OLD.{0}{as_text}) IS DISTINCT FROM (NEW.{0}{as_text})", quote(name))
    }

    /// The type that part `nth` of an id is compared as, so that the bot's own index finds it.
    pub(super) fn key_type(&self, nth: usize) -> &'static str {
        match self.family(&self.mapping.id[nth]) {
            Family::Integer => "bigint",
            Family::Uuid => "uuid",
            _ => "text",
        }
    }

    /// Whether the row called `t` is that of the identity whose parts are `parts`, as their key types, and whose whole
    /// id is `id`.
    pub(super) fn is_identity(&self, t: &str, id: &str, part: impl Fn(usize) -> String) -> String {
        let ids = self.mapping.id.iter().enumerate().map(|(nth, name)| {
            let column = format!("{t}.{}", quote(name));
            match self.family(name) {
                Family::Integer | Family::Uuid | Family::Text => format!("{column} = {}", part(nth)),
                _ => format!("{column}::text = {}", part(nth)),
            }
        });
        format!("{} AND {} = {id} AND {}", ids.collect::<Vec<_>>().join(" AND "), self.id(t), self.counts(t))
    }

    /// The name of a function or trigger of ours.
    pub(super) fn name(&self, what: &str) -> String {
        format!("{what}_{}", self.number)
    }

    /// A function of ours, as SQL names it.
    pub(super) fn function(&self, what: &str) -> String {
        format!("{}.{}", quote(&self.schema), self.name(what))
    }
}
