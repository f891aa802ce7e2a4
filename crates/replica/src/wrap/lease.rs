use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

static TAKEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A sidecar of this process that is somebody's: two stores on one would each take the other's people for gone.
#[derive(Debug)]
pub(super) struct Lease(PathBuf);

impl Lease {
    /// `None` while somebody else has it.
    pub(super) fn take(sidecar: &Path) -> Option<Self> {
        let path = std::path::absolute(sidecar).unwrap_or_else(|_| sidecar.to_owned());
        // Lazily: a lease that is dropped gives back what it has.
        let is_free = taken().insert(path.clone());
        is_free.then(|| Self(path))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        taken().remove(&self.0);
    }
}

fn taken() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}
