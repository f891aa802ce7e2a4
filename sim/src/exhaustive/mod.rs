//! An exhaustive check: everything that can happen in a small world, in every order.
//!
//! The world is a ledger, two platforms with a bot's database each, two identities a platform, and a few of everything
//! that can go wrong: bots that write, insert and delete, crashes between any two calls, requests that are lost, repeated and late,
//! links, and backups put back on either side. The engines in it are those that ship: [`onepurse_sync::Engine`] with
//! its own plan runs every cycle, over adapters that make each of its calls a step of the search, and the ledger
//! keeps its books by [`onepurse_core::rules`]. What a bot's database and the ledger do with a call is told anew here,
//! small enough to be copied a million times.
//!
//! After every step the auditor looks: a key is in the log once; an identity is opened once; a balance is the sum of
//! its entries; a row is included exactly when its entry is at or below the cursor; what is stored is the ledger's
//! balance at the cursor; a bot's row shows that and its own rows not included, less what is held. And from every state the engines
//! are let work undisturbed: everything must converge, and whatever a database remembers capturing must be in the
//! ledger.

mod act;
mod apply;
mod ask_ledger;
mod ask_replica;
mod audit;
mod bot;
mod config;
mod database;
mod desk;
mod engine;
mod log;
mod names;
mod perform;
mod rule;
mod search;
mod step;
mod tale;
#[cfg(test)]
mod tests;
mod told;
mod words;
mod world;

use std::{
    io::{self, Write},
    sync::Arc,
};

use config::{Config, Setting};
use names::Names;
use search::Found;

/// As many states of each config are explored unless one says otherwise.
pub const STATES_MAX: usize = 1_000_000;

/// Explores the configs of these names, or all of them, up to `states_max` states each; a line is written for each, and
/// for each violation a shortest way to it. True where there is none.
///
/// An unknown name is an error that lists those that are known.
pub fn run(names: &[String], states_max: usize, out: &mut dyn Write) -> io::Result<bool> {
    let configs = chosen(names)?;
    let names = Arc::new(Names::new().map_err(io::Error::other)?);
    let (mut states, mut transitions, mut violations) = (0, 0, 0);
    for config in configs {
        let found = search::explore(
            &Setting { config: config.clone(), names: names.clone(), without: None },
            states_max,
        );
        write_line(out, &config, &found)?;
        states += found.states;
        transitions += found.transitions;
        violations += found.violations.len();
    }
    writeln!(out, "in all: {states} states, {transitions} transitions, {violations} violations")?;
    Ok(violations == 0)
}

fn chosen(names: &[String]) -> io::Result<Vec<Config>> {
    let all = config::all();
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|config| config.name != **name)) {
        let known: Vec<_> = all.iter().map(|config| config.name).collect();
        let what = format!("there is no config `{unknown}`; there are {}", known.join(", "));
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    Ok(all
        .into_iter()
        .filter(|config| names.is_empty() || names.iter().any(|name| name == config.name))
        .collect())
}

fn write_line(out: &mut dyn Write, config: &Config, found: &Found) -> io::Result<()> {
    let end = if found.is_capped { "capped" } else { "exhausted" };
    let asks = if found.asks == 0 { String::new() } else { format!(" ({} ask the operator)", found.asks) };
    writeln!(
        out,
        "{:12} {:>8} states, {:>9} transitions, depth {:>2}, {end}, {} rests{asks}, {} violations",
        config.name,
        found.states,
        found.transitions,
        found.depth,
        found.rests,
        found.violations.len()
    )?;
    for (violation, story) in &found.violations {
        writeln!(out, "  VIOLATION after {} steps: {violation}", story.len())?;
        for (at, step) in (1..).zip(story) {
            writeln!(out, "    {at:>2}. {step}")?;
        }
    }
    Ok(())
}
