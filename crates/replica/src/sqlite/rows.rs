//! The triggers for rows that come and go: inserted, replaced, deleted, renamed, let in or shut out by the filter.

use super::{
    names::quote,
    pieces::{Body, Person},
    terms::{Bound, NOW_MS},
};
use crate::{Reinsert, alone::DUPLICATE};

/// An INSERT may replace a row, and only before it one can see whether there is a row, and what it shows. Where there
/// is none, that is noted; where there is one that shows what it should, nothing is: so an INSERT that is ignored writes
/// nothing, however often it comes.
pub(super) fn before_insert(b: &Bound) -> Body {
    let person = Person::of(b, "NEW");
    let (id, me, expected, number) = (&person.id, &person.me, person.expected(), b.number);
    let there = format!("FROM {} AS t WHERE {}", b.table(), b.same("t", "NEW"));
    let none = format!("NOT EXISTS (SELECT 1 {there})");
    let odd = format!("SELECT {shown} {there} AND {shown} IS NOT {expected} LIMIT 1", shown = b.value("t"));
    Body {
        head: "BEFORE INSERT".to_owned(),
        when: b.counts("NEW"),
        statements: vec![
            format!("UPDATE onepurse_gone SET absent = 1 WHERE {me} AND absent = 0 AND {none}"),
            format!(
                "INSERT INTO onepurse_gone (mapping, id, value, at_ms, absent) SELECT {number}, {id}, NULL, {NOW_MS}, 1 \
                 WHERE {} AND {none} AND NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE {me})",
                person.known()
            ),
            format!("DELETE FROM onepurse_note WHERE {me} AND value IS NOT ({odd})"),
            format!(
                "INSERT INTO onepurse_note (mapping, id, value) SELECT {number}, {id}, v FROM (SELECT ({odd}) AS v) \
                 WHERE v IS NOT NULL AND NOT EXISTS (SELECT 1 FROM onepurse_note WHERE {me})"
            ),
        ],
    }
}

pub(super) fn on_insert(b: &Bound) -> Body {
    let person = Person::of(b, "NEW");
    let me = &person.me;
    let came_back = format!("EXISTS (SELECT 1 FROM onepurse_gone WHERE {me} AND absent = 1)");
    let mut statements = arrive(b, &came_back);
    statements.push(format!("DELETE FROM onepurse_note WHERE {me}"));
    Body { head: "AFTER INSERT".to_owned(), when: b.counts("NEW"), statements }
}

pub(super) fn on_delete(b: &Bound) -> Body {
    Body { head: "AFTER DELETE".to_owned(), when: b.counts("OLD"), statements: leave(b) }
}

/// The row does not count any more.
pub(super) fn on_leave(b: &Bound) -> Body {
    Body {
        head: moves(b),
        when: format!("{} AND NOT {}", b.counts("OLD"), or_no(&b.counts("NEW"))),
        statements: leave(b),
    }
}

/// The row counts from now on. Nothing was replaced, whatever an earlier INSERT has noted.
pub(super) fn on_arrive(b: &Bound) -> Body {
    Body {
        head: moves(b),
        when: format!("NOT {} AND {}", or_no(&b.counts("OLD")), b.counts("NEW")),
        statements: arrive(b, "1"),
    }
}

/// The row of one identity becomes another's.
pub(super) fn on_rename(b: &Bound) -> Body {
    let (from, to) = (b.id("OLD"), b.id("NEW"));
    let statements = if b.mapping.missing.is_some() {
        // An absent row counts as something: the one goes to that, the other comes from it.
        [leave(b), arrive(b, "1")].concat()
    } else {
        carry(b)
    };
    Body {
        head: moves(b),
        when: format!("{from} <> {to} AND {} AND {}", b.counts("OLD"), b.counts("NEW")),
        statements,
    }
}

/// The coins go with the row, unless the one that they were counted for has another.
fn carry(b: &Bound) -> Vec<String> {
    let (from, to) = (Person::of(b, "OLD"), Person::of(b, "NEW"));
    let (old, new, me) = (&from.value, &to.value, &to.me);
    let (last, alone, known) = (none_left(b), alone(b), to.known());
    let mut statements = vec![
        from.change(old, "0", &format!("shows <> was AND {last}")),
        to.opening("0", &format!("NOT {known}")),
        to.change("0", new, &format!("shows <> was AND {last} AND {alone}")),
        format!("UPDATE onepurse_identity SET opened = 1, todo = 1 WHERE {me}"),
        to.first_sight(),
        to.odd(),
        to.no_longer_odd(),
        // What it had went along: a row inserted again counts from nothing.
        from.gone("0", &last),
        format!("DELETE FROM onepurse_gone WHERE {me}"),
    ];
    if !b.shape.unique {
        statements.extend([doubled(b), single(b)]);
        statements.push(format!("UPDATE onepurse_identity SET todo = 1 WHERE {me}"));
    }
    statements
}

/// What happens when a row of an identity appears. `came_back`: a known identity had no row before; else the row was
/// replaced, and the difference is what counts.
fn arrive(b: &Bound, came_back: &str) -> Vec<String> {
    let person = Person::of(b, "NEW");
    let (new, me) = (&person.value, &person.me);
    let (known, alone) = (person.known(), alone(b));
    let before = format!("ifnull((SELECT value FROM onepurse_note WHERE {me}), {})", person.expected());
    let mut statements = Vec::new();
    if !b.shape.unique {
        statements.push(doubled(b));
    }
    let change = |before: &str, only: &str| {
        person.change(before, new, &format!("{alone} AND shows <> was AND {only}"))
    };
    let first = format!("{alone} AND NOT {known}");
    if let Some(missing) = b.mapping.missing {
        // An absent row counts as something, so a row that appears is a change from that.
        let missing = missing.units().to_string();
        statements.push(person.opening(&missing, &first));
        statements.push(change(&missing, &format!("(NOT {known} OR {came_back})")));
    } else {
        statements.push(person.opening(new, &first));
        if b.mapping.reinsert == Reinsert::Take {
            let last = format!("(SELECT value FROM onepurse_gone WHERE {me})");
            statements.push(change(&last, &format!("{known} AND {came_back}")));
        }
    }
    statements.push(change(&before, &format!("{known} AND NOT {came_back}")));
    statements.push(format!(
        "UPDATE onepurse_identity SET todo = CASE WHEN {} THEN 2 ELSE 1 END \
         WHERE {me} AND opened = 1 AND {alone} AND {came_back}",
        again(b)
    ));
    statements.push(format!("UPDATE onepurse_identity SET opened = 1, todo = 1 WHERE {me} AND opened = 0"));
    statements.push(person.first_sight());
    statements.push(person.odd());
    statements.push(person.no_longer_odd());
    statements.push(format!("DELETE FROM onepurse_gone WHERE {me}"));
    statements
}

/// The row was deleted lately, nothing of that was counted, and nobody has taken it for granted.
fn again(b: &Bound) -> String {
    if b.mapping.missing.is_some() || b.mapping.reinsert == Reinsert::Take {
        return "0".to_owned();
    }
    format!("EXISTS (SELECT 1 FROM onepurse_gone WHERE {} AND accepted = 0)", Person::of(b, "NEW").me)
}

/// What happens when a row of an identity disappears: it is noted, and nothing is spent.
fn leave(b: &Bound) -> Vec<String> {
    let person = Person::of(b, "OLD");
    let (old, last) = (&person.value, none_left(b));
    let mut statements = Vec::new();
    if !b.shape.unique {
        statements.push(single(b));
    }
    if let Some(missing) = b.mapping.missing {
        let missing = missing.units().to_string();
        statements.push(person.change(old, &missing, &format!("shows <> was AND {last}")));
    }
    statements.push(person.gone(old, &last));
    statements
}

/// Leaves the identity of `NEW` alone where it has several rows now.
fn doubled(b: &Bound) -> String {
    let me = Person::of(b, "NEW").me;
    format!("UPDATE onepurse_identity SET paused = '{DUPLICATE}' WHERE {me} AND NOT {}", alone(b))
}

/// Goes on with the identity of `OLD` where it has one row again.
fn single(b: &Bound) -> String {
    format!(
        "UPDATE onepurse_identity SET paused = NULL, todo = 1 WHERE {} AND paused = '{DUPLICATE}' \
         AND (SELECT count(*) FROM {} AS t WHERE {}) = 1",
        Person::of(b, "OLD").me,
        b.table(),
        b.same("t", "OLD")
    )
}

/// The row `NEW` is the only one of its identity.
fn alone(b: &Bound) -> String {
    if b.shape.unique {
        return "1".to_owned();
    }
    let another = format!("{} AND {}", b.same("t", "NEW"), b.other("t", "NEW"));
    format!("NOT EXISTS (SELECT 1 FROM {} AS t WHERE {another})", b.table())
}

/// The row `OLD`, which is gone, was the only one of its identity.
fn none_left(b: &Bound) -> String {
    if b.shape.unique {
        return "1".to_owned();
    }
    format!("NOT EXISTS (SELECT 1 FROM {} AS t WHERE {})", b.table(), b.same("t", "OLD"))
}

/// Changes of the columns that say whose row it is, and whether it counts.
fn moves(b: &Bound) -> String {
    let mut columns: Vec<_> =
        b.mapping.id.iter().map(String::as_str).chain(b.filter_columns()).map(quote).collect();
    columns.sort_unstable();
    columns.dedup();
    format!("AFTER UPDATE OF {}", columns.join(", "))
}

/// NULL is no.
fn or_no(condition: &str) -> String {
    format!("ifnull({condition}, 0)")
}
