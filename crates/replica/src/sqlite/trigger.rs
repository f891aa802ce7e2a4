//! The triggers that capture, as SQL text.
//!
//! They run inside the bot's own statements and in the bot's own SQLite, which may be old: no UPSERT, no RETURNING, no
//! row values, no `unixepoch`. A conflict clause of the bot's statement (`INSERT OR REPLACE`) also rules the statements
//! inside a trigger, so none of them may ever run into a conflict: existence is asked for first. A change costs one
//! plain insert; everything else happens when rows come or go.

use super::{
    names::quote,
    pieces::{Body, Person},
    rows,
    terms::Bound,
};
use crate::alone::NOT_A_NUMBER;

/// One trigger.
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) sql: String,
}

/// The triggers of a mapping, and the stamp that stands in each of them.
pub(super) fn triggers(bound: &Bound) -> (Vec<Trigger>, String) {
    let bodies = [
        ("update", on_update(bound)),
        ("odd", on_odd(bound)),
        ("before", rows::before_insert(bound)),
        ("insert", rows::on_insert(bound)),
        ("delete", rows::on_delete(bound)),
        ("rename", rows::on_rename(bound)),
        ("leave", rows::on_leave(bound)),
        ("arrive", rows::on_arrive(bound)),
    ];
    let stamp = stamp(bodies.iter().map(|(_, body)| body));
    let triggers = bodies.map(|(what, body)| {
        let name = name(bound.mapping.asset.as_str(), what);
        let statements: String =
            body.statements.iter().map(|statement| format!("  {statement};\n")).collect();
        let sql = format!(
            "CREATE TRIGGER {} {} ON {}\nWHEN {}\nBEGIN -- {stamp}\n{statements}END",
            quote(&name),
            body.head,
            bound.table(),
            body.when
        );
        Trigger { name, sql }
    });
    (triggers.into(), stamp)
}

fn stamp<'a>(bodies: impl Iterator<Item = &'a Body>) -> String {
    let mut hasher = blake3::Hasher::new();
    for body in bodies {
        let statements = body.statements.join(";");
        hasher.update(body.head.as_bytes()).update(body.when.as_bytes()).update(statements.as_bytes());
    }
    format!("onepurse {}", &hasher.finalize().to_hex()[..16])
}

/// The names of an asset's triggers.
pub(super) fn names(asset: &str) -> [String; 8] {
    ["update", "odd", "before", "insert", "delete", "rename", "leave", "arrive"].map(|what| name(asset, what))
}

pub(super) fn name(asset: &str, what: &str) -> String {
    format!("onepurse_{asset}_{what}")
}

/// The one that runs all the time: a balance changed.
fn on_update(b: &Bound) -> Body {
    let (old, new) = (Person::of(b, "OLD"), Person::of(b, "NEW"));
    let first = if b.shape.unique {
        String::new()
    } else {
        // Of several rows of one identity only the first counts: a bot that changes one changes them all.
        format!(
            " AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {})",
            b.table(),
            b.same("t", "NEW"),
            b.before("t", "NEW")
        )
    };
    let when = format!(
        "{} <> {} AND {} IS {} AND {} AND {} AND {}{first}",
        old.value,
        new.value,
        old.id,
        new.id,
        b.counts("OLD"),
        b.counts("NEW"),
        new.not_applying()
    );
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when,
        statements: vec![new.change(&old.value, &new.value, "1")],
    }
}

/// A balance became something that is no number, or took a step that is none: its row is left alone. Once it is a
/// number again, what the row says counts, against what it should have shown.
fn on_odd(b: &Bound) -> Body {
    let (old, person) = (b.value("OLD"), Person::of(b, "NEW"));
    let (new, me, expected) = (&person.value, &person.me, person.expected());
    let left_alone =
        format!("EXISTS (SELECT 1 FROM onepurse_identity WHERE {me} AND paused = '{NOT_A_NUMBER}')");
    let again = format!("{old} IS NULL AND shows <> was AND {left_alone}");
    let no_step = format!("typeof({new} - {old}) = 'real'");
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when: format!("(({old} IS NULL) <> ({new} IS NULL) OR {no_step}) AND {}", b.counts("NEW")),
        statements: vec![
            format!(
                "UPDATE onepurse_identity SET paused = '{NOT_A_NUMBER}' WHERE {me} AND ({new} IS NULL OR {no_step})"
            ),
            person.change(&expected, new, &again),
            format!(
                "UPDATE onepurse_identity SET paused = NULL, todo = 1 \
                 WHERE {me} AND {old} IS NULL AND paused = '{NOT_A_NUMBER}'"
            ),
        ],
    }
}
