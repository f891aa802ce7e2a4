//! Entering a batch. As long as nobody else writes, everything that it needs is remembered, and it is one round trip: what was
//! planned is stored if the log still ends where it was planned from. Else it is read under the lock of the log's end, as
//! whatever else writes does.

use std::sync::{Mutex, PoisonError};

use onepurse_core::{Event, EventKind};

use super::{facts, fault::Fault, server::Server, store};
use crate::plan::{self, Memory, Plan, Recalled};

/// Reading one person anew is a round trip more for the whole batch; remembering them takes some 200 bytes.
const PEOPLE_REMEMBERED: usize = 65_536;

/// What is remembered of batches that were committed.
pub(super) struct Remembered(Mutex<State>);

struct State {
    memory: Memory,
    /// Whether nobody else wrote between the last two batches.
    is_alone: bool,
}

impl State {
    fn nothing() -> Self {
        Self { memory: Memory::of(PEOPLE_REMEMBERED), is_alone: true }
    }
}

impl Remembered {
    pub(super) fn nothing() -> Self {
        Self(Mutex::new(State::nothing()))
    }

    /// Whoever takes it leaves nothing: what became of a transaction may never be known.
    fn take(&self) -> State {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), State::nothing())
    }

    fn put(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// Enters the events in one transaction.
pub(super) async fn append(server: &Server, events: &[Event]) -> Result<Plan, Fault> {
    let mut state = server.remembered.take();
    let mut asks_keys = false;
    if state.is_alone
        && !has_openings(events)
        && let Some(recalled) = state.memory.recall(events)
    {
        match at_once(server, recalled, events).await {
            Ok(Some(plan)) => return Ok(keep(server, state, plan)),
            Ok(None) => state.is_alone = false,
            Err(fault) if fault.is_known_key() => asks_keys = true,
            Err(fault) => return Err(fault),
        }
    }
    let plan = match under_lock(server, &mut state, events, asks_keys).await {
        Err(fault) if fault.is_known_key() && !asks_keys => {
            under_lock(server, &mut state, events, true).await?
        }
        done => done?,
    };
    Ok(keep(server, state, plan))
}

fn keep(server: &Server, mut state: State, mut plan: Plan) -> Plan {
    state.memory.keep(std::mem::take(&mut plan.after));
    server.remembered.put(state);
    plan
}

/// Of openings the log is asked: it has them under other keys.
fn has_openings(events: &[Event]) -> bool {
    events.iter().any(|event| event.kind == EventKind::Opening)
}

/// `None` where the log ends elsewhere by now, or what is planned is more than entries of people who are known.
async fn at_once(server: &Server, recalled: Recalled<'_>, events: &[Event]) -> Result<Option<Plan>, Fault> {
    let session = server.session().await?;
    let Recalled { mut facts, missing } = recalled;
    let from = (facts.head, facts.revision);
    if !missing.is_empty() && !facts::add_missing(&session.client, &mut facts, &missing).await? {
        session.keep();
        return Ok(None);
    }
    let plan = plan::append(facts, events, server.clock.now_ms(), &*server.random);
    let is_simple = plan.quarantined.is_empty() && plan.newcomers.is_empty();
    let is_stored = is_simple && store::store_at_once(session, &plan, from).await?;
    Ok(is_stored.then_some(plan))
}

async fn under_lock(
    server: &Server,
    state: &mut State,
    events: &[Event],
    asks_keys: bool,
) -> Result<Plan, Fault> {
    let session = server.session().await?;
    let mut facts = facts::of_batch(&session.client, events, asks_keys).await?;
    if state.memory.is_right(facts.head, facts.revision) {
        state.is_alone = true;
        state.memory.recall_beside(&mut facts);
    }
    let plan = plan::append(facts, events, server.clock.now_ms(), &*server.random);
    // What seems to be against the rules may have been entered before.
    if !plan.quarantined.is_empty() && !asks_keys {
        session.undo().await?;
        return Box::pin(under_lock(server, state, events, true)).await;
    }
    store::store(session, &plan).await?;
    Ok(plan)
}
