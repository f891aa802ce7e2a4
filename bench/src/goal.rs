//! What a line is to reach, and how far it is from it.

use std::fmt;

use serde::Serialize;

use crate::line::{Round, median};

/// What is asked of our figure, beside the yardstick's or by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// Our figure is at least so many times the yardstick's: of a rate.
    AtLeast(f64),
    /// Ours is at most so many times the yardstick's, and so much more: of a time.
    AtMost {
        /// So many times.
        times: f64,
        /// And so much more, in the line's unit.
        plus: f64,
    },
    /// Our figure is at most this, whatever anything else takes.
    Under(f64),
}

impl Goal {
    /// Whether the rounds reach it: by the round in the middle, as the ratio is told. Nothing measured reaches nothing.
    pub(crate) fn is_met(self, rounds: &[Round]) -> bool {
        median(rounds.iter().filter_map(|&round| self.reserve(round))).is_some_and(|reserve| reserve >= 0.0)
    }

    /// How much is left to the goal; below zero it is missed.
    fn reserve(self, round: Round) -> Option<f64> {
        match self {
            Self::AtLeast(times) => round.ratio().map(|ratio| ratio - times),
            Self::AtMost { times, plus } => {
                round.yardstick.map(|yardstick| times * yardstick + plus - round.ours)
            }
            Self::Under(most) => Some(most - round.ours),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AtLeast(times) => write!(f, "≥ {times} ×"),
            Self::AtMost { times, plus: 0.0 } => write!(f, "≤ {times} ×"),
            Self::AtMost { times, plus } => write!(f, "≤ {times} × + {plus}"),
            Self::Under(most) => write!(f, "≤ {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(ours: f64, yardstick: f64) -> Round {
        Round { ours, yardstick: Some(yardstick) }
    }

    #[test]
    fn a_goal_is_reached_by_the_round_in_the_middle() {
        let (good, bad) = (beside(90.0, 100.0), beside(10.0, 100.0));
        assert!(Goal::AtLeast(0.8).is_met(&[bad, good, good]));
        assert!(!Goal::AtLeast(0.8).is_met(&[bad, bad, good]));
        assert!(Goal::AtLeast(0.9).is_met(&[good]), "the goal itself is enough");
    }

    #[test]
    fn a_time_has_a_part_that_does_not_grow() {
        let goal = Goal::AtMost { times: 1.5, plus: 2.0 };
        assert!(goal.is_met(&[beside(17.0, 10.0)]));
        assert!(!goal.is_met(&[beside(17.1, 10.0)]));
    }

    #[test]
    fn a_limit_needs_no_yardstick_and_nothing_measured_reaches_nothing() {
        assert!(Goal::Under(64.0).is_met(&[Round { ours: 64.0, yardstick: None }]));
        assert!(!Goal::Under(64.0).is_met(&[Round { ours: 65.0, yardstick: None }]));
        assert!(!Goal::Under(64.0).is_met(&[]));
        assert!(!Goal::AtLeast(0.5).is_met(&[Round { ours: 1.0, yardstick: None }]));
    }

    #[test]
    fn it_is_told_as_it_is_asked() {
        assert_eq!(Goal::AtLeast(0.8).to_string(), "≥ 0.8 ×");
        assert_eq!(Goal::AtMost { times: 10.0, plus: 0.0 }.to_string(), "≤ 10 ×");
        assert_eq!(Goal::AtMost { times: 1.5, plus: 2.0 }.to_string(), "≤ 1.5 × + 2");
        assert_eq!(Goal::Under(64.0).to_string(), "≤ 64");
    }
}
