use std::{num::NonZeroUsize, ops::RangeInclusive};

use clap::Parser;

/// Runs simulated worlds, each from its seed, and has an auditor look at every step.
#[derive(Debug, Parser)]
#[command(name = "sim", version)]
pub(crate) struct Args {
    /// The seeds to run: one, or a first and a last one.
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..200", value_parser = seeds)]
    pub(crate) seeds: RangeInclusive<u64>,

    /// How many steps each world takes.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) steps: u64,

    /// Replays one seed and tells its story.
    #[arg(long, conflicts_with = "seeds")]
    pub(crate) seed: Option<u64>,

    /// How many worlds run side by side; as many as there are cores if it is not said.
    #[arg(long)]
    pub(crate) jobs: Option<NonZeroUsize>,
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
