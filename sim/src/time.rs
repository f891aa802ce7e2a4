//! Time belongs to the world; each machine's clock may be wrong.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use onepurse_core::Clock;

/// When a world begins: 2026-02-09T12:00:00Z.
const BEGINNING_MS: i64 = 1_770_638_400_000;

/// The world's own time, in milliseconds since 1970.
#[derive(Clone)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// The beginning.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING_MS)))
    }

    /// Now.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Time goes by.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Milliseconds since the beginning.
    #[must_use]
    pub fn elapsed_ms(&self) -> i64 {
        self.now_ms() - BEGINNING_MS
    }
}

impl Default for Time {
    fn default() -> Self {
        Self::new()
    }
}

/// A machine's clock: the world's time, and how wrong it is.
#[derive(Clone)]
pub struct MachineClock {
    time: Time,
    off_ms: Arc<AtomicI64>,
}

impl MachineClock {
    /// A clock that is right.
    #[must_use]
    pub fn new(time: &Time) -> Self {
        Self { time: time.clone(), off_ms: Arc::default() }
    }

    /// Sets it so much off.
    pub fn set_off(&self, ms: i64) {
        self.off_ms.store(ms, Ordering::Relaxed);
    }
}

impl Clock for MachineClock {
    fn now_ms(&self) -> i64 {
        self.time.now_ms() + self.off_ms.load(Ordering::Relaxed)
    }
}
