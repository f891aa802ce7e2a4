//! Attaching to a large table, while its bot goes on working.
//!
//! Openings are taken in several short transactions. The first one puts our tables in, and with the triggers that capture
//! others, which take the opening of a row before anything happens to it: so whoever is not opened yet shows what they
//! showed in that first transaction, and everything that is captured comes behind the opening of its identity. The last
//! transaction takes those others away again, and writes the one row of `onepurse_replica`, which is what "attached"
//! means. Whatever it is stopped between, the bot's own writes are captured, and whoever attaches for the same ledger
//! in the same way goes on; for whoever does not, all of it is removed first.

use std::fmt::Debug;

use rusqlite::{OptionalExtension, params};

use super::{
    Work, base,
    connect::Fault,
    names::quote,
    openings::{self, Budget, Key},
    renew::SCHEMA,
    terms::Bound,
    touch, trigger,
};
use crate::{Attach, Decision, ReplicaError};

/// How far openings were taken by this program. Another may have gone further, and it can be begun from the start:
/// whoever is opened stays so.
#[derive(Clone, Default)]
pub(super) struct Pass {
    /// Stands in the triggers, and says what is being attached, and how.
    tag: String,
    mapping: usize,
    after: Option<Key>,
    bases: usize,
    /// The last event when a transaction of this pass ended. Where it is not there, the database is not what it was.
    last: Option<(i64, [u8; 8])>,
    /// Nothing is left to do but to say so.
    pub(super) is_whole: bool,
}

impl Pass {
    pub(super) fn new(bound: &[Bound], attach: &Attach) -> Self {
        Self { tag: tag(bound, attach), ..Self::default() }
    }

    /// Every table is there as it was, with its triggers.
    pub(super) fn is_under_way(&self, work: &Work<'_>, bound: &[Bound]) -> Result<bool, Fault> {
        let found: usize = work.db.query_row(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND instr(sql, ?1) > 0",
            [&self.tag],
            |row| row.get(0),
        )?;
        Ok(bound.len() == work.mappings.len() && found == bound.len() * touch::COUNT)
    }

    /// Begins from the start where the database has become another. Where it is not under way any more, it is begun anew
    /// when it is tried again.
    pub(super) fn look_again(&mut self, work: &Work<'_>, bound: &[Bound], place: &str) -> Result<(), Fault> {
        if !self.is_under_way(work, bound)? {
            return Err(ReplicaError::Busy { place: place.to_owned() }.into());
        }
        let Some((n, nonce)) = self.last else { return Ok(()) };
        let is_there: bool = work.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM onepurse_outbox WHERE n = ?1 AND nonce = ?2)",
            params![n, nonce],
            |row| row.get(0),
        )?;
        if !is_there {
            *self = Self { tag: std::mem::take(&mut self.tag), ..Self::default() };
        }
        Ok(())
    }

    /// Does so much and no more.
    pub(super) fn go_on(
        &mut self,
        work: &Work<'_>,
        bound: &[Bound],
        attach: &Attach,
        rows_max: usize,
    ) -> Result<(), Fault> {
        let mut budget = Budget::of(work, rows_max)?;
        while let Some(bound) = bound.get(self.mapping) {
            if !openings::take_part(work, bound, &mut self.after, &mut budget)? {
                return self.remember(work);
            }
            (self.mapping, self.after) = (self.mapping + 1, None);
        }
        while let Some(balance) = attach.base.get(self.bases) {
            base::note(work, balance)?;
            self.bases += 1;
            if budget.is_spent(work)? {
                return self.remember(work);
            }
        }
        self.is_whole = true;
        self.remember(work)
    }

    fn remember(&mut self, work: &Work<'_>) -> Result<(), Fault> {
        self.last = work
            .db
            .query_row("SELECT n, nonce FROM onepurse_outbox ORDER BY n DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(())
    }

    /// Has rows opened before anything happens to them.
    pub(super) fn guard(&self, work: &Work<'_>, bound: &[Bound]) -> Result<(), Fault> {
        for trigger in bound.iter().flat_map(|bound| touch::triggers(bound, &self.tag)) {
            work.db.execute_batch(&trigger.sql)?;
        }
        Ok(())
    }
}

/// What is attached and how: the same for whoever may go on with it.
fn tag(bound: &[Bound], attach: &Attach) -> String {
    let mut what = blake3::Hasher::new();
    let mut add = |part: &dyn Debug| {
        what.update(format!("{part:?},").as_bytes());
    };
    add(&(SCHEMA, attach.ledger, attach.decision));
    for bound in bound {
        add(&(bound.mapping.definition(), trigger::triggers(bound).1));
    }
    for balance in &attach.base {
        add(&(&balance.asset, &balance.external, balance.amount));
    }
    format!("onepurse attaching {}", &what.finalize().to_hex()[..32])
}

/// The last word: rows are not guarded any more, and the database is attached.
pub(super) fn end(work: &Work<'_>, bound: &[Bound], attach: &Attach) -> Result<(), Fault> {
    for name in bound.iter().flat_map(touch::names) {
        work.db.execute_batch(&format!("DROP TRIGGER IF EXISTS {}", quote(&name)))?;
    }
    work.db.execute(
        "INSERT INTO onepurse_replica VALUES (1, ?1, ?2, ?3, ?4, 0, zeroblob(32), 1, 1, NULL, ?5, 0, 0)",
        params![
            SCHEMA,
            attach.replica.0,
            attach.ledger.0,
            work.platform.as_str(),
            attach.decision.map(Decision::as_str)
        ],
    )?;
    Ok(())
}
