//! Messages that come late.

use onepurse_ledger::{LedgerError, Outcome, Registration};

use super::{World, faults::Fault, task};
use crate::{
    auditor::{Checked, Violation},
    gated_ledger::{Kind, Request},
    told,
};

impl World {
    /// A request that was sent before arrives once more.
    pub(super) fn step_late_message(&mut self) -> Checked {
        let kind = match self.dice.below(10) {
            0..6 => Kind::Events,
            6..8 => Kind::Registrations,
            _ => Kind::Others,
        };
        let copies = self.copies.clone();
        let copy = copies.any(kind, &mut self.dice);
        let Some(request) = copy.filter(|_| !self.ledger_down) else { return Ok(()) };
        self.faults.count(Fault::Repeated);
        let told = match request.clone() {
            Request::Append(events) => {
                let sent = told::events(&events);
                let answer = task::now(self.post.append(events));
                let is_new = |outcome: &&Outcome| matches!(outcome, Outcome::Entered { .. });
                let new = answer.as_ref().map(|outcomes| outcomes.iter().filter(is_new).count());
                format!("{sent} once more, new of them: {new:?}")
            }
            Request::Link(link) => {
                let what = format!("the link of {} and {}", link.stays, link.joins);
                format!("{what} once more: {}", ending(&task::now(self.post.link(link)).map(drop)))
            }
            Request::Register(registration) => self.register_late(&registration)?,
            Request::Declare(assets) => {
                format!("what is counted, once more: {}", ending(&task::now(self.post.declare(assets))))
            }
            Request::Order(_)
            | Request::Unlink(_)
            | Request::Redeem(_)
            | Request::Part(_)
            | Request::Erase(_) => self.ask(&request)?,
        };
        self.tell(|| format!("late: {told}"));
        self.auditor.ledger_moved().map(drop)
    }

    /// Every registration that was sent lately arrives once more.
    pub(crate) fn register_again(&mut self) -> Checked {
        for request in self.copies.every(Kind::Registrations) {
            if let Request::Register(registration) = request {
                let told = self.register_late(&registration)?;
                self.tell(|| format!("late: {told}"));
            }
        }
        Ok(())
    }

    /// A registration that was decided on an older one than is known changes nothing.
    fn register_late(&self, registration: &Registration) -> Checked<String> {
        let known = || task::now(self.post.registration(registration.platform.clone()));
        let (what, before) = (told::registration(registration), known());
        let answer = task::now(self.post.register(registration.clone()));
        if let (Ok(before), Ok(after)) = (before, known())
            && before != after
            && registration.revision != before.map_or(0, |before| before.revision) + 1
        {
            return Err(Violation::new(7, format!("{what} was taken late")));
        }
        Ok(format!("{what} once more: {}", ending(&answer)))
    }
}

fn ending(answer: &Result<(), LedgerError>) -> String {
    answer.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned())
}
