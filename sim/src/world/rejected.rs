//! Events that the rules reject, since what they are of is not counted yet; and operators who decide about them. Their dice
//! are their own, so that what else happens in a world is decided as if there were nobody.

use onepurse_core::{Asset, EventKey};
use onepurse_ledger::{Decided, Verdict};

use super::{World, faults::Fault, task};
use crate::{
    auditor::{Checked, Key, Violation},
    dice::Dice,
};

/// In so many of a thousand worlds gems are counted late.
const LATE_PER_MILLE: u32 = 500;
/// So often of a thousand steps an operator has everything counted.
const COUNTS_PER_MILLE: u32 = 2;
/// So often one decides about something that waits.
const DECIDES_PER_MILLE: u32 = 15;
/// So many of a thousand are taken in after all.
const RELEASED_PER_MILLE: u32 = 600;
/// Their random stream among those of a world.
const SALT: u64 = 43;
/// A connection notices at a failure that its disk has room again.
const TRIES: usize = 3;
/// Who they are.
const OPERATOR: &str = "operator";

/// What is counted in a world, from the beginning or later.
pub(super) struct Counting {
    dice: Dice,
    all: Vec<Asset>,
    is_late: bool,
}

impl Counting {
    /// Of these everything is counted from the beginning.
    pub(super) fn of(all: &[Asset], seed: u64) -> Self {
        Self { dice: Dice::new(seed, SALT), all: all.to_vec(), is_late: false }
    }

    /// Perhaps gems are counted late.
    pub(super) fn perhaps_late(mut self) -> Self {
        self.is_late = self.dice.chance(LATE_PER_MILLE);
        self
    }

    /// What is counted from the beginning.
    pub(super) fn first(&self) -> &[Asset] {
        if self.is_late { &self.all[..1] } else { &self.all }
    }

    /// Events of these may be rejected for a while.
    pub(super) fn late(&self) -> Option<String> {
        self.all.last().filter(|_| self.is_late).map(|asset| asset.name.as_str().to_owned())
    }
}

impl World {
    /// Perhaps an operator has everything counted, or decides about an event that waits.
    pub(super) fn step_rejected(&mut self) -> Checked {
        if !self.counting.is_late || self.ledger_down {
            return Ok(());
        }
        if self.counting.dice.chance(COUNTS_PER_MILLE) {
            // What fails is done another time.
            let _ = self.count_everything();
        }
        if !self.counting.dice.chance(DECIDES_PER_MILLE) {
            return Ok(());
        }
        let waiting = self.auditor.books.waiting()?;
        let which = self.counting.dice.below(waiting.len());
        waiting.get(which).map_or(Ok(()), |key| self.decide_about(*key).map(drop))
    }

    /// Everything is counted from now on, and nothing waits any more.
    pub(super) fn decide_everything(&mut self) -> Checked {
        if !self.counting.is_late {
            return Ok(());
        }
        let mut why = None;
        for _ in 0..TRIES {
            let counted = self.count_everything();
            for key in self.auditor.books.waiting()? {
                why = self.decide_about(key)?;
            }
            if counted.is_ok() && self.auditor.books.waiting()?.is_empty() {
                return Ok(());
            }
        }
        Err(Violation::new(5, format!("what was rejected still waits: {why:?}")))
    }

    fn count_everything(&mut self) -> Result<(), String> {
        let all = self.counting.all.clone();
        self.tell(|| "everything is counted".to_owned());
        task::now(self.post.declare(all)).map_err(|error| error.to_string())
    }

    /// Says why nothing came of it.
    fn decide_about(&mut self, key: Key) -> Checked<Option<String>> {
        let is_released = self.counting.dice.chance(RELEASED_PER_MILLE);
        let verdict = if is_released { Verdict::Release } else { Verdict::Dismiss };
        let (actor, reason) = (Some(OPERATOR.to_owned()), Some("looked at".to_owned()));
        let decided = Decided { key: EventKey(key), verdict, actor, reason };
        self.auditor.wishes.decide(key, verdict);
        let done = task::now(self.post.decide(decided));
        self.tell(|| format!("{verdict:?} {}: {done:?}", EventKey(key)));
        if done.is_ok() {
            self.faults.count(Fault::Rejected);
        }
        self.auditor.ledger_moved()?;
        Ok(done.err().map(|error| error.to_string()))
    }
}
