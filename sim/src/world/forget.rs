//! People who are forgotten: they leave their purse, their name is erased, and their platform's database lets go of them.
//! One comes with or without the others, and long after them or at once.

use onepurse_core::{ExternalId, Identity};
use onepurse_ledger::{LedgerError, Unlink};

use super::{
    World,
    faults::Fault,
    task::{self, Kind},
};
use crate::{
    auditor::{Answered, Asked, Checked},
    gated_ledger::Request,
};

/// Of so many who have left lately it is remembered who they are.
const LEAVING_MAX: usize = 4;

/// Who has asked to be forgotten lately.
#[derive(Default)]
pub(super) struct Leaving(Vec<Identity>);

impl World {
    /// Somebody leaves their purse to be forgotten; of some the name is erased before their platform can have heard.
    pub(super) fn wish_to_be_forgotten(&mut self) -> Checked {
        let is_absent = self.people.dice.chance(500);
        let absent = if is_absent { self.somebody_absent()? } else { None };
        let Some(identity) = absent.or_else(|| self.somebody()) else { return Ok(()) };
        let leaving = &mut self.people.leaving.0;
        leaving.push(identity.clone());
        if leaving.len() > LEAVING_MAX {
            leaving.remove(0);
        }
        let (key, actor) = (self.people.key(), Some("admin".to_owned()));
        let reason = Some("asked to be forgotten".to_owned());
        self.send(&Request::Part(Unlink { key, identity: identity.clone(), actor, reason }))?;
        match self.people.dice.below(10) {
            0..3 => self.send(&Request::Erase(identity)),
            3..7 => {
                self.have_platform_forget(&identity);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Somebody whom a bot has known, and has no row for any more.
    fn somebody_absent(&mut self) -> Checked<Option<Identity>> {
        let which = self.people.dice.below(self.platforms.len());
        let watched = &self.auditor.platforms[which];
        let (rows, tables) = (watched.eye.rows()?, watched.eye.tables()?);
        let known = tables.into_iter().flat_map(|tables| tables.identities.into_keys());
        let mut absent: Vec<_> = known.filter(|who| !rows.contains_key(who)).collect();
        absent.sort();
        let (name, one) = (&watched.name, self.people.dice.below(absent.len()));
        Ok(absent.get(one).and_then(|(_, external)| format!("{name}:{external}").parse().ok()))
    }

    /// Most often somebody who has asked to be forgotten.
    pub(super) fn leaver(&mut self) -> Option<Identity> {
        let is_leaving = self.people.dice.chance(850);
        if !is_leaving {
            return self.somebody();
        }
        let which = self.people.dice.below(self.people.leaving.0.len());
        self.people.leaving.0.get(which).cloned()
    }

    /// As the verb does it: once their platform's database is in step, it is asked to let go of them.
    pub(super) fn have_platform_forget(&mut self, identity: &Identity) {
        let named = |name: &String| *name == identity.platform.as_str();
        let Some(platform) = self.platforms.iter().position(|home| named(&home.name)) else { return };
        self.begin_to_forget(platform, &identity.external);
    }

    /// Begins to have a platform's database let go of somebody; false where no program runs that could.
    pub(super) fn begin_to_forget(&mut self, platform: usize, external: &ExternalId) -> bool {
        let task = self.start(&self.processes[0], platform, Kind::Forget(external.clone()));
        let has_begun = task.is_some();
        self.processes[0].tasks.extend(task);
        let name = self.platforms[platform].name.clone();
        self.tell(|| format!("{name} is to forget {external}: {has_begun}"));
        has_begun
    }

    /// Somebody leaves their purse; returns the log's end, or why the ledger refused it.
    pub(super) fn part(&mut self, unlink: &Unlink) -> Result<i64, LedgerError> {
        self.auditor.wishes.add(unlink.key, Asked::Part(unlink.identity.clone()));
        task::now(self.post.part(unlink.clone())).map(|head| head.seq)
    }

    /// Somebody's name is erased; returns why the ledger refused it.
    pub(super) fn erase(&mut self, identity: &Identity) -> Checked<Result<(), LedgerError>> {
        let done = task::now(self.post.erase(identity.clone()));
        let answered = match &done {
            Ok(()) => Answered::Done,
            Err(LedgerError::Rejected(rejection)) => Answered::Refused(rejection.name()),
            Err(_) => Answered::Nothing,
        };
        if self.auditor.erased(identity, &answered)? {
            self.faults.count(Fault::Forgotten);
        }
        Ok(done)
    }
}
