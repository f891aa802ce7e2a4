//! `onepurse`: everything at the edge. Here arguments, files, the clock and randomness come in, and here alone is
//! anything printed.
#![expect(dead_code, reason = "the verbs that need a ledger or the engine are not called yet")]

mod args;
mod clock;
mod config;
mod error;
mod log;
mod nearest;
mod output;
mod random;
mod shown;
mod table;
mod texts;
mod verbs;

fn main() {}
