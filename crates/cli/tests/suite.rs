//! The binary as users meet it: what is printed where, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "suite/ledger.rs"]
mod ledger;
#[path = "suite/platforms.rs"]
mod platforms;
#[path = "suite/usage.rs"]
mod usage;
#[path = "suite/world.rs"]
mod world;
#[path = "suite/wrapped.rs"]
mod wrapped;
