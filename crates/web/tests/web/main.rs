//! The website over a real socket, in front of a real ledger.

mod api;
mod browser;
mod health;
mod live;
mod pages;
mod refusals;
mod world;
