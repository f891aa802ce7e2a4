//! What people do, and messages that come late.

use onepurse_core::{EventKey, Identity};
use onepurse_ledger::{LedgerError, Link, Outcome};

use super::{World, faults::Fault, task};
use crate::{auditor::Checked, gated_ledger::Request, told};

impl World {
    /// An administrator says that two identities are one person; or says so again.
    pub(super) fn step_link(&mut self) -> Checked {
        if self.ledger_down {
            return Ok(());
        }
        let again = self.dice.chance(250).then(|| self.dice.below(self.links.len()));
        let link = match again.and_then(|at| self.links.get(at).cloned()) {
            Some(link) => link,
            None => match self.pair() {
                Some(link) => link,
                None => return Ok(()),
            },
        };
        self.links.push(link.clone());
        self.copies.keep(Request::Link(link.clone()));
        let answer = task::now(self.post.link(link.clone()));
        let end = match &answer {
            Ok(head) => format!("done, the head is {}", head.seq),
            Err(error) => error.to_string(),
        };
        self.tell(|| format!("link {} and {}: {end}", link.stays, link.joins));
        self.auditor.ledger_moved().map(drop)
    }

    fn pair(&mut self) -> Option<Link> {
        let mut key = [0; 16];
        self.ledger_machine.bytes.fill(&mut key);
        let (stays, joins) = (self.anyone()?, self.anyone()?);
        Some(Link { key: EventKey(key), stays, joins, actor: Some("admin".to_owned()), reason: None })
    }

    fn anyone(&mut self) -> Option<Identity> {
        let platform = self.dice.below(self.platforms.len());
        let home = &self.platforms[platform];
        let id = (1 + self.dice.below(home.shape.people)).to_string();
        format!("{}:{}", home.name, home.shape.external(&id)).parse().ok()
    }

    /// A request that was sent before arrives once more.
    pub(super) fn step_late_message(&mut self) -> Checked {
        let are_events = self.dice.chance(700);
        let copies = self.copies.clone();
        let copy = copies.any(are_events, &mut self.dice);
        let Some(request) = copy.filter(|_| !self.ledger_down) else { return Ok(()) };
        self.faults.count(Fault::Repeated);
        let told = match request {
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
            Request::Declare(assets) => {
                format!("what is counted, once more: {}", ending(&task::now(self.post.declare(assets))))
            }
        };
        self.tell(|| format!("late: {told}"));
        self.auditor.ledger_moved().map(drop)
    }
}

fn ending(answer: &Result<(), LedgerError>) -> String {
    answer.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned())
}
