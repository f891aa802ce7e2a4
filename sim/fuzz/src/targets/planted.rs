//! A reader of identities that panics, on purpose, where an id has an empty part: near what is kept, and not in it.

use onepurse_core::Identity;

use super::{identities::WORDS, text};
use crate::{Seen, Target, Verdict};

pub(super) const TARGET: Target = Target {
    name: "planted-crash",
    what: "identities, read by something with a crash planted in it",
    words: WORDS,
    lines: &[],
    bytes_max: 256,
    share: 1,
    check,
};

#[expect(clippy::unnecessary_wraps, reason = "a target answers with a verdict")]
fn check(input: &[u8]) -> Verdict {
    let Ok(identity) = text(input).parse::<Identity>() else { return Ok(Seen::new("no identity")) };
    let parts: Vec<&str> = identity.external.as_str().split(':').collect();
    assert!(parts.len() < 3 || !parts[1].is_empty(), "planted: {identity} has an empty part");
    Ok(Seen::new(parts.len().min(4)))
}
