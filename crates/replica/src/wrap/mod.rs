//! Capture where no trigger reaches: a bot's JSON file, document store or cache, wrapped inside the bot's own process.
//!
//! A [`Sidecar`] is a small SQLite file beside the bot's data, or a schema in PostgreSQL where the bot's disk does not last
//! ([`Place`]). In it a table of balances stands for the bot's store, and that table is a replica like any other
//! ([`crate::SqliteReplica`] or [`crate::PostgresReplica`], with [`Sidecar::mappings`]): engines, `verify` and all promises
//! about coins are the ordinary ones. What is added here is the way between that table and the store:
//!
//! - What the bot did is found by whoever wraps the store, from before and after, and noted with [`Sidecar::capture`]: one
//!   durable transaction before the bot's call returns.
//! - What came in is the difference between what the purse has and what the store shows: [`Sidecar::due`]. It is noted with
//!   [`Sidecar::intend`] before the store is made to show it.
//! - After a crash, [`Sidecar::begin`] compares everything: a store that has forgotten something is found in the journal of
//!   what it was made to show since it was last durable ([`Sidecar::durable`]).
//!
//! What a call writes is worked out here and in `begin`, which is pure; `Tables` are the two places that keep it. To add
//! another: implement the trait, and add it to the tests in `tests/wrapped`.
//!
//! A bot in Rust has all of that done by [`wrap()`], which asks for a [`Store`] and gives a [`Wrapped`] (`local`).

mod begin;
mod error;
mod local;
mod note;
mod place;
mod postgres;
mod sidecar;
mod sqlite;
mod tables;

use onepurse_core::{Amount, AssetName, ExternalId};

use crate::Mass;
use tables::{Fault, Tables};

pub use error::SidecarError;
pub use local::{Guard, Reading, Settings, SettingsError, Store, Wrapped, wrap};
pub use place::Place;
pub use sidecar::Sidecar;
pub use tables::Told;

/// What a store shows of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shows {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// How much.
    pub value: Amount,
}

/// Something that the bot did in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Did {
    /// What the store shows now.
    pub now: Shows,
    /// By how much it moved. For a value that the bot computed from one it had read before: the difference to that one.
    pub delta: Amount,
}

/// Something that came in, and that the store does not show yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Of what.
    pub asset: AssetName,
    /// Whose.
    pub external: ExternalId,
    /// What the store shows.
    pub from: Amount,
    /// What it should show.
    pub to: Amount,
}

/// What came of comparing a whole store with what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// All is accounted for.
    Done {
        /// People who are seen for the first time, each asset counted.
        new: u64,
        /// What the bot did while nobody looked, counted as changes.
        counted: u64,
        /// What the bot did and its store has forgotten since: taken back.
        taken_back: u64,
    },
    /// More differs than a bot does outside its own ways; nothing was noted. Somebody has to say whether the store is right
    /// or the ledger.
    Asks(Mass),
}
