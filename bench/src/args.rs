use clap::Parser;

/// Measures onepurse beside the least that the same work could take, in the same run, and prints both and their ratio.
///
/// Exit codes: 0 measured, 1 with --misses: a line misses its goal and `bench/explained.toml` does not say why,
/// 2 it could not be measured.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub(crate) struct Args {
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
