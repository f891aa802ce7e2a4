//! One world, told step by step.

use sim::world::{Options, run};

/// Replays a seed and prints what happened; true if nothing broke.
pub(crate) fn tell(seed: u64, steps: u64) -> bool {
    let end = run(Options { seed, steps, is_told: true, bug: None });
    end.told.iter().for_each(|line| println!("{line}"));
    println!("\nseed {seed}: {} steps, {} events, {} entries", end.steps, end.events, end.entries);
    println!("{}", end.faults);
    match end.broken {
        None => {
            println!("every invariant held");
            true
        }
        Some(broken) => {
            println!("at step {}: {}\n\nwho thought what:", broken.step, broken.violation);
            broken.portrait.iter().for_each(|line| println!("  {line}"));
            false
        }
    }
}
