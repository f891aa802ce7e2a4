//! Scenarios: tiny texts that say what bots, people and hosts do, and what everybody is to see then.
//!
//! One command stands on a line; `scenarios/README.md` lists them. Nothing in the language knows what kind of databases
//! these are.
//!
//! `step 1..40` makes forty worlds of one text: whatever goes wrong next does so at every place in turn.

pub mod command;
mod files;
mod forms;
mod parse;
mod perform;

pub use files::files;
use thiserror::Error;

use crate::bugs::Bug;

/// Why a scenario did not end well.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}:{line}: {what}")]
pub struct Failure {
    /// The scenario.
    pub name: String,
    /// The line that could not be read, or that was being performed.
    pub line: usize,
    /// What is expected there, or what was seen instead.
    pub what: String,
    /// What had happened in its world so far, and who thought what; nothing where a line could not be read.
    pub story: Vec<String>,
}

/// A scenario that ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// How many worlds it was performed in.
    pub worlds: usize,
    /// How many of its commands say what is to be seen.
    pub expectations: usize,
}

/// Reads a scenario; `name` is what failures call it.
pub fn read(text: &str, name: &str) -> Result<command::Scenario, Failure> {
    let failure = |wrong: parse::Wrong| Failure {
        name: name.to_owned(),
        line: wrong.line,
        what: wrong.what,
        story: vec![],
    };
    parse::scenario(text).map_err(failure)
}

/// Reads a scenario and performs it, with the auditor looking on; `name` is what failures call it.
pub fn run(text: &str, name: &str) -> Result<Ran, Failure> {
    run_with(text, name, None)
}

/// The same with one rule of the protocol taken away.
pub fn run_with(text: &str, name: &str, bug: Option<Bug>) -> Result<Ran, Failure> {
    let failure = |line, what, story| Failure { name: name.to_owned(), line, what, story };
    let scenario = read(text, name)?;
    let mut ran = Ran { worlds: 0, expectations: scenario.expectations() };
    for calls in scenario.sweep.clone() {
        perform::perform(&scenario, calls, bug).map_err(|ended| {
            let which = if scenario.has_sweep() { format!(" (with `step {calls}`)") } else { String::new() };
            failure(ended.line, format!("{}{which}", ended.what), ended.story)
        })?;
        ran.worlds += 1;
    }
    Ok(ran)
}
