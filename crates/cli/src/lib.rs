//! `onepurse`: everything at the edge. Here arguments, files, the clock and randomness come in, and here alone is
//! anything printed.

mod args;
mod clock;
mod config;
mod crew;
mod error;
mod hints;
mod house;
mod lazy_ledger;
mod log;
mod narrator;
mod nearest;
mod output;
mod overseer;
mod pacing;
mod patience;
mod random;
mod seat;
mod shown;
mod table;
mod texts;
mod verbs;
pub mod worker;
mod wrapped;
pub mod written;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Arguments, error::Failure};

/// The whole program: reads the command line, does what it says, and answers with the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(unread) => return unread_arguments(&unread),
    };
    let json = arguments.verb.prints_json();
    match verbs::perform(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell(json);
            failure.exit().into()
        }
    }
}

/// Help that was asked for, or a command line that cannot be read.
fn unread_arguments(unread: &clap::Error) -> ExitCode {
    let is_help = !unread.use_stderr();
    if is_help || std::env::args_os().all(|word| word != "--json") {
        // There is nobody left to tell where this cannot be printed.
        let _ = unread.print();
        return if is_help { ExitCode::SUCCESS } else { error::Exit::Usage.into() };
    }
    let text = unread.to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let failure = Failure::Usage(message.to_owned());
    failure.tell(true);
    failure.exit().into()
}
