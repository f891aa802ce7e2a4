//! One world, told step by step.

use sim::{
    bugs::Bug,
    world::{Options, run},
};

use crate::{args::Worlds, bug_table, end::End};

/// Replays a seed and prints what happened; clean if nothing broke.
pub(crate) fn tell(seed: u64, args: &Worlds) -> End {
    let bug = args.bug.as_deref().and_then(Bug::named);
    if let (Some(name), None) = (&args.bug, bug) {
        return bug_table::unknown(name);
    }
    let end = run(Options { seed, steps: args.steps, is_told: true, bug });
    let left_out = if args.last == 0 { 0 } else { end.told.len().saturating_sub(args.last) };
    if left_out > 0 {
        println!(
            "of {left_out} lines before, what was neither an engine's work nor a bot's (--last 0 tells all):"
        );
        for line in end.told.iter().take(left_out).filter(|line| is_rare(line)) {
            println!("{line}");
        }
        println!("and then, step by step:");
    }
    for line in end.told.iter().skip(left_out) {
        println!("{line}");
    }
    println!("\nseed {seed}: {} steps, {} events, {} entries", end.steps, end.events, end.entries);
    let Some(broken) = end.broken else {
        println!("{}every invariant held after every step", end.faults);
        return End::Clean;
    };
    println!("\nat step {}, {}\n\nwho thought what:", broken.step, broken.violation);
    for line in broken.portrait {
        println!("  {line}");
    }
    End::Found
}

/// What happens seldom: faults, operators, links.
fn is_rare(line: &str) -> bool {
    !line.contains("'s bot ") && !line.contains(" Run ") && !line.ends_with(" is well")
}
