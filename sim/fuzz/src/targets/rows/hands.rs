//! The world's own time and chance, for the ledger, the engine and the triggers.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use onepurse_core::{Clock, Platform, Random};
use onepurse_sync::{Happening, Observer};
use rusqlite::{Connection, functions::FunctionFlags};

/// A clock that is set, bytes that are counted out, and an eye for who was given a value.
pub(super) struct Hands {
    now_ms: AtomicI64,
    filled: AtomicU64,
    named: Mutex<Vec<String>>,
}

impl Hands {
    /// Begins at this time.
    pub(super) fn at(now_ms: i64) -> Self {
        Self { now_ms: AtomicI64::new(now_ms), filled: AtomicU64::new(1), named: Mutex::default() }
    }

    /// Lets so much time go by.
    pub(super) fn go_on(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Whose rows were given a value since this was asked last.
    pub(super) fn take_named(&self) -> Vec<String> {
        std::mem::take(&mut *self.named.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for Hands {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

impl Random for Hands {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.filled.fetch_add(1, Ordering::Relaxed);
        for (at, chunk) in bytes.chunks_mut(8).enumerate() {
            let word = (next << 8 | at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

impl Observer for Hands {
    fn see(&self, _: &Platform, happening: Happening) {
        if let Happening::Inward(inward) = happening {
            let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            named.push(inward.external.as_str().to_owned());
        }
    }
}

/// Puts this clock and randomness in the place of SQLite's, for the triggers.
pub(super) fn own_time(db: &Connection, hands: &Arc<Hands>) -> rusqlite::Result<()> {
    let (clock, random) = (hands.clone(), hands.clone());
    #[expect(clippy::cast_precision_loss, reason = "days since a long time ago, as SQLite counts them")]
    let now = move || clock.now_ms() as f64 / 86_400_000.0 + 2_440_587.5;
    db.create_scalar_function("julianday", 1, FunctionFlags::SQLITE_UTF8, move |_| Ok(now()))?;
    db.create_scalar_function("randomblob", 1, FunctionFlags::SQLITE_UTF8, move |context| {
        let mut bytes = vec![0; context.get::<usize>(0)?];
        random.fill(&mut bytes);
        Ok(bytes)
    })
}
