use std::{
    collections::BTreeSet,
    path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Place, Settings};

static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A sidecar of this process that is somebody's: two stores on one would each take the other's people for gone.
#[derive(Debug)]
pub(super) struct Lease(String);

impl Lease {
    /// `None` while somebody else has it.
    pub(super) fn take(settings: &Settings) -> Option<Self> {
        let name = match &settings.sidecar {
            Place::File(path) => path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
            Place::Schema(address) => format!("{}={address}", settings.platform),
        };
        // Lazily: a lease that is dropped gives back what it has.
        let is_free = taken().insert(name.clone());
        is_free.then(|| Self(name))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        taken().remove(&self.0);
    }
}

fn taken() -> MutexGuard<'static, BTreeSet<String>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}
