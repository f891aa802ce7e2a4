//! What every replica promises, run against every kind of database there is, over a ledger that is only a list.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod contract;
mod support;
mod wrapped;
