//! `sim`: runs simulated worlds and says what the auditor saw.

mod args;
mod bug_table;
mod kept;
mod many;
mod story;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Other};

fn main() -> ExitCode {
    let args = Args::parse();
    let clean = match (args.other, args.worlds.seed) {
        (Some(Other::Bugs { name }), _) => bug_table::print(name.as_deref()),
        (Some(Other::Exhaustive { names, states_max }), _) => {
            sim::exhaustive::run(&names, states_max, &mut std::io::stdout()).unwrap_or_else(|error| {
                eprintln!("{error}");
                false
            })
        }
        (None, Some(seed)) => story::tell(seed, &args.worlds),
        (None, None) => many::run(&args.worlds),
    };
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
