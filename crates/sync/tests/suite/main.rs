//! The engine over real databases: a ledger and bots' databases in SQLite, with a clock of the test's own; and over
//! servers behind a network that behaves badly.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod between;
mod detached;
mod far;
mod forget;
mod founding;
mod limits;
mod random;
mod restore;
mod wakes;
mod world;
