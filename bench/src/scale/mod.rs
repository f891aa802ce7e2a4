//! What one ledger carries: computed and simulated from figures that were measured (docs/scale.md), and those figures measured.

mod crowd;
mod day;
mod figures;
mod measured;
mod told;
mod wall;

pub(crate) use figures::Figures;
pub(crate) use measured::{Figure, measure};
pub(crate) use told::told;
