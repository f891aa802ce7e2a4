//! `sim`: runs simulated worlds and says what the auditor saw.

mod args;
mod bug_table;
mod end;
mod interrupt;
mod kept;
mod many;
mod stage;
mod story;

use std::{
    io::{self, ErrorKind},
    process::ExitCode,
};

use clap::Parser;

use crate::{
    args::{Args, Other},
    end::End,
};

fn main() -> ExitCode {
    let args = Args::parse();
    let end = match (args.other, args.worlds.seed) {
        (Some(Other::Bugs { name }), _) => bug_table::print(name.as_deref()),
        (Some(Other::Exhaustive { names, states_max }), _) => search(&names, states_max),
        (Some(Other::Scenario { names }), _) => stage::perform(&names),
        (None, Some(seed)) => story::tell(seed, &args.worlds),
        (None, None) => many::run(&args.worlds),
    };
    end.code()
}

fn search(names: &[String], states_max: usize) -> End {
    match sim::exhaustive::run(names, states_max, &mut io::stdout()) {
        Ok(is_clean) => End::of(is_clean),
        Err(error) if error.kind() == ErrorKind::InvalidInput => End::wrong(error.to_string()),
        Err(error) => {
            eprintln!("{error}");
            End::Found
        }
    }
}
