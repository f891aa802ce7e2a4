//! Many worlds side by side.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde::Serialize;
use sim::world::{End, Fault, Faults, Options, run as live};

use crate::{args::Worlds, end::End as Ended, interrupt, kept};

/// What all worlds came to.
#[derive(Default, Serialize)]
struct Sum {
    worlds: u64,
    steps: u64,
    events: u64,
    entries: i64,
    faults: Faults,
    broken: Vec<BrokenSeed>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct BrokenSeed {
    seed: u64,
    steps: u64,
    step: u64,
    what: String,
}

impl Sum {
    fn add(&mut self, (seed, steps): (u64, u64), end: &End) {
        self.worlds += 1;
        self.steps += end.steps;
        self.events += end.events;
        self.entries += end.entries;
        self.faults.add(&end.faults);
        if let Some(broken) = &end.broken {
            let broken = BrokenSeed { seed, steps, step: broken.step, what: broken.violation.to_string() };
            eprintln!("seed {seed} broke at step {}: {}", broken.step, broken.what);
            self.broken.push(broken);
        }
    }

    /// The kinds of faults that happened less often than they should.
    fn rare(&self, times: u64) -> Vec<&'static str> {
        Fault::ALL.into_iter().filter(|&fault| self.faults.of(fault) < times).map(Fault::name).collect()
    }
}

/// Runs every seed, or as many as there is patience for; clean if nothing broke.
pub(crate) fn run(args: &Worlds) -> Ended {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, usize::from);
    let mut worlds = kept::seeds();
    worlds.extend(args.seeds.clone().map(|seed| (seed, args.steps)));
    let interrupted = interrupt::watch();
    let has_patience = || !interrupted.load(Ordering::Relaxed);
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(Sum::default()));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while has_patience()
                    && let Some(&(seed, steps)) = worlds.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let end = live(Options { seed, steps, is_told: false, bug: None });
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    sum.add((seed, steps), &end);
                    progress(&sum, worlds.len() as u64);
                }
            });
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.broken.sort();
    let rare = sum.rare(args.faults_min);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&sum).unwrap_or_default());
    } else {
        summary(&sum);
    }
    if !has_patience() {
        eprintln!("interrupted: {} of {} worlds were run", sum.worlds, worlds.len());
        return Ended::Interrupted;
    }
    for what in &rare {
        eprintln!("less than {} times: {what}", args.faults_min);
    }
    Ended::of(sum.broken.is_empty() && rare.is_empty())
}

fn summary(sum: &Sum) {
    println!("{} worlds, {} steps, {} events, {} entries", sum.worlds, sum.steps, sum.events, sum.entries);
    print!("{}", sum.faults);
    for BrokenSeed { seed, steps, step, what } in &sum.broken {
        println!(
            "BROKEN seed {seed}, step {step}: {what}\n  its story: cargo run --release -p sim -- --seed {seed} --steps {steps}"
        );
    }
    if sum.broken.is_empty() {
        println!("every invariant held after every step");
    }
}

fn progress(sum: &Sum, all: u64) {
    let is_terminal = std::io::stderr().is_terminal();
    if is_terminal || sum.worlds.is_multiple_of((all / 10).max(1)) {
        let end = if is_terminal { '\r' } else { '\n' };
        let line =
            format!("{} of {all} worlds, {} steps, {} broken{end}", sum.worlds, sum.steps, sum.broken.len());
        // Whether anyone sees it changes nothing.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}
