//! Making an input small that breaks its target.

use crate::{Broken, Target, attempt};

/// How often a smaller input is tried.
const TRIES_MAX: usize = 300;

/// The smallest that was found to break the target in the same way, by leaving chunks out: halves first, bytes last.
pub(crate) fn minimise(target: &Target, input: &[u8], broken: &Broken) -> Vec<u8> {
    let (mut small, mut tries) = (input.to_vec(), 0);
    let mut chunk = small.len().div_ceil(2);
    while chunk > 0 {
        let (mut at, mut has_shrunk) = (0, false);
        while at < small.len() && tries < TRIES_MAX {
            let mut smaller = small.clone();
            smaller.drain(at..(at + chunk).min(small.len()));
            tries += 1;
            if attempt(target, &smaller).is_err_and(|other| other.kind() == broken.kind()) {
                (small, has_shrunk) = (smaller, true);
            } else {
                at += chunk;
            }
        }
        if !has_shrunk || chunk > 1 {
            chunk /= 2;
        }
    }
    small
}
