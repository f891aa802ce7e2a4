//! Ids of people as parameters: as texts, and in parts as the bot's columns compare them.

use tokio_postgres::types::{ToSql, Type};

use super::{terms::Bound, work::Param};

/// One column of the parts of ids.
enum Parts {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

/// Ids of one mapping. The parts of an id that no row can have are NULL.
pub(super) struct Ids {
    whole: Vec<String>,
    parts: Vec<Parts>,
    /// `$1::text[], $2::bigint[]`: what they are unnested from.
    pub(super) arrays: String,
    /// `id, part0`: what they are called then.
    pub(super) names: String,
}

impl Ids {
    pub(super) fn of(bound: &Bound, ids: &[&str]) -> Self {
        let width = bound.mapping.id.len();
        let split: Vec<Vec<&str>> = ids.iter().map(|id| bound.mapping.parts(id)).collect();
        let part = |row: usize, nth: usize| {
            Some(split[row].get(nth)?.to_string()).filter(|_| split[row].len() == width)
        };
        let rows = 0..ids.len();
        let (mut parts, mut arrays, mut names) = (Vec::new(), "$1::text[]".to_owned(), "id".to_owned());
        for nth in 0..width {
            let texts = rows.clone().map(|row| part(row, nth));
            let key_type = bound.key_type(nth);
            parts.push(match key_type {
                "bigint" => Parts::Numbers(texts.map(|text| text?.parse().ok()).collect()),
                "uuid" => Parts::Texts(texts.map(|text| text.filter(|text| is_uuid(text))).collect()),
                _ => Parts::Texts(texts.collect()),
            });
            let sent = if key_type == "bigint" { "bigint[]" } else { "text[]" };
            arrays += &format!(", ${}::{sent}", nth + 2);
            names += &format!(", part{nth}");
        }
        Self { whole: ids.iter().map(|&id| id.to_owned()).collect(), parts, arrays, names }
    }

    /// How many parameters they are.
    pub(super) fn width(&self) -> usize {
        self.parts.len() + 1
    }

    pub(super) fn params(&self) -> Vec<Param<'_>> {
        let parts = self.parts.iter().map(|part| match part {
            Parts::Numbers(numbers) => (numbers as &(dyn ToSql + Sync), Type::INT8_ARRAY),
            Parts::Texts(texts) => (texts as &(dyn ToSql + Sync), Type::TEXT_ARRAY),
        });
        std::iter::once((&self.whole as &(dyn ToSql + Sync), Type::TEXT_ARRAY)).chain(parts).collect()
    }

    /// Part `nth` of an id that is called `w`, as the bot's column compares it.
    pub(super) fn part(bound: &Bound, w: &str, nth: usize) -> String {
        format!("{w}.part{nth}::{}", bound.key_type(nth))
    }
}

fn is_uuid(text: &str) -> bool {
    let is_hyphen = |nth: usize| matches!(nth, 8 | 13 | 18 | 23);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(nth, byte)| if is_hyphen(nth) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
