//! The triggers that take the opening of a row before anything happens to it, while others are still to be opened.

use super::{
    names::quote,
    pieces::Person,
    terms::Bound,
    trigger::{Trigger, name},
};

/// How many a mapping has.
pub(super) const COUNT: usize = 3;

pub(super) fn names(bound: &Bound) -> [String; COUNT] {
    ["updated", "deleted", "replaced"].map(|what| name(bound.mapping.asset.as_str(), what))
}

/// Those of a mapping, with the tag in each of them. Whatever column is updated: an id may be among what the bot's own
/// triggers change then.
pub(super) fn triggers(b: &Bound, tag: &str) -> Vec<Trigger> {
    let bodies = [
        ("UPDATE", b.counts("OLD"), opened(&Person::of(b, "OLD"), "1")),
        ("DELETE", b.counts("OLD"), opened(&Person::of(b, "OLD"), "1")),
        ("INSERT", b.counts("NEW"), replaced(b)),
    ];
    let triggers = names(b).into_iter().zip(bodies).map(|(name, (event, when, statements))| {
        let sql = format!(
            "CREATE TRIGGER {} BEFORE {event} ON {}\nWHEN {when}\nBEGIN -- {tag}\n  {};\n  {};\nEND",
            quote(&name),
            b.table(),
            statements[0],
            statements[1]
        );
        Trigger { name, sql }
    });
    triggers.collect()
}

/// Takes the opening of a person, where `only` is true.
fn opened(person: &Person<'_>, only: &str) -> [String; 2] {
    [
        person.opening(&person.value, &format!("NOT {} AND {only}", person.known())),
        person.first_sight_where(only),
    ]
}

/// An INSERT may replace the row that is there.
fn replaced(b: &Bound) -> [String; 2] {
    let mut person = Person::of(b, "NEW");
    let there = format!("FROM {} AS t WHERE {}", b.table(), b.same("t", "NEW"));
    person.value = format!("(SELECT {} {there} LIMIT 1)", b.value("t"));
    opened(&person, &format!("EXISTS (SELECT 1 {there})"))
}
