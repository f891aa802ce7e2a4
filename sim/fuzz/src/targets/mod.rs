//! Everything that is tried.

mod amounts;
mod command_line;
mod configuration;
mod durations;
mod identities;
mod ids;
mod names;
mod planted;
pub mod rows;
mod urls;

use std::borrow::Cow;

use crate::Target;

/// Everything of the product.
pub const ALL: [Target; 9] = [
    identities::TARGET,
    amounts::TARGET,
    names::TARGET,
    ids::TARGET,
    durations::TARGET,
    command_line::TARGET,
    configuration::TARGET,
    urls::TARGET,
    rows::TARGET,
];

/// What is broken on purpose, so that it shows whether the fuzzing sees: a panic, and a fault in capture.
pub const PLANTED: [Target; 2] = [planted::TARGET, rows::PLANTED];

/// The input as a text, which a reader of text is given whatever the bytes are.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}
