//! What people do, and messages that come late.

use onepurse_core::{EventKey, Identity};
use onepurse_ledger::{Link, Outcome};

use super::{World, faults::Fault, task};
use crate::auditor::Checked;

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
        let at = self.dice.below(self.copies.len());
        let Some(events) = self.copies.get(at).filter(|_| !self.ledger_down) else { return Ok(()) };
        let count = events.len();
        let answer = task::now(self.post.append(events));
        self.faults.count(Fault::Repeated);
        let is_new = |outcome: &&Outcome| matches!(outcome, Outcome::Entered { .. });
        let new = answer.as_ref().map(|outcomes| outcomes.iter().filter(is_new).count());
        self.tell(|| format!("{count} events arrive once more, new of them: {new:?}"));
        self.auditor.ledger_moved().map(drop)
    }
}
