//! One line of the table: what was measured in every round.

use std::time::Duration;

use serde::Serialize;

use crate::{error::BenchError, goal::Goal};

/// What figures are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    /// A rate.
    #[serde(rename = "/s")]
    PerSecond,
    /// A time.
    #[serde(rename = "ms")]
    Milliseconds,
    /// A time.
    #[serde(rename = "s")]
    Seconds,
    /// Memory.
    #[serde(rename = "MiB")]
    Mebibytes,
    /// Files that were written to.
    #[serde(rename = "files")]
    Files,
    /// A part of one core's time.
    #[serde(rename = "% of a core")]
    PercentOfCore,
}

impl Unit {
    /// As it stands behind a figure.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Mebibytes => "MiB",
            Self::Files => "files",
            Self::PercentOfCore => "% of a core",
        }
    }
}

/// What was measured one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Round {
    pub(crate) ours: f64,
    /// What it is measured beside, where there is such a thing.
    pub(crate) yardstick: Option<f64>,
}

impl Round {
    pub(crate) fn ratio(self) -> Option<f64> {
        self.yardstick.map(|yardstick| self.ours / yardstick)
    }
}

/// A line of the table. Its name begins with the number of its row.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) goal: Goal,
    pub(crate) rounds: Vec<Round>,
    /// What else has to be known, where it depends on the machine.
    pub(crate) note: Option<String>,
}

impl Line {
    pub(crate) fn new(name: &str, unit: Unit, goal: Goal, rounds: Vec<Round>) -> Self {
        Self { name: name.to_owned(), unit, goal, rounds, note: None }
    }

    pub(crate) fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    pub(crate) fn ours(&self) -> Option<f64> {
        median(self.rounds.iter().map(|round| round.ours))
    }

    pub(crate) fn yardstick(&self) -> Option<f64> {
        median(self.rounds.iter().filter_map(|round| round.yardstick))
    }

    /// The one in the middle of the rounds' ratios, which is not the ratio of the figures in the middle.
    pub(crate) fn ratio(&self) -> Option<f64> {
        median(self.rounds.iter().filter_map(|round| round.ratio()))
    }

    pub(crate) fn is_met(&self) -> bool {
        self.goal.is_met(&self.rounds)
    }
}

/// Whether a line, or a row, of this name is asked for by `asked`: by the row's number, or by the whole name.
pub(crate) fn is_asked(asked: &[String], name: &str) -> bool {
    let number = name.split(' ').next().unwrap_or(name);
    asked.is_empty() || asked.iter().any(|asked| asked == name || asked == number)
}

/// The figure in the middle; the mean of the two there where they are even.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let (&low, &high) = (figures.get(figures.len().checked_sub(1)? / 2)?, figures.get(figures.len() / 2)?);
    Some(f64::midpoint(low, high))
}

/// The figure that `percent` of them do not exceed.
pub(crate) fn percentile(figures: &[f64], percent: usize) -> Option<f64> {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    let rank = (figures.len() * percent).div_ceil(100);
    figures.get(rank.checked_sub(1)?).copied()
}

/// How often something happened, in which time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) times: u32,
    pub(crate) took: Duration,
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.times += other.times;
        self.took += other.took;
    }

    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.times) / self.took.as_secs_f64()
    }
}

/// Measures the rates of both in turns, and who goes first in turns too; each round adds up some slices. What else the
/// machine does weighs on both alike then, and so does a disk that is quick for a while and slow for another.
pub(crate) async fn alternate(
    rounds: usize,
    slices: usize,
    mut ours: impl AsyncFnMut() -> Result<Spent, BenchError>,
    mut yardstick: impl AsyncFnMut() -> Result<Spent, BenchError>,
) -> Result<Vec<Round>, BenchError> {
    let mut measured = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let (mut own, mut other) = (Spent::default(), Spent::default());
        for slice in 0..slices {
            if slice % 2 == 0 {
                own.add(ours().await?);
                other.add(yardstick().await?);
            } else {
                other.add(yardstick().await?);
                own.add(ours().await?);
            }
        }
        measured.push(Round { ours: own.per_second(), yardstick: Some(other.per_second()) });
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_middle_is_the_middle_or_between_the_two_there() {
        for (figures, middle) in [
            (vec![], None),
            (vec![3.0], Some(3.0)),
            (vec![9.0, 1.0, 2.0], Some(2.0)),
            (vec![4.0, 1.0, 9.0, 2.0], Some(3.0)),
        ] {
            assert_eq!(median(figures), middle);
        }
    }

    #[test]
    fn ninety_nine_of_a_hundred_do_not_exceed_it() {
        let figures: Vec<_> = (1..=100_u32).rev().map(f64::from).collect();
        assert_eq!(percentile(&figures, 99), Some(99.0));
        assert_eq!(percentile(&[5.0], 99), Some(5.0));
        assert_eq!(percentile(&[], 99), None);
    }

    #[test]
    fn the_ratio_is_of_each_round() {
        let rounds = [(10.0, 100.0), (50.0, 60.0), (90.0, 100.0)];
        let rounds = rounds.map(|(ours, other)| Round { ours, yardstick: Some(other) });
        let line = Line::new("1", Unit::PerSecond, Goal::AtLeast(0.8), rounds.to_vec());
        assert_eq!((line.ours(), line.yardstick()), (Some(50.0), Some(100.0)));
        assert_eq!(line.ratio(), Some(50.0 / 60.0));
        assert!(line.is_met());
    }

    #[test]
    fn a_line_is_asked_for_by_its_row_or_by_itself() {
        let asked = |asked: &str, name| is_asked(&[asked.to_owned()], name);
        assert!(is_asked(&[], "3 hot purse"));
        assert!(asked("3", "3 hot purse") && asked("3 hot purse", "3 hot purse"));
        assert!(!asked("3 four writers", "3 hot purse") && !asked("4", "4b postgres") && !asked("1", "12"));
    }

    #[tokio::test]
    async fn who_goes_first_changes_every_slice() {
        let order = RefCell::new(String::new());
        let step = |name: char, times: u32| {
            order.borrow_mut().push(name);
            Ok(Spent { times, took: Duration::from_secs(2) })
        };
        let rounds = alternate(2, 3, async || step('o', 2), async || step('y', 8)).await.unwrap();
        assert_eq!(*order.borrow(), "oyyooyoyyooy");
        assert_eq!(rounds, [Round { ours: 1.0, yardstick: Some(4.0) }; 2]);
    }
}
