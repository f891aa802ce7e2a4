//! Odd input for everything of onepurse that reads what others write: people's texts, and bots' rows.
//!
//! A [`Target`] is a function from bytes to a [`Verdict`]: it never panics, and states rules that hold for whatever
//! comes. A [`Campaign`] replays the kept corpus, then changes it from a seed ([`mutate`]), keeps in mind whatever was
//! new to the target, and makes what it finds small before it is kept for good. The same seed over the same corpus
//! tries the same inputs.

mod attempt;
mod campaign;
mod corpus;
mod minimise;
pub mod mutate;
mod target;
pub mod targets;

pub use attempt::{Broken, attempt};
pub use campaign::{Campaign, Finding, Tally, Until};
pub use corpus::{Corpus, CorpusError, escaped};
pub use target::{Seen, Target, Verdict, Wrong};
