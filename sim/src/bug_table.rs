//! The table of planted bugs, each with the seed that found it.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use sim::{
    bugs::Bug,
    world::{Options, run},
};

use crate::end::End;

/// Steps of each world.
const STEPS: u64 = 5_000;

/// Prints the table; clean if every bug was found within its seeds.
pub(crate) fn print(name: Option<&str>) -> End {
    let bugs: Vec<_> =
        Bug::ALL.into_iter().filter(|bug| name.is_none_or(|name| bug.name().starts_with(name))).collect();
    if let (Some(name), true) = (name, bugs.is_empty()) {
        return unknown(name);
    }
    let next = AtomicUsize::new(0);
    let hunt = || {
        let mut found = Vec::new();
        while let Some(&bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = row(bug);
            println!("{}", row.1);
            found.push(row.0);
        }
        found.into_iter().all(|found| found)
    };
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let all = thread::scope(|scope| {
        let hunters: Vec<_> = (0..jobs).map(|_| scope.spawn(hunt)).collect();
        hunters.into_iter().all(|hunter| hunter.join().unwrap_or(false))
    });
    println!("{} bugs planted, {}", bugs.len(), if all { "all found" } else { "NOT ALL FOUND" });
    End::of(all)
}

/// No bug's name begins so.
pub(crate) fn unknown(name: &str) -> End {
    End::unknown("bug", name, Bug::ALL.into_iter().map(Bug::name))
}

fn row(bug: Bug) -> (bool, String) {
    for seed in 1..=bug.seeds_max() {
        let end = run(Options { seed, steps: STEPS, is_told: false, bug: Some(bug) });
        if let Some(broken) = end.broken {
            let what =
                format!("seed {seed:>3} step {:>5}  {:<42} {}", broken.step, bug.name(), broken.violation);
            return (true, what);
        }
    }
    (false, format!("NOT FOUND in {} seeds  {}", bug.seeds_max(), bug.name()))
}
