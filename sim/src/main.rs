//! `sim`: runs simulated worlds and says what the auditor saw.

mod args;
mod many;
mod story;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let clean = match args.seed {
        Some(seed) => story::tell(seed, args.steps),
        None => many::run(&args),
    };
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
