//! People of whom the second plays half as often as the first, and the third a third as often: without naming anybody, for a
//! hundred million are many.

use super::figures::Figures;

/// Ranks that are looked at one by one; behind them, groups that are each so much longer.
const ONE_BY_ONE: u32 = 1_000;
const GROWTH: f64 = 1.01;
/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// 1 + 1/2 + 1/3 and so on, up to one part of `n`.
pub(super) fn harmonic(n: f64) -> f64 {
    if n < 1.0 { 0.0 } else { n.ln() + GAMMA + 1.0 / (2.0 * n) - 1.0 / (12.0 * n * n) }
}

/// How many of the people play at all while there are so many events.
pub(super) fn distinct(people: u32, events: f64) -> f64 {
    let (most, sum) = (f64::from(people), harmonic(f64::from(people)));
    let plays = |rank: f64| 1.0 - (-events / (rank * sum)).exp();
    let first: f64 = (1..=people.min(ONE_BY_ONE)).map(|rank| plays(f64::from(rank))).sum();
    let (mut from, mut rest) = (f64::from(ONE_BY_ONE), 0.0);
    while from < most {
        let to = (from * GROWTH).min(most);
        rest += (to - from) * plays(f64::midpoint(from, to));
        from = to;
    }
    first + rest
}

/// The part of all events that is of people whom the ledger does not remember.
pub(super) fn unknown_part(figures: &Figures) -> f64 {
    let known = f64::from(figures.remembered.min(figures.purses));
    1.0 - harmonic(known) / harmonic(f64::from(figures.purses))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::crowd::Crowd;

    #[test]
    fn the_sum_is_the_sum() {
        for n in [10_u32, 1_000, 100_000] {
            let sum: f64 = (1..=n).map(|rank| 1.0 / f64::from(rank)).sum();
            assert!((harmonic(f64::from(n)) / sum - 1.0).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn so_many_play_as_in_a_crowd_that_is_drawn() {
        let mut crowd = Crowd::new("telegram", 100_000, 1);
        let drawn: HashSet<_> = (0..50_000).map(|_| crowd.pick()).collect();
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let ratio = distinct(100_000, 50_000.0) / drawn.len() as f64;
        assert!((0.98..1.02).contains(&ratio), "{ratio}");
    }
}
