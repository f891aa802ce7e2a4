//! Seeds that found something once. They are run before any others, always.

/// What is kept: a seed and a number of steps a line, and why.
const KEPT: &str = include_str!("../kept-seeds");

/// The seeds kept, each with its steps.
pub(crate) fn seeds() -> Vec<(u64, u64)> {
    let lines = KEPT.lines().map(|line| line.split_once('#').map_or(line, |(numbers, _)| numbers));
    lines
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
            Some((numbers.next()?, numbers.next()?))
        })
        .collect()
}
