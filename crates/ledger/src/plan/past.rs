/// Looks for the last entry by a time, an entry at a time: the log is as old as its numbers are high.
pub(crate) struct LastBy {
    at_ms: i64,
    /// This one is by then, and the one above is not known to be.
    by: i64,
    /// This one is not.
    above: i64,
}

/// The search for the last of `head` entries that was made at `at_ms` or before.
pub(crate) const fn last_by(head: i64, at_ms: i64) -> LastBy {
    LastBy { at_ms, by: 0, above: head + 1 }
}

impl LastBy {
    /// The number of the entry whose time is to be told next; none when it is found.
    pub(crate) const fn asks(&self) -> Option<i64> {
        if self.above - self.by > 1 { Some(self.by + (self.above - self.by) / 2) } else { None }
    }

    /// The time of the entry that was asked for.
    pub(crate) const fn hears(&mut self, at_ms: i64) {
        let asked = self.by + (self.above - self.by) / 2;
        if at_ms <= self.at_ms {
            self.by = asked;
        } else {
            self.above = asked;
        }
    }

    /// The last entry by then; 0 where there is none.
    pub(crate) const fn found(&self) -> i64 {
        self.by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_by_a_time_is_found() {
        for (times, at_ms, expected) in [
            (&[][..], 5, 0),
            (&[6], 5, 0),
            (&[5], 5, 1),
            (&[1, 2, 5, 5, 6], 5, 4),
            (&[1, 2, 5, 5, 6], 0, 0),
            (&[1, 2, 5, 5, 6], i64::MAX, 5),
            (&[1, 3], 2, 1),
        ] {
            let mut search = last_by(i64::try_from(times.len()).unwrap(), at_ms);
            while let Some(seq) = search.asks() {
                search.hears(times[usize::try_from(seq).unwrap() - 1]);
            }
            assert_eq!(search.found(), expected, "{times:?} by {at_ms}");
        }
    }
}
