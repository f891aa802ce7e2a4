//! A bot's store with its sidecar, as the bot holds it. One thread has the sidecar (`keeper`, `desk`), another brings in what came
//! in (`courier`), and what the bot did is found by comparing the store with what it showed last (`books`) when a [`Guard`] goes.

mod books;
mod courier;
mod desk;
mod guard;
mod keeper;
mod lease;
mod settings;
mod store;

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc},
};

use super::{Begun, Did, Due, Place, Shows, Sidecar, SidecarError};
use books::Books;
use courier::Courier;
use desk::Desk;
use guard::Looks;
use keeper::{Keeper, Running};

pub use guard::Guard;
pub use settings::{Settings, SettingsError};
pub use store::Store;

/// Wraps a bot's own store: what the bot does in it counts, and what comes in is shown by it.
///
/// It never fails. Without a sidecar the bot goes on as it did, it is said in the log (by [`tracing`]), and tried again. All of
/// the store is compared with what is known of it before this returns: a moment for a thousand people.
pub fn wrap<S: Store>(local: S, settings: Settings) -> Wrapped<S> {
    let books = Books::new(&settings.assets);
    let inside = Inside { store: local, books, phase: Phase::NotBegun, is_arriving: false };
    let (keeper, keeping) = Keeper::start(Desk::new(settings));
    let shared = Arc::new(Shared { inside: RwLock::new(inside), keeper });
    shared.begin(true);
    let (stop, stopped) = mpsc::channel();
    let courier = Courier::new(Arc::clone(&shared));
    let delivering = Running::start("onepurse delivery", move || courier.work(&stopped));
    Wrapped(Arc::new(Owned { _stop: stop, _delivering: delivering, shared, _keeping: keeping }))
}

/// A wrapped store, where the bot had an `Arc<Mutex<…>>` of it. Clones are the same store; with the last of them the threads
/// end that look after it.
pub struct Wrapped<S: Store>(Arc<Owned<S>>);

impl<S: Store> Clone for Wrapped<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> fmt::Debug for Wrapped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").finish_non_exhaustive()
    }
}

impl<S: Store> Wrapped<S> {
    /// The store, to read. It costs nothing more than the lock.
    ///
    /// What is written has to be computed from what was read under the same [`Wrapped::lock`]: coins may come in between.
    #[must_use]
    pub fn read(&self) -> Reading<'_, S> {
        Reading(self.shared().inside.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The store, to read and write. Where it was written, everybody is looked at when the guard goes, and what the bot did is
    /// durable before anybody else has the lock. That takes longer the more people there are; see [`Wrapped::lock_for`].
    #[must_use]
    pub fn lock(&self) -> Guard<'_, S> {
        Guard::new(self.shared(), Looks::AtEverybody)
    }

    /// The same for a call that changes balances of nobody but these: only they are looked at. A change to somebody else is
    /// found when everybody is looked at next, within ten minutes.
    pub fn lock_for(&self, ids: impl IntoIterator<Item = S::Id>) -> Guard<'_, S> {
        Guard::new(self.shared(), Looks::At(ids.into_iter().collect()))
    }

    fn shared(&self) -> &Shared<S> {
        &self.0.shared
    }
}

/// Where the store and its sidecar are in their acquaintance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// They were not compared yet: whatever the bot does is found then.
    NotBegun,
    On,
    /// Too much differed. Nothing is synced until somebody has said what is right.
    Asks,
}

/// What is under the lock.
struct Inside<S: Store> {
    store: S,
    books: Books<S>,
    phase: Phase,
    /// Something was noted in the sidecar that the store does not show yet: a store that is written out now does not keep it.
    is_arriving: bool,
}

impl<S: Store> Inside<S> {
    /// The store panicked while it was looked at: what was found is lost, and everything is compared anew.
    fn lose_count(&mut self) {
        tracing::error!("the store panicked; balance sync goes on");
        if self.phase == Phase::On {
            self.phase = Phase::NotBegun;
        }
    }
}

struct Shared<S: Store> {
    inside: RwLock<Inside<S>>,
    keeper: Keeper,
}

impl<S: Store> Shared<S> {
    /// A bot that panicked has left its store as it is, and goes on with it: what it shows is what counts.
    fn write(&self) -> RwLockWriteGuard<'_, Inside<S>> {
        self.inside.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares everything with what is known, unless that is done. What is compared counts as durable: a store that is not fresh
    /// from its file is written out before.
    fn begin(&self, is_fresh: bool) {
        let mut inside = self.write();
        let Inside { store, books, phase, .. } = &mut *inside;
        if *phase != Phase::NotBegun {
            return;
        }
        if !is_fresh && let Err(error) = store.save() {
            tracing::warn!(%error, "the store could not be saved; balance sync begins once it can be");
            return;
        }
        let mut fresh = books.anew();
        let all: Vec<_> = fresh.look_at_all(store).done.into_iter().map(|did| did.now).collect();
        match self.keeper.ask(move |desk| desk.begin(&all)).flatten() {
            None => {}
            Some(Begun::Done { new, counted, taken_back }) => {
                tracing::info!(new, counted, taken_back, "balance sync is on");
                (*books, *phase) = (fresh, Phase::On);
            }
            Some(Begun::Asks(mass)) => {
                *phase = Phase::Asks;
                tracing::error!(
                    changed = mass.changed,
                    gone = mass.gone,
                    of = mass.of,
                    "so many balances differ, or people are gone, since the bot was last seen. Nothing is synced until you say \
                     which is right: start the bot once with ONEPURSE_ANSWER=ledger (the ledger is, and the bot's store gets it \
                     back) or ONEPURSE_ANSWER=count (the store is, and the differences count)"
                );
            }
        }
    }
}

/// The store while it is read.
pub struct Reading<'a, S: Store>(RwLockReadGuard<'a, Inside<S>>);

impl<S: Store> Deref for Reading<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0.store
    }
}

/// What all clones share. It goes in this order: the one thread is told to end and has ended, then nobody is left to ask the
/// other for anything, and it ends too.
struct Owned<S: Store> {
    _stop: mpsc::Sender<()>,
    _delivering: Option<Running>,
    shared: Arc<Shared<S>>,
    _keeping: Option<Running>,
}
