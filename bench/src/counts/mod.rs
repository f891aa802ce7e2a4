//! Instructions of the hot paths, counted by valgrind and compared with those that are kept in `bench/counts.toml`: a
//! regression is seen without measuring time, whatever else the machine does.
//!
//! A path is run twice, each time by a program of its own: so often, and twice as often. Both prepare the very same, so the
//! difference is what the path itself takes.

mod callgrind;
mod kept;
mod path;
mod seeded;
mod walk;

use std::thread;

pub(crate) use path::HotPath;

use crate::error::BenchError;
use callgrind::instructions;
use kept::{Kept, Verdict};

/// Counts every path; whether all are as they are kept. Where they are accepted, they are kept from now on.
pub(crate) fn run(accept: bool) -> Result<bool, BenchError> {
    let kept = Kept::read()?;
    let (mut counted, mut is_well) = (Vec::new(), true);
    for path in HotPath::ALL {
        let count = an_event(path)?;
        let verdict = kept.judge(path.name(), count);
        println!("{:<24} {count:>8} instructions an event  {verdict}", path.name());
        is_well &= matches!(verdict, Verdict::Same(_));
        counted.push((path.name().to_owned(), count));
    }
    if accept {
        kept.with(counted).write()?;
    } else if !is_well {
        println!(
            "\nWhat is kept is not what is counted. To keep this instead: cargo run --release -p bench -- counts --accept"
        );
    }
    Ok(is_well || accept)
}

/// Instructions that one event takes on this path.
fn an_event(path: HotPath) -> Result<u64, BenchError> {
    let times = path.times();
    let count = |times| instructions(&["perform".to_owned(), path.name().to_owned(), u32::to_string(&times)]);
    let (once, twice) = thread::scope(|scope| {
        let once = scope.spawn(|| count(times));
        let twice = count(2 * times);
        (once.join(), twice)
    });
    let once = once.map_err(|_| BenchError::Mistake("a count that panicked".to_owned()))??;
    Ok(twice?.saturating_sub(once) / u64::from(times * path.events()))
}
