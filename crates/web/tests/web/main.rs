//! The website over a real socket, in front of a real ledger.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod api;
mod browser;
mod health;
mod live;
mod pages;
mod refusals;
mod world;
