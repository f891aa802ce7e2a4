//! Many worlds side by side.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use sim::world::{End, Faults, Options, run as live};

use crate::args::Args;

#[derive(Default)]
struct Sum {
    worlds: u64,
    steps: u64,
    events: u64,
    entries: i64,
    faults: Faults,
    broken: Vec<(u64, String)>,
}

impl Sum {
    fn add(&mut self, seed: u64, end: &End) {
        self.worlds += 1;
        self.steps += end.steps;
        self.events += end.events;
        self.entries += end.entries;
        self.faults.add(&end.faults);
        if let Some(broken) = &end.broken {
            self.broken.push((seed, format!("step {}: {}", broken.step, broken.violation)));
        }
    }
}

/// Runs every seed; true if nothing broke.
pub(crate) fn run(args: &Args) -> bool {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(cores, usize::from);
    let next = AtomicU64::new(*args.seeds.start());
    let (sum, done) = (Mutex::new(Sum::default()), AtomicBool::new(false));
    let all = args.seeds.end() - args.seeds.start() + 1;
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > *args.seeds.end() {
                        break;
                    }
                    let end = live(Options { seed, steps: args.steps, is_told: false });
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    sum.add(seed, &end);
                    if let Some((seed, what)) = sum.broken.last().filter(|(broken, _)| *broken == seed) {
                        eprintln!("seed {seed} broke at {what}");
                    }
                    progress(&sum, all);
                }
            });
        }
    });
    done.store(true, Ordering::Relaxed);
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.broken.sort();
    println!("{} worlds, {} steps, {} events, {} entries", sum.worlds, sum.steps, sum.events, sum.entries);
    print!("{}", sum.faults);
    sum.broken.iter().for_each(|(seed, what)| println!("BROKEN seed {seed}, {what}"));
    sum.broken.is_empty()
}

fn progress(sum: &Sum, all: u64) {
    if std::io::stderr().is_terminal() || sum.worlds.is_multiple_of((all / 20).max(1)) {
        let mut stderr = std::io::stderr().lock();
        let end = if std::io::stderr().is_terminal() { '\r' } else { '\n' };
        let _ = write!(
            stderr,
            "{} of {all} worlds, {} steps, {} broken{end}",
            sum.worlds,
            sum.steps,
            sum.broken.len()
        );
    }
}
