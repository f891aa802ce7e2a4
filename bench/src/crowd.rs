//! People who play, a few of them most of the time.

use onepurse_core::{Amount, AssetName, Event, EventKey, EventKind, Identity};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::error::BenchError;

/// When everything begins: the suite's own time, so that keys are the same in every run.
const BEGIN_MS: i64 = 1_795_416_720_000;

/// Who plays how often is a matter of rank: the second half as often as the first, the third a third as often.
pub(crate) struct Crowd {
    platform: &'static str,
    /// How often somebody of this rank or a better one plays.
    up_to: Vec<f64>,
    dice: StdRng,
    now_ms: i64,
}

impl Crowd {
    /// So many people; two crowds of one seed do the same.
    pub(crate) fn new(platform: &'static str, people: u32, seed: u64) -> Self {
        let up_to = (1..=people).scan(0.0, |sum, rank| {
            *sum += 1.0 / f64::from(rank);
            Some(*sum)
        });
        Self { platform, up_to: up_to.collect(), dice: StdRng::seed_from_u64(seed), now_ms: BEGIN_MS }
    }

    /// Somebody who plays now, by rank.
    pub(crate) fn pick(&mut self) -> usize {
        let point = self.dice.random_range(0.0..self.up_to.last().copied().unwrap_or(1.0));
        self.up_to.partition_point(|&up_to| up_to <= point)
    }

    /// What somebody of this rank does next.
    pub(crate) fn event(&mut self, rank: usize) -> Result<Event, BenchError> {
        self.now_ms += 1;
        let identity = format!("{}:{}", self.platform, 700_000_000 + rank);
        Ok(Event {
            key: EventKey::captured(self.now_ms, self.dice.random()),
            identity: identity.parse::<Identity>().map_err(|_| BenchError::Mistake(identity))?,
            asset: AssetName::default(),
            delta: Amount::new(self.dice.random_range(1..=100)),
            kind: EventKind::Change,
            captured_ms: self.now_ms,
            reason: None,
        })
    }

    /// What happens next.
    pub(crate) fn events(&mut self, count: u32) -> Result<Vec<Event>, BenchError> {
        (0..count)
            .map(|_| {
                let rank = self.pick();
                self.event(rank)
            })
            .collect()
    }

    /// Everybody once, in batches: a first sight costs more, and comes once.
    pub(crate) fn everybody(&mut self, batch: usize) -> Result<Vec<Vec<Event>>, BenchError> {
        let ranks: Vec<_> = (0..self.up_to.len()).collect();
        ranks.chunks(batch).map(|ranks| ranks.iter().map(|&rank| self.event(rank)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_plays_twice_as_often_as_the_second() {
        let mut crowd = Crowd::new("telegram", 1_000, 1);
        let mut times = vec![0_u32; 1_000];
        (0..100_000).for_each(|_| times[crowd.pick()] += 1);
        let ratio = f64::from(times[0]) / f64::from(times[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(times[999] > 0);
    }

    #[test]
    fn everybody_comes_once() {
        let batches = Crowd::new("telegram", 25, 1).everybody(10).unwrap();
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    }
}
