//! How often people who wait are told how far something has come.

use onepurse_core::Clock;

/// They are told no more often than this.
const EVERY_MS: i64 = 2_000;

/// Paces what is told of something that takes long.
pub(crate) struct Pacing<'a> {
    clock: &'a dyn Clock,
    told_ms: i64,
}

impl<'a> Pacing<'a> {
    /// Of something that begins now.
    pub(crate) fn begin(clock: &'a dyn Clock) -> Self {
        Self { clock, told_ms: clock.now_ms() }
    }

    /// Tells, if more than two seconds have gone by since it was told last, or since the beginning.
    pub(crate) fn tell(&mut self, tell: impl FnOnce()) {
        let now_ms = self.clock.now_ms();
        if now_ms - self.told_ms > EVERY_MS {
            self.told_ms = now_ms;
            tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn it_is_told_every_two_seconds() {
        let clock = Hand::default();
        let mut pacing = Pacing::begin(&clock);
        let mut told = Vec::new();
        for now_ms in [0, 2_000, 2_001, 3_000, 4_001, 4_002, 9_000] {
            clock.0.store(now_ms, Ordering::Relaxed);
            pacing.tell(|| told.push(now_ms));
        }
        assert_eq!(told, [2_001, 4_002, 9_000]);
    }
}
