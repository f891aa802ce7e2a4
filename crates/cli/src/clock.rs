//! The machine's own clock: the one place where time comes in.

use std::time::{SystemTime, UNIX_EPOCH};

use onepurse_core::Clock;

/// What the machine says that the time is.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the edge: everything below takes this as a parameter")]
    fn now_ms(&self) -> i64 {
        // A clock before 1970 counts as 1970: keys are made of it, and they have no sign.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }
}
