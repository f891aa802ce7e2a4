//! The engine between a replica and a ledger.
//!
//! [`Engine::cycle`] does all that there is to do now, in steps each of which is one transaction on one side; nothing
//! that it keeps in memory matters, so it may die, run twice, or wake up late at any point. What to do about a
//! database is decided by pure functions in [`plan`]. [`run()`] drives an engine for as long as a program lives.
//! [`status`], [`verify`] and [`operate`] are what people ask of a platform; [`rebuild`] makes a ledger that was lost anew.

mod engine;
mod error;
mod forget;
mod happening;
pub mod operate;
mod place;
pub mod plan;
pub mod rebuild;
mod run;
pub mod status;
pub mod verify;

pub use engine::{Engine, Limits, Options, Parts, Progress};
pub use error::SyncError;
pub use forget::{Traces, forget};
pub use happening::{Happening, Observer, Silent};
pub use run::{Pace, Standing, Wakes, run};
