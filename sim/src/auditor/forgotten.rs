//! People who are forgotten: whose name may be erased and what of it is left, and what a platform's database lets go of.

use std::rc::Rc;

use onepurse_core::{EventKey, Identity};

use super::{
    Auditor, Books, Checked, Memory, Violation,
    books::{Mirror, Moment},
    captured::named,
    eye::Tables,
};

/// What the ledger answered whoever asked it to erase a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It was done.
    Done,
    /// A rule of this name says no.
    Refused(&'static str),
    /// There was no answer: it was done, or was not.
    Nothing,
}

impl Books {
    /// Somebody asked for a name to be erased; true if it is gone since. What was read of the log is what there is.
    pub(super) fn erased(&mut self, identity: &Identity, answered: &Answered) -> Checked<bool> {
        let who = named(identity);
        let was_known = self.mirror.now.purse_of.contains_key(&who);
        let (is_named, traces) = self.traces(&who)?;
        let wrong = |what: &str| Violation::new(7, format!("{identity} {what}: {answered:?}"));
        match (was_known, is_named) {
            (true, false) if !self.has_parted(&who) => {
                Err(wrong("is erased, and has or shares something, or was not there last"))
            }
            (true, false) if traces > 0 => Err(wrong("is erased, and leaves traces")),
            (true, false) => {
                self.forget(identity);
                Ok(true)
            }
            (true, true) if *answered == Answered::Refused("NotParted") && !self.has_parted(&who) => {
                Ok(false)
            }
            (true, true)
                if *answered == Answered::Refused("InQuarantine")
                    && self.has_parted(&who)
                    && self.waits(&who)? =>
            {
                Ok(false)
            }
            (false, false) if *answered == Answered::Refused("IdentityUnknown") => Ok(false),
            _ if *answered == Answered::Nothing => Ok(false),
            _ => Err(wrong("is not answered for that")),
        }
    }

    /// Whether the ledger's file names them, and in how many other tables the name stands.
    fn traces(&self, who: &(String, String)) -> Checked<(bool, i64)> {
        let mut tables = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM identity WHERE platform = ?1 AND external = ?2), \
             EXISTS (SELECT 1 FROM code WHERE platform = ?1 AND external = ?2) \
             + EXISTS (SELECT 1 FROM code_try WHERE platform = ?1 AND external = ?2) \
             + EXISTS (SELECT 1 FROM quarantine WHERE platform = ?1 AND external = ?2)",
        )?;
        Ok(tables.query_row((&who.0, &who.1), |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Something that they did waits for an operator's decision.
    fn waits(&self, who: &(String, String)) -> Checked<bool> {
        let waiting = "SELECT 1 FROM quarantine WHERE platform = ?1 AND external = ?2";
        Ok(self.db.prepare_cached(waiting)?.exists((&who.0, &who.1))?)
    }

    /// They are alone in a purse with nothing, and what happened last in it is of them: whoever has not heard of it hears that
    /// somebody is gone.
    fn has_parted(&self, who: &(String, String)) -> bool {
        let Moment { purse_of, balances, .. } = &self.mirror.now;
        let Some(purse) = purse_of.get(who) else { return false };
        let is_alone = purse_of.values().filter(|known| *known == purse).count() == 1;
        let was_last = self.mirror.last_in.get(purse) == Some(who);
        is_alone && was_last && balances.iter().all(|((known, _), amount)| known != purse || *amount == 0)
    }

    /// The name is gone. What stands at the log's end stands there without it from now on.
    fn forget(&mut self, identity: &Identity) {
        let who = named(identity);
        let Mirror { keys, once, now, done, reversals, hashes, .. } = &mut self.mirror;
        Rc::make_mut(&mut now.purse_of).remove(&who);
        let opened = Rc::make_mut(&mut now.opened);
        for ((_, (asset, _)), seq) in opened.extract_if(.., |(home, of), _| (home, &of.1) == (&who.0, &who.1))
        {
            let key = asset.parse().map(|asset| EventKey::opening(self.ledger, identity, &asset));
            if let Ok(key) = key {
                keys.remove(&key.0);
                once.entry(key.0).or_insert(seq);
            }
        }
        done.forget(&who);
        reversals.retain(|_, reversal| !reversal.is_of(&who));
        let head = hashes.last().copied().unwrap_or_default();
        self.erased_at.entry(head).or_default().insert(who);
        self.moments.insert(head, Rc::new(now.clone()));
    }

    /// Whether a ledger that ends as this one did can be told from what it was when somebody had been erased from it:
    /// to erase a name is no entry.
    #[must_use]
    pub fn is_told_apart(&self, mirror: &Mirror) -> bool {
        let head = mirror.hashes.last().copied().unwrap_or_default();
        let erased = self.erased_at.get(&head);
        !erased.is_some_and(|erased| erased.iter().any(|who| mirror.now.purse_of.contains_key(who)))
    }
}

impl Auditor {
    /// Somebody asked the ledger for a name to be erased; true if it is gone since.
    pub fn erased(&mut self, identity: &Identity, answered: &Answered) -> Checked<bool> {
        self.books.erased(identity, answered)
    }

    /// A platform's database was asked to forget somebody: whom it knows no more had sent everything, and nothing is left.
    pub(super) fn let_go(&mut self, platform: usize, tables: &Tables) -> Checked {
        let watched = &self.platforms[platform];
        let is_gone = |who: &&super::Who| !tables.identities.contains_key(*who);
        let gone: Vec<_> = watched.memory.opened.iter().filter(is_gone).cloned().collect();
        let (rows, kept, told) = (watched.eye.rows()?, watched.eye.kept(-1)?, watched.eye.told()?);
        for who in &gone {
            let wrong = |what: &str| Violation::new(1, format!("{} forgets {}, {what}", watched.name, who.1));
            if rows.contains_key(who) {
                return Err(wrong("whose row is there"));
            }
            let is_theirs = |other: &super::Who| other.1 == who.1;
            let is_left = tables.outbox.iter().chain(&kept).any(|event| is_theirs(&event.who))
                || told.iter().any(|row| is_theirs(&row.who))
                || tables.identities.keys().any(is_theirs);
            if is_left {
                return Err(wrong("and keeps something of them"));
            }
            let is_unsent = |key: &&super::Key| {
                self.written.get(*key).is_some_and(|one| is_theirs(&one.who)) && !self.books.ever_had(key)
            };
            if let Some(key) = watched.memory.seen.iter().find(is_unsent) {
                return Err(wrong(&format!("and {:?} had never been sent", self.written.get(key))));
            }
        }
        let (written, memory) = (&self.written, &mut self.platforms[platform].memory);
        for who in gone {
            let is_of_others = |key: &super::Key| written.get(key).is_none_or(|one| one.who.1 != who.1);
            memory.seen.retain(is_of_others);
            memory.kept_since.retain(|key, _| is_of_others(key));
            memory.opened.remove(&who);
            memory.gone.remove(&who);
            memory.let_go.insert(who, tables.cursor.seq);
        }
        Ok(())
    }

    /// Who is told of everyone because of a name that is gone sends nothing again: the ledger has it.
    pub(super) fn check_nothing_again(&self, platform: usize, tables: &Tables) -> Checked {
        let Memory { kept_since, .. } = &self.platforms[platform].memory;
        match tables.outbox.iter().find(|event| kept_since.contains_key(&event.key)) {
            Some(event) => {
                let name = &self.platforms[platform].name;
                Err(Violation::new(2, format!("{name} applies an answer, and sends {event:?} again")))
            }
            None => Ok(()),
        }
    }
}
