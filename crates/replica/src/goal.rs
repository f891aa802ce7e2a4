//! What is to be done about one row of the bot, given what it shows and what is stored for it.

use onepurse_core::{Amount, local};

use crate::alone;

/// What the bot's table says of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Nothing,
    Value(Amount),
    NotANumber,
    SeveralRows,
}

impl Shown {
    /// What several rows, or none, show together. `None` is no number.
    pub(crate) fn of(values: &[Option<i64>]) -> Self {
        match values {
            [] => Self::Nothing,
            [Some(value)] => Self::Value(Amount::new(*value)),
            [None] => Self::NotANumber,
            _ => Self::SeveralRows,
        }
    }
}

/// What a column can be given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Nothing below it.
    pub(crate) floor: Option<Amount>,
    /// Only whole steps of this.
    pub(crate) step: Amount,
    /// No larger magnitude.
    pub(crate) largest: u64,
    /// What an absent row counts as.
    pub(crate) missing: Option<Amount>,
}

/// What is to be done about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Nothing: it shows what it can, and so much is held.
    Rest { held: Amount },
    /// It is to show `target`, and what is missing from `intended` after that is held.
    Write { before: Amount, target: Amount, intended: Amount },
    /// It is left alone.
    LeaveAlone(&'static str),
}

impl Goal {
    /// Of a row that shows `shown`, where `stored` is its purse's balance and `own` the sum of its events not included.
    pub(crate) fn of(shown: Shown, stored: Amount, own: Option<Amount>, room: &Room) -> Self {
        let Some(intended) = own.and_then(|own| local::intended(stored, own)) else {
            return Self::LeaveAlone(alone::OVERFLOW);
        };
        let before = match shown {
            Shown::Value(before) => before,
            Shown::NotANumber => return Self::LeaveAlone(alone::NOT_A_NUMBER),
            Shown::SeveralRows => return Self::LeaveAlone(alone::DUPLICATE),
            Shown::Nothing => return Self::Rest { held: Self::held_from_absent(intended, room.missing) },
        };
        let target = local::written(intended, room.floor, room.step);
        if target.units().unsigned_abs() > room.largest {
            return Self::LeaveAlone(alone::TOO_LARGE);
        }
        if target != before {
            return Self::Write { before, target, intended };
        }
        Self::resting(intended, before)
    }

    /// The row shows `shown` now, and that is all it will.
    pub(crate) fn resting(intended: Amount, shown: Amount) -> Self {
        intended.checked_sub(shown).map_or(Self::LeaveAlone(alone::OVERFLOW), |held| Self::Rest { held })
    }

    /// An absent row shows what it counts as; where it counts as nothing, nothing is held from it.
    fn held_from_absent(intended: Amount, missing: Option<Amount>) -> Amount {
        missing.map_or(Amount::ZERO, |missing| Amount::new(intended.units().saturating_sub(missing.units())))
    }
}

/// Zero, unless the configuration says otherwise or the bot itself goes below it.
pub(crate) fn floor(configured: Option<Amount>, has_negatives: bool) -> Option<Amount> {
    configured.or((!has_negatives).then_some(Amount::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_held_or_left_alone() {
        let room = Room {
            floor: Some(Amount::ZERO),
            step: Amount::new(1),
            largest: i64::MAX.unsigned_abs(),
            missing: None,
        };
        let value = |units| Shown::Value(Amount::new(units));
        let rest = |held| Goal::Rest { held: Amount::new(held) };
        let write = |before, target, intended| Goal::Write {
            before: Amount::new(before),
            target: Amount::new(target),
            intended: Amount::new(intended),
        };
        for (shown, stored, own, goal) in [
            (value(100), 90, Some(10), rest(0)),
            (value(100), 150, Some(0), write(100, 150, 150)),
            (value(100), -30, Some(0), write(100, 0, -30)),
            (value(0), -30, Some(0), rest(-30)),
            (Shown::Nothing, 50, Some(0), rest(0)),
            (Shown::NotANumber, 50, Some(0), Goal::LeaveAlone(alone::NOT_A_NUMBER)),
            (Shown::SeveralRows, 50, Some(0), Goal::LeaveAlone(alone::DUPLICATE)),
            (value(1), i64::MAX, Some(1), Goal::LeaveAlone(alone::OVERFLOW)),
            (value(1), 5, None, Goal::LeaveAlone(alone::OVERFLOW)),
        ] {
            let own = own.map(Amount::new);
            assert_eq!(Goal::of(shown, Amount::new(stored), own, &room), goal, "{shown:?} {stored} {own:?}");
        }
        let missing = Room { missing: Some(Amount::new(100)), ..room };
        assert_eq!(Goal::of(Shown::Nothing, Amount::new(130), Some(Amount::ZERO), &missing), rest(30));
    }
}
