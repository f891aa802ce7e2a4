//! Time and randomness that are the same in every run, so that a count is.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use onepurse_core::{Clock, Random};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Each look at it is a millisecond later.
pub(super) struct StepClock(AtomicI64);

impl StepClock {
    pub(super) const fn from(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }
}

impl Clock for StepClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// The same bytes each time.
pub(super) struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    pub(super) fn of(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
