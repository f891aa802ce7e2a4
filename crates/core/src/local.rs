//! The rules of a replica: what a bot's own row should show.

use crate::Amount;

/// What the bot's row should show: the purse's balance at the cursor and what this replica has captured since.
/// `None` where that is no amount.
#[must_use]
pub fn intended(stored: Amount, own_not_included: Amount) -> Option<Amount> {
    stored.checked_add(own_not_included)
}

/// What is written for an intended amount: never below `floor`, and in whole `step`s of what the column keeps
/// (rounded down: a row never shows coins that are not there). What is left out is held.
#[must_use]
pub fn written(intended: Amount, floor: Option<Amount>, step: Amount) -> Amount {
    let step = step.units().max(1);
    let whole = intended.units().div_euclid(step).checked_mul(step).map_or(intended, Amount::new);
    floor.map_or(whole, |floor| whole.max(floor))
}

/// What an inbound change did to a bot's row: the value before it and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inbound {
    /// What the row showed before.
    pub before: Amount,
    /// What it showed after.
    pub after: Amount,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What a bot's write that came after an inbound change looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It put back exactly the value from just before the inbound change: all but certainly stale.
    PutBack,
    /// It came so soon that the bot may have read before the inbound change. An upper bound.
    Soon,
    /// Nothing speaks for a stale write.
    None,
}

/// How long after an inbound change a bot's write counts as [`Overwrite::Soon`].
pub const SOON_MS: i64 = 60_000;

/// Judges a bot's write of `from` to `to` at `at_ms` by the last inbound change of the row.
#[must_use]
pub fn overwrite(inbound: Option<Inbound>, from: Amount, to: Amount, at_ms: i64) -> Overwrite {
    match inbound.filter(|last| at_ms >= last.at_ms) {
        Some(last) if last.before != last.after && from == last.after && to == last.before => {
            Overwrite::PutBack
        }
        Some(last) if at_ms.saturating_sub(last.at_ms) <= SOON_MS => Overwrite::Soon,
        _ => Overwrite::None,
    }
}

/// True when `changed` of `all` rows is more than a bot does outside its own ways: a tenth of them, and at least ten.
#[must_use]
pub const fn is_mass(changed: u64, all: u64) -> bool {
    changed >= 10 && changed.saturating_mul(10) >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_what_it_may() {
        for (intended, floor, step, shown) in [
            (150, Some(0), 1, 150),
            (-30, Some(0), 1, 0),
            (-30, None, 1, -30),
            (-30, Some(-10), 1, -10),
            (1234, Some(0), 100, 1200),
            (-1234, None, 100, -1300),
            (-1234, Some(0), 100, 0),
            (i64::MIN, None, 100, i64::MIN),
        ] {
            let got = written(Amount::new(intended), floor.map(Amount::new), Amount::new(step));
            assert_eq!(got.units(), shown, "{intended} over {floor:?} in steps of {step}");
        }
    }

    #[test]
    fn stale_writes_are_told_by_what_they_put_back() {
        let inbound = Inbound { before: Amount::new(100), after: Amount::new(150), at_ms: 1_000 };
        let judge = |from, to, at_ms| overwrite(Some(inbound), Amount::new(from), Amount::new(to), at_ms);
        assert_eq!(judge(150, 100, 500_000), Overwrite::PutBack);
        assert_eq!(judge(150, 110, 2_000), Overwrite::Soon);
        assert_eq!(judge(150, 110, 61_001), Overwrite::None);
        assert_eq!(judge(150, 110, 999), Overwrite::None);
        assert_eq!(judge(150, 100, 999), Overwrite::None);
        assert_eq!(overwrite(None, Amount::new(150), Amount::new(100), 2_000), Overwrite::None);
    }

    #[test]
    fn a_mass_is_a_tenth_and_at_least_ten() {
        for (changed, all, mass) in
            [(9, 9, false), (10, 10, true), (10, 100, true), (10, 101, false), (0, 0, false)]
        {
            assert_eq!(is_mass(changed, all), mass, "{changed} of {all}");
        }
    }
}
