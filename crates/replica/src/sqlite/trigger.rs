//! The triggers that capture, as SQL text.
//!
//! They run inside the bot's own statements and in the bot's own SQLite, which may be old: no UPSERT, no RETURNING, no
//! row values, no `unixepoch`. A conflict clause of the bot's statement (`INSERT OR REPLACE`) also rules the statements
//! inside a trigger, so none of them may ever run into a conflict: existence is asked for first. A change costs one
//! plain insert; everything else happens when rows come or go.

use super::{
    names::quote,
    rows,
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

/// What a trigger does, and when.
pub(super) struct Body {
    pub(super) head: String,
    pub(super) when: String,
    pub(super) statements: Vec<String>,
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

fn name(asset: &str, what: &str) -> String {
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
    let delta = format!("{} - {}", new.value, old.value);
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when,
        statements: vec![new.event("change", &delta, &old.value, &new.value, "1")],
    }
}

/// A balance became something that is no number, or took a step that is none: its row is left alone. Once it is a
/// number again, what the row says counts, against what it should have shown.
fn on_odd(b: &Bound) -> Body {
    let (old, person) = (b.value("OLD"), Person::of(b, "NEW"));
    let (new, me, expected) = (&person.value, &person.me, person.expected());
    let left_alone =
        format!("EXISTS (SELECT 1 FROM onepurse_identity WHERE {me} AND paused = '{NOT_A_NUMBER}')");
    let again = format!("{old} IS NULL AND {new} <> {expected} AND {left_alone}");
    let no_step = format!("typeof({new} - {old}) = 'real'");
    Body {
        head: format!("AFTER UPDATE OF {}", quote(&b.mapping.column)),
        when: format!("(({old} IS NULL) <> ({new} IS NULL) OR {no_step}) AND {}", b.counts("NEW")),
        statements: vec![
            format!(
                "UPDATE onepurse_identity SET paused = '{NOT_A_NUMBER}' WHERE {me} AND ({new} IS NULL OR {no_step})"
            ),
            person.event("change", &format!("{new} - {expected}"), &expected, new, &again),
            format!(
                "UPDATE onepurse_identity SET paused = NULL, todo = 1 \
                 WHERE {me} AND {old} IS NULL AND paused = '{NOT_A_NUMBER}'"
            ),
        ],
    }
}

/// The identity that a row of a trigger speaks of, as pieces of SQL.
pub(super) struct Person<'a> {
    bound: &'a Bound,
    /// Its id.
    pub(super) id: String,
    /// What the row shows.
    pub(super) value: String,
    /// Its rows in our tables.
    pub(super) me: String,
}

impl<'a> Person<'a> {
    /// Whoever's row `r` is: `OLD` or `NEW`.
    pub(super) fn of(bound: &'a Bound, r: &str) -> Self {
        let id = bound.id(r);
        let me = format!("mapping = {} AND id = {id}", bound.number);
        Self { bound, id, value: bound.value(r), me }
    }

    /// What its row should show: what is stored for it and its own events, less what is held. The sum is made of two
    /// halves, since SQLite's own `sum` fails where the whole does not fit, and would fail the bot's statement.
    pub(super) fn expected(&self) -> String {
        let own = |half: &str| {
            format!("ifnull((SELECT sum(delta {half}) FROM onepurse_outbox WHERE {}), 0)", self.me)
        };
        format!(
            "(SELECT stored - held + {} * 4294967296 + {} FROM onepurse_identity WHERE {})",
            own("/ 4294967296"),
            own("% 4294967296"),
            self.me
        )
    }

    /// Captures an event where `only` is true, and the change is an amount.
    pub(super) fn event(&self, kind: &str, delta: &str, before: &str, after: &str, only: &str) -> String {
        format!(
            "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
             SELECT {}, {}, '{kind}', {delta}, {before}, {after}, {NOW_MS}, randomblob(8) \
             WHERE typeof({delta}) = 'integer' AND {only}",
            self.bound.number, self.id
        )
    }

    /// Notes the identity, if it is not noted.
    pub(super) fn first_sight(&self) -> String {
        format!(
            "INSERT INTO onepurse_identity (mapping, id, opened, paused) \
             SELECT {}, {}, 1, CASE WHEN {} IS NULL THEN '{NOT_A_NUMBER}' END \
             WHERE NOT EXISTS (SELECT 1 FROM onepurse_identity WHERE {})",
            self.bound.number, self.id, self.value, self.me
        )
    }

    /// Notes that the identity's row is gone, where `only` is true; it may be a REPLACE that removed it.
    pub(super) fn gone(&self, only: &str) -> String {
        format!(
            "INSERT INTO onepurse_gone (mapping, id, value, at_ms) SELECT {}, {}, {}, {NOW_MS} \
             WHERE {only} AND NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE {})",
            self.bound.number, self.id, self.value, self.me
        )
    }

    /// Its opening is in the outbox, or in the ledger.
    pub(super) fn known(&self) -> String {
        format!("EXISTS (SELECT 1 FROM onepurse_identity WHERE {} AND opened = 1)", self.me)
    }

    /// It is not its row that onepurse itself is writing.
    fn not_applying(&self) -> String {
        format!("NOT EXISTS (SELECT 1 FROM onepurse_applying WHERE {})", self.me)
    }
}
