//! The operating system's randomness: the one place where it comes in.

use onepurse_core::Random;

/// What the operating system gives.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct OsRandom;

impl Random for OsRandom {
    /// # Panics
    ///
    /// Where the system has no randomness: no key that anything can be trusted to could be made.
    #[expect(clippy::disallowed_methods, reason = "the edge: everything below takes this as a parameter")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fills_differ() {
        let (mut one, mut other) = ([0; 16], [0; 16]);
        OsRandom.fill(&mut one);
        OsRandom.fill(&mut other);
        assert_ne!(one, other);
    }
}
