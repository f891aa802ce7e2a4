//! One day of a ledger, second by second: what its platforms send, and what waits.

use std::f64::consts::TAU;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    crowd::harmonic,
    figures::{BATCH, DAY_S, Figures},
};

/// The busiest hour of a platform has so much more than the mean; its quietest has as much less.
const SWING: f64 = 0.8;
/// A giveaway, a season's end: each platform has one a day on average, in which this many times as much happens.
const BURST: f64 = 10.0;
const BURST_S: u32 = 120;

/// What became of a day.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Day {
    pub(super) events: f64,
    /// Of the busiest second.
    pub(super) most_per_second: f64,
    /// The part of the day in which the writer had something to do.
    pub(super) writing: f64,
    /// The longest that an event waited for the writer.
    pub(super) longest_wait_s: f64,
    /// Events that wait when the day is over.
    pub(super) left: f64,
    /// The part of the cores' day that telling every engine of every entry took: more than 1 cannot be done.
    pub(super) telling: f64,
}

/// A platform.
struct Sender {
    /// Events of a second, on average over the day.
    mean: f64,
    /// Its busiest second, by where its people live.
    noon_s: f64,
    burst_until_s: u32,
}

impl Sender {
    /// Events of this second.
    fn send(&mut self, second: u32, dice: &mut StdRng) -> f64 {
        if dice.random_bool(1.0 / f64::from(DAY_S)) {
            self.burst_until_s = second + BURST_S;
        }
        let around = (f64::from(second) - self.noon_s) / f64::from(DAY_S);
        let burst = if second < self.burst_until_s { BURST } else { 1.0 };
        let mean = self.mean * burst * (1.0 + SWING * (TAU * around).cos());
        drawn(mean, dice)
    }
}

/// How often something happens that happens so often on average: the many in a normal distribution, the few whole.
fn drawn(mean: f64, dice: &mut StdRng) -> f64 {
    let normal: f64 = (0..12).map(|_| dice.random::<f64>()).sum::<f64>() - 6.0;
    if mean > 20.0 {
        (mean + mean.sqrt() * normal).round().max(0.0)
    } else {
        (mean + dice.random::<f64>()).floor()
    }
}

/// Lives through a day in which everybody does so much on average.
pub(super) fn day(figures: &Figures, activity: f64) -> Day {
    let mut dice = StdRng::seed_from_u64(figures.seed);
    let (all, sum) = (figures.mean_per_second(activity), harmonic(f64::from(figures.platforms)));
    let mut senders: Vec<_> = (1..=figures.platforms)
        .map(|rank| Sender {
            mean: all / (f64::from(rank) * sum),
            noon_s: dice.random_range(0.0..f64::from(DAY_S)),
            burst_until_s: 0,
        })
        .collect();
    let (mut day, capacity) = (Day::default(), figures.writes_per_second(BATCH));
    let mut waiting = 0.0_f64;
    for second in 0..DAY_S {
        let came: f64 = senders.iter_mut().map(|sender| sender.send(second, &mut dice)).sum();
        waiting += came;
        let written = waiting.min(capacity);
        waiting -= written;
        day.events += came;
        day.most_per_second = day.most_per_second.max(came);
        day.writing += written / capacity / f64::from(DAY_S);
        day.longest_wait_s = day.longest_wait_s.max(waiting / capacity);
    }
    day.left = waiting;
    day.telling = day.events / f64::from(DAY_S) / figures.told_per_second();
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::figures::tests::figures;

    #[test]
    fn a_seed_makes_the_same_day() {
        let (one, other) =
            (figures(&["--purses", "100000"]), figures(&["--purses", "100000", "--seed", "2"]));
        assert_eq!(day(&one, 1.0), day(&one, 1.0));
        assert_ne!(day(&one, 1.0), day(&other, 1.0));
    }

    #[test]
    fn everybody_does_what_they_do_and_a_burst_on_top() {
        let figures = figures(&["--purses", "1000000"]);
        let ratio = day(&figures, 2.0).events / 2_000_000.0;
        assert!((1.0..1.05).contains(&ratio), "{ratio}");
    }

    #[test]
    fn what_is_more_than_the_writer_takes_waits() {
        let little = figures(&["--purses", "1000000", "--event-us", "1"]);
        assert!(day(&little, 1.0).longest_wait_s < 1.0);
        let much = figures(&["--purses", "1000000", "--event-us", "100000"]);
        let day = day(&much, 1.0);
        assert!(day.left > 0.0 && day.longest_wait_s > 3_600.0 && day.writing > 0.9, "{day:?}");
    }
}
