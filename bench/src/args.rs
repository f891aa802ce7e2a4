use clap::{Parser, Subcommand};

use crate::{
    counts::HotPath,
    scale::{Figure, Figures},
};

/// Measures onepurse beside the least that the same work could take, in the same run, and prints both and their ratio.
///
/// Exit codes: 0 measured, 1 with --misses: a line misses its goal and `bench/explained.toml` does not say why; with
/// counts: a count is not what is kept, 2 it could not be measured.
#[derive(Debug, Parser)]
#[command(name = "bench", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) other: Option<Other>,

    /// Only this row, by its number, as 4b; or only one of its lines, as "3 hot purse". May be given several times.
    #[arg(long = "row", value_name = "ROW")]
    pub(crate) rows: Vec<String>,

    /// Prints only the lines that miss their goal.
    #[arg(long)]
    pub(crate) misses: bool,

    /// Prints everything as JSON, each round too.
    #[arg(long)]
    pub(crate) json: bool,

    /// Does a fraction of the work, for trying the suite itself: its figures say nothing.
    #[arg(long)]
    pub(crate) quick: bool,
}

/// What is not measured by a row.
#[derive(Debug, Subcommand)]
pub(crate) enum Other {
    /// Counts the instructions of the hot paths by valgrind, and compares them with `bench/counts.toml`.
    Counts {
        /// Keeps what is counted from now on.
        #[arg(long)]
        accept: bool,
    },
    /// Does one of the hot paths, to be counted.
    #[command(hide = true)]
    Perform {
        path: HotPath,
        /// How often.
        times: u32,
    },
    /// Computes what one ledger carries, from figures that were measured: docs/scale.md.
    Scale(Figures),
    /// Measures what `scale` computes with.
    ScaleFigures {
        /// Only this: shared, standby or size. May be given several times.
        #[arg(long = "only", value_name = "WHAT")]
        only: Vec<Figure>,
    },
}
