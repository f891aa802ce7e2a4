//! Somebody is forgotten: what that means for everything that is remembered of them.

use super::model::{Model, Named, Request};
use super::step::WHO;

impl Model {
    /// They leave their purse for one of their own with nothing, also if nobody is left in it.
    pub(super) fn part(&mut self, n: u64, who: usize) -> Result<bool, Named> {
        match self.requests.get(&n) {
            Some(Request::UnlinkOf(same)) if *same == who => return Ok(false),
            Some(_) => return Err("SameKeyDifferentContent"),
            None => {}
        }
        self.leave(n, who)
    }

    /// Their name goes, and what was kept under it.
    pub(super) fn erase(&mut self, who: usize) -> Result<bool, Named> {
        let purse = self.purse_of.get(&who).copied().ok_or("IdentityUnknown")?;
        let is_shared = self.purse_of.values().filter(|at| **at == purse).count() > 1;
        let was_last = self.last_in.get(&purse) == Some(&who);
        if is_shared || !was_last || self.has.iter().any(|((at, _), has)| *at == purse && *has != 0) {
            return Err("NotParted");
        }
        if self.waits_in_quarantine(who) {
            return Err("InQuarantine");
        }
        self.purse_of.remove(&who);
        self.opened.retain(|(of, _)| *of != who);
        self.forget_codes(who);
        for (done, ..) in self.done.values_mut().filter(|(done, ..)| done.who == who) {
            done.is_nameless = true;
        }
        let events = self.events.iter().filter(|(_, (event, _))| event.identity.to_string() == WHO[who]);
        self.nameless.extend(events.map(|(n, _)| *n));
        for request in self.requests.values_mut().filter(|request| request.names(who)) {
            *request = Request::UnlinkOf(usize::MAX);
        }
        Ok(false)
    }

    fn waits_in_quarantine(&self, who: usize) -> bool {
        let is_theirs = |n: &u64| self.events[n].0.identity.to_string() == WHO[who];
        self.queue.iter().any(is_theirs) || self.waiting.iter().any(|(of, _)| *of == who)
    }
}

impl Request {
    fn names(&self, who: usize) -> bool {
        match self {
            Self::Order(order, _) => {
                order.movement.identities().iter().any(|one| one.to_string() == WHO[who])
            }
            Self::LinkOf(one) | Self::UnlinkOf(one) => *one == who,
        }
    }
}
