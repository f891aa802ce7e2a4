//! What people say in a scenario.

use onepurse_core::{EventKey, Identity};
use onepurse_ledger::{Link, Redeem, Unlink};

use super::{World, link, task};
use crate::auditor::{Asked, Checked, Violation};

impl World {
    /// An administrator says that two are one person; returns why the ledger refused it.
    pub(crate) fn link_people(&mut self, stays: &str, joins: &str) -> Checked<Option<String>> {
        let (key, stays, joins) = (self.new_key(), identity(stays)?, identity(joins)?);
        let link = Link { key, stays, joins, actor: Some("admin".to_owned()), reason: None };
        self.auditor.wishes.add(link.key, link::asked(&link));
        Ok(task::now(self.post.link(link)).err().map(|error| error.to_string()))
    }

    /// Someone leaves the purse that they share; returns why the ledger refused it.
    pub(crate) fn unlink_person(&mut self, who: &str) -> Checked<Option<String>> {
        let (key, identity) = (self.new_key(), identity(who)?);
        let unlink = Unlink { key, identity, actor: Some("admin".to_owned()), reason: None };
        self.auditor.wishes.add(unlink.key, Asked::Unlink(unlink.identity.clone()));
        Ok(task::now(self.post.unlink(unlink)).err().map(|error| error.to_string()))
    }

    /// Someone is forgotten, as the verb does it; returns why that cannot be done.
    pub(crate) fn forget_person(&mut self, platform: usize, who: &str) -> Checked<Option<String>> {
        let identity = identity(who)?;
        let unlink = Unlink {
            key: self.new_key(),
            identity: identity.clone(),
            actor: Some("admin".to_owned()),
            reason: None,
        };
        if let Err(refused) = self.part(&unlink) {
            return Ok(Some(refused.to_string()));
        }
        self.auditor.ledger_moved()?;
        if self.platforms[platform].wanted && !self.forget_below(platform, &identity.external)? {
            return Ok(Some(format!("{} cannot be told", identity.platform)));
        }
        Ok(self.erase(&identity)?.err().map(|error| error.to_string()))
    }

    /// Someone is given a link code.
    pub(crate) fn give_code(&mut self, who: &str) -> Checked {
        match self.make_code(identity(who)?) {
            Some(why) => Err(Violation::new(0, why)),
            None => Ok(()),
        }
    }

    /// Someone types the last code of someone; returns why the ledger refused it.
    pub(crate) fn type_code(&mut self, by: &str, maker: &str) -> Checked<Option<String>> {
        let (by, maker) = (identity(by)?, identity(maker)?);
        let code = self.people.last_code(&maker);
        let code = code.ok_or_else(|| Violation::new(0, format!("{maker} was given no code")))?;
        let done = self.redeem(&Redeem { key: self.new_key(), code, by })?;
        Ok(done.err())
    }

    /// A key that nobody has used.
    pub(crate) fn new_key(&self) -> EventKey {
        let mut key = [0; 16];
        self.ledger_machine.bytes.fill(&mut key);
        EventKey(key)
    }
}

/// Who is named so.
pub(super) fn identity(text: &str) -> Checked<Identity> {
    text.parse().map_err(|error| Violation::new(0, format!("{text}: {error}")))
}
