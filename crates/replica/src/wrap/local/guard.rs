use std::{
    io,
    ops::{Deref, DerefMut},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::RwLockWriteGuard,
};

use super::{Inside, Phase, Shared, Store, desk::Desk, keeper::Keeper};

/// Whom a call may have changed.
#[derive(Debug)]
pub(super) enum Looks<Id> {
    AtEverybody,
    At(Vec<Id>),
}

/// The store while it is the bot's alone. When this goes, what the bot did is found by comparing, and is durable in the sidecar
/// before anybody else has the lock: a few milliseconds, for which the thread waits. A guard that wrote nothing costs nothing.
///
/// It cannot be held across an `.await` of a task that moves between threads.
pub struct Guard<'a, S: Store> {
    keeper: &'a Keeper,
    inside: RwLockWriteGuard<'a, Inside<S>>,
    looks: Looks<S::Id>,
    is_written: bool,
}

impl<'a, S: Store> Guard<'a, S> {
    pub(super) fn new(shared: &'a Shared<S>, looks: Looks<S::Id>) -> Self {
        Self { keeper: &shared.keeper, inside: shared.write(), looks, is_written: false }
    }

    /// Somebody else is to be looked at too: whoever was found to be concerned under the lock.
    pub fn also(&mut self, id: S::Id) {
        if let Looks::At(ids) = &mut self.looks {
            ids.push(id);
        }
    }

    /// Writes the store out, as [`Store::save`] does, and notes that it keeps what the bot did until now. Where the bot calls
    /// `save()` on a guard, it is this.
    pub fn save(&mut self) -> io::Result<()> {
        self.note();
        let mark = if self.inside.phase != Phase::On || self.inside.is_arriving {
            None
        } else {
            self.keeper.ask_soon(Desk::mark).flatten()
        };
        self.inside.store.save()?;
        if let Some(mark) = mark {
            self.keeper.tell(move |desk| desk.durable(mark));
        }
        Ok(())
    }

    /// Lets go of the lock, as dropping does, and says whether what the bot did is durable by now. Where it is not it is kept and
    /// tried again, or found by comparing, and there is nothing that the bot has to do.
    #[must_use = "to let go, drop it"]
    pub fn commit(mut self) -> bool {
        self.note()
    }

    fn note(&mut self) -> bool {
        let Inside { store, books, phase, .. } = &mut *self.inside;
        if *phase != Phase::On {
            return false;
        }
        if !std::mem::take(&mut self.is_written) {
            return true;
        }
        let found = match &self.looks {
            Looks::AtEverybody => books.look_at_all(store),
            Looks::At(ids) => books.look_at(store, ids),
        };
        found.is_empty() || self.keeper.ask_soon(move |desk| desk.note(found)) == Some(true)
    }
}

impl<S: Store> Deref for Guard<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.inside.store
    }
}

impl<S: Store> DerefMut for Guard<'_, S> {
    fn deref_mut(&mut self) -> &mut S {
        self.is_written = true;
        &mut self.inside.store
    }
}

impl<S: Store> Drop for Guard<'_, S> {
    fn drop(&mut self) {
        // A store that panics here, while the bot panics already, would end the process.
        if catch_unwind(AssertUnwindSafe(|| self.note())).is_err() {
            self.inside.lose_count();
        }
    }
}
