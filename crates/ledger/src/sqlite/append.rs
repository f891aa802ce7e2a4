//! Entering a batch: what is not remembered is read, and the log is asked for the batch's keys only where it says that it has
//! one of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use onepurse_core::{Clock, Event, Random};
use rusqlite::Transaction;

use super::{facts, fault::Fault, file::LedgerFile, store};
use crate::{
    LedgerError,
    plan::{self, Facts, Memory, Plan},
};

/// Reading somebody anew costs little here; remembering them takes some 200 bytes.
const PEOPLE_REMEMBERED: usize = 16_384;

/// What batches are entered by.
pub(super) struct Appending(Mutex<Memory>);

impl Appending {
    pub(super) fn new() -> Self {
        Self(Mutex::new(nothing()))
    }

    /// Enters the events. What is remembered is of a transaction that was committed.
    pub(super) fn append(
        &self,
        file: &LedgerFile,
        events: &[Event],
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Plan, LedgerError> {
        let mut memory = std::mem::replace(&mut *self.hold(), nothing());
        let mut once = |transaction: &Transaction, asks_keys| {
            let mut planned = |asks_keys| {
                let facts = facts_of(transaction, &mut memory, events, asks_keys)?;
                Ok::<_, Fault>(plan::append(facts, events, clock.now_ms(), random))
            };
            let mut plan = planned(asks_keys)?;
            // What seems to be against the rules may have been entered before.
            if !plan.quarantined.is_empty() && !asks_keys {
                plan = planned(true)?;
            }
            store::store(transaction, &plan)?;
            Ok(plan)
        };
        let mut has_known_keys = false;
        let done = file.write(|transaction| {
            once(transaction, false).inspect_err(|fault| has_known_keys = matches!(fault, Fault::KnownKey(_)))
        });
        let mut plan = match done {
            Err(_) if has_known_keys => file.write(|transaction| once(transaction, true))?,
            done => done?,
        };
        memory.keep(std::mem::take(&mut plan.after));
        *self.hold() = memory;
        Ok(plan)
    }

    fn hold(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nothing() -> Memory {
    Memory::of(PEOPLE_REMEMBERED)
}

fn facts_of(
    transaction: &Transaction,
    memory: &mut Memory,
    events: &[Event],
    asks_keys: bool,
) -> Result<Facts, Fault> {
    let mut facts = facts::end(transaction)?;
    memory.is_right(facts.head, facts.revision);
    match memory.recall(events) {
        Some(recalled) => facts = recalled.facts,
        None => facts::add_all_that_is(transaction, &mut facts)?,
    }
    if asks_keys {
        facts::add_logged(transaction, &mut facts, events)?;
    }
    facts::add_events(transaction, &mut facts, events)?;
    Ok(facts)
}
