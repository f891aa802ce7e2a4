use std::{num::NonZeroUsize, ops::RangeInclusive};

use clap::{Parser, Subcommand};

/// Runs simulated worlds, each from its seed, and has an auditor look at every step.
///
/// Exit codes: 0 all is as it must be, 1 something was found, 2 wrong usage, 130 Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "sim", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) other: Option<Other>,

    #[command(flatten)]
    pub(crate) worlds: Worlds,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Worlds {
    /// The seeds to run, after those that are kept because they found something once: one, or a first and a last.
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..200", value_parser = seeds)]
    pub(crate) seeds: RangeInclusive<u64>,

    /// How many steps each world takes.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) steps: u64,

    /// Replays one seed and tells its story, step by step.
    #[arg(long, conflicts_with_all = ["seeds", "json"])]
    pub(crate) seed: Option<u64>,

    /// With --seed: the bug that is planted, by the beginning of its name; `sim bugs` lists them.
    #[arg(long, value_name = "NAME", requires = "seed")]
    pub(crate) bug: Option<String>,

    /// With --seed: how many of the last lines of the story are told; 0 for all of them.
    #[arg(long, value_name = "LINES", default_value_t = 100, requires = "seed")]
    pub(crate) last: usize,

    /// Fails unless every kind of fault happened at least so often over all seeds.
    #[arg(long, default_value_t = 0, value_name = "TIMES")]
    pub(crate) faults_min: u64,

    /// How many worlds run side by side; as many as there are cores, if it is not said.
    #[arg(long)]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Prints the summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Other {
    /// Plants one bug after the other, and says which seed finds it.
    Bugs {
        /// Only this one, by the beginning of its name.
        name: Option<String>,
    },
    /// Performs scenarios of `sim/scenarios`, and tells the story of each that does not end as it says.
    Scenario {
        /// Only these; all of them, if none is named.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Searches small worlds exhaustively, every interleaving of them.
    Exhaustive {
        /// Only these.
        names: Vec<String>,
        /// Stops each search after so many states.
        #[arg(long, default_value_t = sim::exhaustive::STATES_MAX)]
        states_max: usize,
    },
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let number =
        |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no seed: a number is expected"));
    let (first, last) = match text.split_once("..") {
        Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
        None => (number(text)?, number(text)?),
    };
    if first > last { Err("the last seed comes before the first".to_owned()) } else { Ok(first..=last) }
}
