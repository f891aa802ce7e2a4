//! The pieces that triggers are made of.

use super::terms::{Bound, NOW_MS};
use crate::alone::NOT_A_NUMBER;

/// What a trigger does, and when.
pub(super) struct Body {
    pub(super) head: String,
    pub(super) when: String,
    pub(super) statements: Vec<String>,
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

    /// Captures that what is shown went from `before` to `after`, where `only` is true and the change is an amount. `only`
    /// may speak of the two as `was` and `shows`.
    pub(super) fn change(&self, before: &str, after: &str, only: &str) -> String {
        self.event("change", "shows - was", before, after, only)
    }

    /// Captures that the identity is seen for the first time, showing `shown`, where `only` is true.
    pub(super) fn opening(&self, shown: &str, only: &str) -> String {
        self.event("opening", "ifnull(shows, 0)", "0", shown, only)
    }

    /// Captures an event. SQLite reads the text of a trigger whenever the bot opens its database, so what is long stands
    /// in it once.
    fn event(&self, kind: &str, delta: &str, before: &str, after: &str, only: &str) -> String {
        format!(
            "INSERT INTO onepurse_outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
             SELECT {}, {}, '{kind}', {delta}, was, shows, {NOW_MS}, randomblob(8) \
             FROM (SELECT {before} AS was, {after} AS shows) WHERE typeof({delta}) = 'integer' AND {only}",
            self.bound.number, self.id
        )
    }

    /// Notes the identity, if it is not noted.
    pub(super) fn first_sight(&self) -> String {
        self.first_sight_where("1")
    }

    /// Notes the identity, if it is not noted and `only` is true.
    pub(super) fn first_sight_where(&self, only: &str) -> String {
        let only = if only == "1" { String::new() } else { format!("{only} AND ") };
        format!(
            "INSERT INTO onepurse_identity (mapping, id, opened, paused) \
             SELECT {}, {}, 1, CASE WHEN {} IS NULL THEN '{NOT_A_NUMBER}' END \
             WHERE {only}NOT EXISTS (SELECT 1 FROM onepurse_identity WHERE {})",
            self.bound.number, self.id, self.value, self.me
        )
    }

    /// Leaves the identity alone where its row shows no number, so that the number that comes after it counts.
    pub(super) fn odd(&self) -> String {
        format!(
            "UPDATE onepurse_identity SET paused = '{NOT_A_NUMBER}' WHERE {} AND paused IS NULL AND {} IS NULL",
            self.me, self.value
        )
    }

    /// Goes on with the identity where its row shows a number again.
    pub(super) fn no_longer_odd(&self) -> String {
        format!(
            "UPDATE onepurse_identity SET paused = NULL, todo = 1 WHERE {} AND paused = '{NOT_A_NUMBER}' AND {} IS NOT NULL",
            self.me, self.value
        )
    }

    /// Notes that the identity's row is gone, where `only` is true; it may be a REPLACE that removed it.
    /// What it showed last is `last`.
    pub(super) fn gone(&self, last: &str, only: &str) -> String {
        format!(
            "INSERT INTO onepurse_gone (mapping, id, value, at_ms) SELECT {}, {}, {last}, {NOW_MS} \
             WHERE {only} AND NOT EXISTS (SELECT 1 FROM onepurse_gone WHERE {})",
            self.bound.number, self.id, self.me
        )
    }

    /// Its opening is in the outbox, or in the ledger.
    pub(super) fn known(&self) -> String {
        format!("EXISTS (SELECT 1 FROM onepurse_identity WHERE {} AND opened = 1)", self.me)
    }

    /// It is not its row that onepurse itself is writing.
    pub(super) fn not_applying(&self) -> String {
        format!("NOT EXISTS (SELECT 1 FROM onepurse_applying WHERE {})", self.me)
    }
}
