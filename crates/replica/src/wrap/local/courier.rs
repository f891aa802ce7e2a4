//! The thread that brings into the store what came in, between the bot's calls.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use onepurse_core::{Amount, AssetName, ExternalId};

use super::{Due, Inside, Phase, Shared, Store, desk::Desk};

const TICK: Duration = Duration::from_millis(50);
/// What could not be shown is tried again so often, and everything without being told now and then.
const RETRIES_TICKS: u64 = 20;
const LOOKS_TICKS: u64 = 200;
const COMPARES_TICKS: u64 = 12_000;
/// What a store does not show, though it was made to, rests for so long; then for twice as long, and so on.
const REST_FIRST_TICKS: u64 = 20;
const REST_MAX_TICKS: u64 = 12_000;

/// What the store was made to show and did not.
#[derive(Debug)]
struct Rest {
    due: Due,
    until: u64,
    ticks: u64,
}

pub(super) struct Courier<S: Store> {
    shared: Arc<Shared<S>>,
    now_ticks: u64,
    /// Something was due that could not be shown.
    is_left: bool,
    rests: HashMap<(AssetName, ExternalId), Rest>,
}

impl<S: Store> Courier<S> {
    pub(super) fn new(shared: Arc<Shared<S>>) -> Self {
        Self { shared, now_ticks: 0, is_left: false, rests: HashMap::new() }
    }

    /// Until nobody has the other end of `stopped` any more.
    pub(super) fn work(mut self, stopped: &Receiver<()>) {
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            self.now_ticks += 1;
            self.unharmed(Self::tick);
        }
        self.unharmed(|courier| courier.compare());
    }

    /// A store that panics is not to end this for good.
    fn unharmed(&mut self, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.shared.write().lose_count();
        }
    }

    fn tick(&mut self) {
        let ticked = self.shared.keeper.ask(|desk| (desk.tick(), desk.is_well()));
        let Some((has_heard, true)) = ticked else { return };
        let every = |ticks| self.now_ticks.is_multiple_of(ticks);
        let (compares, looks) = (every(COMPARES_TICKS), every(LOOKS_TICKS));
        let retries = every(RETRIES_TICKS) && (self.is_left || !self.rests.is_empty());
        self.shared.begin(false);
        if compares {
            self.compare();
        }
        if has_heard || looks || retries {
            self.deliver();
        }
    }

    /// Finds what was done to somebody under the lock for somebody else.
    fn compare(&self) {
        let mut inside = self.shared.write();
        let Inside { store, books, phase, .. } = &mut *inside;
        if *phase == Phase::On {
            let found = books.look_at_all(store);
            self.shared.keeper.tell(move |desk| {
                desk.note(found);
            });
        }
    }

    /// Makes the store show what came in. The sidecar is told before, and the lock is not held meanwhile: for whom the bot has
    /// changed in between, it is told that it was not so.
    fn deliver(&mut self) {
        let Some(due) = self.shared.keeper.ask(Desk::due).flatten() else { return };
        let all = due.len();
        let fit: Vec<_> = due.into_iter().filter(|due| !self.is_resting(due)).collect();
        let fit = self.expected(fit);
        self.is_left = fit.len() < all;
        if fit.is_empty() {
            return;
        }
        let intended = fit.clone();
        match self.shared.keeper.ask(move |desk| desk.intend(&intended)).flatten() {
            Some(mark) => self.show(fit, mark),
            None => self.shared.write().is_arriving = false,
        }
    }

    fn is_resting(&self, due: &Due) -> bool {
        let rest = self.rests.get(&(due.asset.clone(), due.external.clone()));
        rest.is_some_and(|rest| rest.due == *due && rest.until > self.now_ticks)
    }

    /// What of this can be shown: that of people who show what they are believed to.
    fn expected(&self, mut due: Vec<Due>) -> Vec<Due> {
        let mut inside = self.shared.write();
        let Inside { store, books, phase, is_arriving } = &mut *inside;
        if *phase != Phase::On {
            return vec![];
        }
        let ids: Vec<_> = due.iter().filter_map(|due| books.id_of(&due.external).cloned()).collect();
        let found = books.look_at(store, &ids);
        self.shared.keeper.tell(move |desk| {
            desk.note(found);
        });
        due.retain(|due| {
            let id = books.id_of(&due.external).cloned();
            id.is_some_and(|id| {
                books.expect(&id);
                books.shows(&id, &due.asset) == Some(due.from)
            })
        });
        *is_arriving = !due.is_empty();
        due
    }

    fn show(&mut self, due: Vec<Due>, mark: i64) {
        let shared = Arc::clone(&self.shared);
        let mut inside = shared.write();
        let Inside { store, books, is_arriving, .. } = &mut *inside;
        let ids: Vec<_> = due.iter().filter_map(|due| books.id_of(&due.external).cloned()).collect();
        let found = books.look_at(store, &ids);
        let mut refused = vec![];
        for due in due {
            let Some(id) = books.id_of(&due.external).cloned() else { continue };
            let Some(before) = books.shows(&id, &due.asset) else { continue };
            let shows = if books.is_arriving(&id) {
                store.show(&id, due.asset.as_str(), due.to.units());
                let shows = store.shown(&id, due.asset.as_str()).map_or(before, Amount::new);
                books.showed(&id, &due.asset, shows);
                self.rest(&due, shows);
                shows
            } else {
                before
            };
            if shows != due.to {
                refused.push(Due { from: shows, ..due });
            }
        }
        *is_arriving = false;
        self.is_left |= !refused.is_empty();
        shared.keeper.tell(move |desk| {
            desk.note(found);
            desk.refuse(refused);
        });
        match store.save() {
            Ok(()) => shared.keeper.tell(move |desk| desk.durable(mark)),
            Err(error) => tracing::warn!(%error, "the store could not be saved with what came in"),
        }
    }

    /// What the store shows after it was made to show what is due.
    fn rest(&mut self, due: &Due, shows: Amount) {
        let key = (due.asset.clone(), due.external.clone());
        if shows == due.to {
            self.rests.remove(&key);
            return;
        }
        let before = self.rests.get(&key).map(|rest| rest.ticks);
        if before.is_none() {
            let Due { asset, external, to, .. } = due;
            tracing::warn!(%asset, id = external.as_str(), %to, %shows, "the store does not show what it was given; it is tried again");
        }
        let ticks = before.map_or(REST_FIRST_TICKS, |ticks| ticks.saturating_mul(2).min(REST_MAX_TICKS));
        let due = Due { from: shows, ..due.clone() };
        self.rests.insert(key, Rest { due, until: self.now_ticks.saturating_add(ticks), ticks });
    }
}
