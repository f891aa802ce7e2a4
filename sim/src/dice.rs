//! Everything random in a world comes from its seed.

use std::sync::{Mutex, PoisonError};

use onepurse_core::Random;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The dice that decide what happens next.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Dice of their own for this seed and this use.
    #[must_use]
    pub fn new(seed: u64, salt: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt))
    }

    /// A number below `n`; zero where there is none.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.0.random_range(0..1_000) < per_mille
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.below(of.len())).copied()
    }

    /// One of these, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> Option<T> {
        let all: u32 = of.iter().map(|(weight, _)| weight).sum();
        let mut left = if all == 0 { return None } else { self.0.random_range(0..all) };
        of.iter().find_map(|&(weight, item)| {
            if left < weight {
                return Some(item);
            }
            left -= weight;
            None
        })
    }
}

/// Random bytes for the code under test.
pub struct Bytes(Mutex<Xoshiro256PlusPlus>);

impl Bytes {
    /// Bytes of their own for this seed and this use.
    #[must_use]
    pub fn new(seed: u64, salt: u64) -> Self {
        Self(Mutex::new(Dice::new(seed, salt).0))
    }
}

impl Random for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
