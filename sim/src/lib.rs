//! A world of replicas, a ledger, bots and people, in which everything goes wrong from a seed; and an auditor with a
//! model of its own that would notice a lost coin.
//!
//! The code under test is the code that ships: `core`, `ledger`, `replica` and `sync`, over real SQLite databases, with
//! the world's clock, randomness and transport passed in. [`world`] owns time and order, [`auditor`] looks at every disk
//! after every step. [`scenario`] tells a world what to do instead of leaving it
//! to chance. [`exhaustive`] searches a small world instead, every interleaving of it.

pub mod auditor;
pub mod bot;
pub mod bugs;
pub mod dice;
pub mod disk;
pub mod exhaustive;
pub mod gate;
pub mod gated_ledger;
pub mod gated_replica;
pub mod scenario;
pub mod shape;
pub mod time;
pub mod told;
pub mod trace;
pub mod world;
