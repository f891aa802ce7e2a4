//! What every ledger promises, run against every ledger there is, and what only some of them do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contract;
mod group;
mod postgres;
mod sqlite;
mod support;
