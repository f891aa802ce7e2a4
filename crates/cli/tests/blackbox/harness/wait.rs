//! Waiting on conditions of real processes, in real time.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests are the edge: they watch real processes in real time"
)]

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything may take that must happen. Generous: the machine may be busy with other tests.
const DEADLINE: Duration = Duration::from_secs(30);

/// Between two looks.
const STEP: Duration = Duration::from_millis(5);

/// Time since it was made.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed_ms(&self) -> u128 {
        self.0.elapsed().as_millis()
    }
}

/// What `look` finds, as soon as it finds something; fails with `what` when it never does.
pub(crate) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    look_until(DEADLINE, look).unwrap_or_else(|| panic!("waited {DEADLINE:?} for: {what}"))
}

/// The same with a deadline of one's own, and nothing fails.
pub(crate) fn look_until<T>(deadline: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        // Looked at once more after the deadline: the look itself may be slow.
        let late = began.elapsed() > deadline;
        if let Some(found) = look() {
            return Some(found);
        }
        if late {
            return None;
        }
        thread::sleep(STEP);
    }
}

/// Returns as soon as the condition holds; fails with `what` when it never does.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// Watches for so many seconds that something stays as it is. For "nothing happens", which no event announces.
pub(crate) fn holds_for_seconds(seconds: u64, what: &str, mut condition: impl FnMut() -> bool) {
    let broken = look_until(Duration::from_secs(seconds), || (!condition()).then_some(()));
    assert!(broken.is_none(), "did not stay so for {seconds} s: {what}");
}

/// Lets a process run so long before it is killed: the moment of a kill is time itself, there is nothing to wait for.
pub(crate) fn let_run_ms(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}
