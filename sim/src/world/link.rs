//! What administrators say of who is one person.

use onepurse_core::{EventKey, Identity};
use onepurse_ledger::Link;

use super::{Platform, World, task};
use crate::{
    auditor::{Asked, Checked},
    dice::Dice,
    gated_ledger::Request,
};

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
        self.auditor.wishes.add(link.key, asked(&link));
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
        let mut anyone = || someone(&self.platforms, &mut self.dice);
        let (stays, joins) = (anyone()?, anyone()?);
        Some(Link { key: EventKey(key), stays, joins, actor: Some("admin".to_owned()), reason: None })
    }
}

/// Someone on some platform, whom its bot may never have seen.
pub(super) fn someone(platforms: &[Platform], dice: &mut Dice) -> Option<Identity> {
    let home = &platforms[dice.below(platforms.len())];
    let id = (1 + dice.below(home.shape.people)).to_string();
    format!("{}:{}", home.name, home.shape.external(&id)).parse().ok()
}

/// A link as the auditor knows it.
pub(super) fn asked(link: &Link) -> Asked {
    Asked::Link { stays: link.stays.clone(), joins: link.joins.clone(), is_proven: false }
}
