//! The triggers that capture, as SQL text.
//!
//! They run inside the bot's own statements and in the bot's own SQLite, which may be old: no UPSERT, no RETURNING, no
//! `unixepoch`. A conflict clause of the bot's statement (`INSERT OR REPLACE`) also rules the statements inside a
//! trigger, so none of them may ever run into a conflict: existence is asked for first. A change costs one plain
//! insert; everything else happens when rows come or go.

use super::{
    names::quote,
    terms::{Bound, NOW_MS},
};

/// Why an identity is left alone: its row shows something that is no number.
pub(super) const NOT_A_NUMBER: &str = "not a number";
/// Why an identity is left alone: it has several rows.
pub(super) const DUPLICATE: &str = "several rows";

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
        ("before", before_insert(bound)),
        ("insert", on_insert(bound)),
        ("delete", on_delete(bound)),
        ("rename", on_rename(bound)),
        ("leave", on_leave(bound)),
        ("arrive", on_arrive(bound)),
    ];
    let stamp = {
        let mut hasher = blake3::Hasher::new();
        for (_, body) in &bodies {
            let statements = body.statements.join(";");
            hasher.update(body.head.as_bytes()).update(body.when.as_bytes()).update(statements.as_bytes());
        }
        format!("onepurse {}", &hasher.finalize().to_hex()[..16])
    };
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

/// The names of an asset's triggers.
pub(super) fn names(asset: &str) -> [String; 8] {
    ["update", "odd", "before", "insert", "delete", "rename", "leave", "arrive"].map(|what| name(asset, what))
}

fn name(asset: &str, what: &str) -> String {
    format!("onepurse_{asset}_{what}")
}

struct Body {
    head: String,
    when: String,
    statements: Vec<String>,
}

/// The one that runs all the time: a balance changed.
fn on_update(b: &Bound) -> Body {
    let (old, new, id) = (b.value("OLD"), b.value("NEW"), b.id("NEW"));
    let first = if b.shape.unique {
        String::new()
    } else {
        // Of several rows of one identity only the first counts: a bot that changes one changes them all.
        format!(
            " AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {})",
            b.table(),
            b.same("t", "NEW"),
            b.against("t", "<", "NEW")
        )
    };
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when: format!(
            "{old} <> {new} AND {} IS {id} AND {} AND {} AND {}{first}",
            b.id("OLD"),
            b.counts("OLD"),
            b.counts("NEW"),
            not_applying(b, &id)
        ),
        statements: vec![event(b, &id, "change", &format!("{new} - {old}"), &old, &new, "1")],
    }
}

/// A balance became something that is no number, or a number again. Nobody can say what changed meanwhile, so the
/// row is left alone, and gets what the ledger has once it can be read.
fn on_odd(b: &Bound) -> Body {
    let (old, new, id) = (b.value("OLD"), b.value("NEW"), b.id("NEW"));
    let me = format!("mapping = {} AND id = {id}", b.number);
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when: format!("({old} IS NULL) <> ({new} IS NULL) AND {}", b.counts("NEW")),
        statements: vec![
            format!("UPDATE onepurse_identity SET paused = '{NOT_A_NUMBER}' WHERE {me} AND {new} IS NULL"),
            format!(
                "UPDATE onepurse_identity SET paused = NULL, todo = 1 WHERE {me} AND {old} IS NULL AND paused = '{NOT_A_NUMBER}'"
            ),
        ],
    }
}

/// An INSERT may replace a row, and then only its BEFORE trigger sees what was there. The note stays as it is where
/// it is right already, so that an INSERT that is ignored again and again writes nothing.
fn before_insert(b: &Bound) -> Body {
    let (new, id) = (b.value("NEW"), b.id("NEW"));
    let there = format!(
        "SELECT {} FROM {} AS t WHERE {} AND {} <> {new} LIMIT 1",
        b.value("t"),
        b.table(),
        b.same("t", "NEW"),
        b.value("t")
    );
    let me = format!("mapping = {} AND id = {id}", b.number);
    Body {
        head: "BEFORE INSERT".to_owned(),
        when: b.counts("NEW"),
        statements: vec![
            format!("DELETE FROM onepurse_note WHERE {me} AND value IS NOT ({there})"),
            format!(
                "INSERT INTO onepurse_note (mapping, id, value) SELECT {}, {id}, v FROM (SELECT ({there}) AS v) \
                 WHERE v IS NOT NULL AND NOT EXISTS (SELECT 1 FROM onepurse_note WHERE {me})",
                b.number
            ),
        ],
    }
}

fn on_insert(b: &Bound) -> Body {
    Body { head: "AFTER INSERT".to_owned(), when: b.counts("NEW"), statements: arrive(b) }
}

fn on_delete(b: &Bound) -> Body {
    Body { head: "AFTER DELETE".to_owned(), when: b.counts("OLD"), statements: leave(b) }
}

/// The row of one identity becomes another's: the coins go with it.
fn on_rename(b: &Bound) -> Body {
    let (old, new, from, to) = (b.value("OLD"), b.value("NEW"), b.id("OLD"), b.id("NEW"));
    let (me, known) = (format!("mapping = {} AND id = {to}", b.number), known(b, &to));
    let mut statements = vec![
        event(b, &from, "change", &format!("-{old}"), &old, "0", &format!("{old} <> 0")),
        event(b, &to, "opening", "0", "0", "0", &format!("NOT {known}")),
        event(b, &to, "change", &new, "0", &new, &format!("{new} <> 0")),
        format!("UPDATE onepurse_identity SET opened = 1, todo = 1 WHERE {me}"),
    ];
    statements.push(first_sight(b, &to, &new));
    statements.push(gone(b, &from, &old));
    Body {
        head: moves(b),
        when: format!("{from} <> {to} AND {} AND {}", b.counts("OLD"), b.counts("NEW")),
        statements,
    }
}

/// The row does not count any more.
fn on_leave(b: &Bound) -> Body {
    Body {
        head: moves(b),
        when: format!("{} AND NOT {}", b.counts("OLD"), coalesced(&b.counts("NEW"))),
        statements: leave(b),
    }
}

/// The row counts from now on.
fn on_arrive(b: &Bound) -> Body {
    Body {
        head: moves(b),
        when: format!("NOT {} AND {}", coalesced(&b.counts("OLD")), b.counts("NEW")),
        statements: arrive(b),
    }
}

/// What happens when a row of an identity appears.
fn arrive(b: &Bound) -> Vec<String> {
    let (new, id) = (b.value("NEW"), b.id("NEW"));
    let me = format!("mapping = {} AND id = {id}", b.number);
    let (known, alone) = (known(b, &id), alone(b, "NEW"));
    let noted = format!("(SELECT value FROM onepurse_note WHERE {me})");
    let was_gone = format!("EXISTS (SELECT 1 FROM onepurse_gone WHERE {me})");
    let mut statements = Vec::new();
    if !b.shape.unique {
        statements
            .push(format!("UPDATE onepurse_identity SET paused = '{DUPLICATE}' WHERE {me} AND NOT {alone}"));
    }
    match b.mapping.missing {
        None => {
            statements.push(event(
                b,
                &id,
                "opening",
                &format!("ifnull({new}, 0)"),
                "0",
                &new,
                &format!("{alone} AND NOT {known}"),
            ));
            // A note and a row that is there again: it was replaced, and the difference is what counts.
            let replaced = format!("{alone} AND {known} AND {noted} <> {new}");
            statements.push(event(b, &id, "change", &format!("{new} - {noted}"), &noted, &new, &replaced));
        }
        Some(missing) => {
            // An absent row counts as something, so a row that appears is a change from that.
            let missing = missing.units().to_string();
            statements.push(event(
                b,
                &id,
                "opening",
                &missing,
                "0",
                &missing,
                &format!("{alone} AND NOT {known}"),
            ));
            let change = |before: &str, only: &str| {
                event(
                    b,
                    &id,
                    "change",
                    &format!("{new} - {before}"),
                    before,
                    &new,
                    &format!("{alone} AND {new} <> {before} AND {only}"),
                )
            };
            statements.push(change(&missing, &format!("(NOT {known} OR {was_gone})")));
            statements.push(change(&noted, &format!("{known} AND NOT {was_gone}")));
        }
    }
    if b.mapping.missing.is_none() && b.mapping.reinsert == crate::Reinsert::Take {
        let last = format!("(SELECT value FROM onepurse_gone WHERE {me})");
        let taken = format!("{alone} AND {known} AND {noted} IS NULL AND {last} <> {new}");
        statements.push(event(b, &id, "change", &format!("{new} - {last}"), &last, &new, &taken));
    }
    statements.push(format!(
        "UPDATE onepurse_identity SET todo = CASE WHEN {was_gone} THEN 2 ELSE 1 END \
         WHERE {me} AND opened = 1 AND {alone} AND {noted} IS NULL AND ({new} IS NOT stored - held OR {was_gone})"
    ));
    statements.push(format!("UPDATE onepurse_identity SET opened = 1, todo = 1 WHERE {me} AND opened = 0"));
    statements.push(first_sight(b, &id, &new));
    statements.push(format!("DELETE FROM onepurse_note WHERE {me}"));
    statements.push(format!("DELETE FROM onepurse_gone WHERE {me}"));
    statements
}

/// What happens when a row of an identity disappears: it is noted, and nothing is spent.
fn leave(b: &Bound) -> Vec<String> {
    let (old, id) = (b.value("OLD"), b.id("OLD"));
    let me = format!("mapping = {} AND id = {id}", b.number);
    let others = format!("(SELECT 1 FROM {} AS t WHERE {})", b.table(), b.same("t", "OLD"));
    let mut statements = Vec::new();
    if !b.shape.unique {
        statements.push(format!(
            "UPDATE onepurse_identity SET paused = NULL, todo = 1 WHERE {me} AND paused = '{DUPLICATE}' \
             AND (SELECT count(*) FROM {} AS t WHERE {}) = 1",
            b.table(),
            b.same("t", "OLD")
        ));
    }
    let none_left = if b.shape.unique { "1".to_owned() } else { format!("NOT EXISTS {others}") };
    if let Some(missing) = b.mapping.missing {
        let missing = missing.units().to_string();
        let counts = format!("{none_left} AND {old} <> {missing}");
        statements.push(event(b, &id, "change", &format!("{missing} - {old}"), &old, &missing, &counts));
    }
    let mut gone = gone(b, &id, &old);
    if !b.shape.unique {
        gone.push_str(&format!(" AND {none_left}"));
    }
    statements.push(gone);
    statements
}

fn event(b: &Bound, id: &str, kind: &str, delta: &str, before: &str, after: &str, only: &str) -> String {
    format!(
        "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
         SELECT {}, {id}, '{kind}', {delta}, {before}, {after}, {NOW_MS}, randomblob(8) WHERE {only}",
        b.number
    )
}

fn first_sight(b: &Bound, id: &str, value: &str) -> String {
    format!(
        "INSERT INTO onepurse_identity (mapping, id, opened, paused) \
         SELECT {n}, {id}, 1, CASE WHEN {value} IS NULL THEN '{NOT_A_NUMBER}' END \
         WHERE NOT EXISTS (SELECT 1 FROM onepurse_identity WHERE mapping = {n} AND id = {id})",
        n = b.number
    )
}

fn gone(b: &Bound, id: &str, value: &str) -> String {
    format!(
        "INSERT INTO onepurse_gone (mapping, id, value, at_ms) SELECT {n}, {id}, {value}, {NOW_MS} \
         WHERE NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE mapping = {n} AND id = {id})",
        n = b.number
    )
}

fn known(b: &Bound, id: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM onepurse_identity WHERE mapping = {} AND id = {id} AND opened = 1)",
        b.number
    )
}

fn not_applying(b: &Bound, id: &str) -> String {
    format!("NOT EXISTS (SELECT 1 FROM onepurse_applying WHERE mapping = {} AND id = {id})", b.number)
}

/// The row `r` is the only one of its identity.
fn alone(b: &Bound, r: &str) -> String {
    if b.shape.unique {
        return "1".to_owned();
    }
    format!(
        "NOT EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {})",
        b.table(),
        b.same("t", r),
        b.against("t", "<>", r)
    )
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
fn coalesced(condition: &str) -> String {
    format!("ifnull({condition}, 0)")
}
