//! Invariant 4: what a bot's row shows is the ledger's balance at the cursor, what was captured since, less what is held.

use std::{collections::HashMap, rc::Rc};

use onepurse_core::ChainHash;

use super::{
    Auditor, Checked, Left, Memory, Mirror, Violation, Watched, Who,
    eye::{Event, Tables},
    memory::odd_of,
};

/// How many of the last events kept are looked at after each call; all of them are when the world rests.
const KEPT_LOOKED_AT: i64 = 8;

impl Auditor {
    /// A call of an engine, or of an operator, has worked on this platform's database.
    pub fn called(&mut self, platform: usize, call: &str) -> Checked {
        let Some(tables) = self.platforms[platform].eye.tables()? else {
            return self.detached(platform, call);
        };
        let Watched { memory, eye, left, .. } = &mut self.platforms[platform];
        if !memory.attached {
            memory.left = std::mem::take(left);
        }
        memory.was_under_way = !memory.attached;
        memory.attached = true;
        if memory.cursor == ChainHash::default() {
            // Whoever asks from zero hears of everyone.
            memory.let_go.clear();
        }
        memory.cursor = tables.cursor.hash;
        memory.capturing |= matches!(call, "attach" | "mend") && tables.has_triggers;
        let kept = eye.kept(KEPT_LOOKED_AT)?;
        if call == "apply" {
            self.check_nothing_again(platform, &tables)?;
        }
        if call == "forget" {
            self.let_go(platform, &tables)?;
        }
        let Watched { memory, eye, .. } = &mut self.platforms[platform];
        memory.note_kept(&kept, &tables.outbox, self.time.now_ms());
        memory.note_told(&eye.told()?, self.time.now_ms());
        let made = self.explain(platform, call, &tables.outbox)?;
        if call == "resolve" {
            self.check_counted(platform, &tables, &made)?;
        }
        if call == "resolve" && !tables.compare {
            self.platforms[platform].memory.left = Left::Nowhere;
        }
        self.check_odd(platform)?;
        self.learn_openings(platform, &tables);
        self.check_truth(platform, &tables)?;
        self.check_included(platform, &tables, &kept)?;
        self.check_told(platform, &tables, &kept)
    }

    /// What is no number is the bot's: nothing of ours writes over it, unless the bot's own trigger does.
    fn check_odd(&mut self, platform: usize) -> Checked {
        let Watched { name, eye, odd, .. } = &mut self.platforms[platform];
        let rows = eye.rows()?;
        let is_number = |who: &&Who| rows.get(*who).is_some_and(|row| row.units.is_some());
        if let Some(who) = odd.iter().find(is_number).filter(|_| eye.shape().triggers.is_empty()) {
            return Err(Violation::new(4, format!("{name} wrote over what {} of {} was", who.0, who.1)));
        }
        *odd = odd_of(&rows);
        Ok(())
    }

    /// Nothing of ours is in a platform's database.
    fn detached(&mut self, platform: usize, call: &str) -> Checked {
        let watched = &mut self.platforms[platform];
        if watched.memory.attached && call != "detach" {
            return Err(Violation::new(1, format!("{call} took capture out of {}", watched.name)));
        }
        let memory = std::mem::take(&mut watched.memory);
        if memory.attached {
            let was_leaving = std::mem::take(&mut watched.was_leaving);
            watched.left = match (self.books.knows(memory.cursor), was_leaving) {
                (true, _) => {
                    let rows = watched.eye.rows()?.into_iter();
                    let shown = rows.filter_map(|(who, row)| Some((who, row.units?))).collect();
                    Left::At(memory.cursor, Rc::new(shown))
                }
                // The ledger was put back between the two, which nobody could see.
                (false, true) => Left::Unsure,
                (false, false) => {
                    let what = format!("{} was detached at an entry that the ledger has not", watched.name);
                    return Err(Violation::new(1, what));
                }
            };
        }
        self.check_detached(platform, &memory)
    }

    /// Whoever is detached has sent everything first.
    fn check_detached(&self, platform: usize, memory: &Memory) -> Checked {
        match memory.seen.iter().find(|key| !self.books.ever_had(key)) {
            Some(key) => {
                let (name, lost) = (&self.platforms[platform].name, self.written.get(key));
                Err(Violation::new(1, format!("{name} was detached, and {lost:?} had never been sent")))
            }
            None => Ok(()),
        }
    }

    /// With every entry applied, the database knows the openings up to it.
    fn learn_openings(&mut self, platform: usize, tables: &Tables) {
        let name = &self.platforms[platform].name;
        let Some(moment) = self.books.moment(tables.cursor.hash) else { return };
        let opened = moment.opened(name).map(|(who, seq)| (who.clone(), seq)).collect();
        self.told(platform, opened);
    }

    /// Each stored balance is the ledger's at the cursor, and each row shows it with what was captured since.
    pub(super) fn check_truth(&self, platform: usize, tables: &Tables) -> Checked {
        let watched = &self.platforms[platform];
        let (name, rows) = (&watched.name, watched.eye.rows()?);
        let moment = self.books.moment(tables.cursor.hash).ok_or_else(|| {
            Violation::new(4, format!("{name} has applied entry {}, which never was", tables.cursor.seq))
        })?;
        let own = sums(&tables.outbox);
        for (who, stored) in &tables.identities {
            let balance = moment.balance(name, &who.0, &who.1).unwrap_or_default();
            if !tables.resync && stored.balance != balance {
                let what = format!(
                    "{name} stores {} {} of {}, and the ledger had {balance} at entry {}",
                    stored.balance, who.0, who.1, tables.cursor.seq
                );
                return Err(Violation::new(4, what));
            }
            let purse = moment.purse(name, &who.1).filter(|_| {
                let is_known = moment.balance(name, &who.0, &who.1).is_some();
                is_known && !tables.resync && !watched.memory.let_go.contains_key(who)
            });
            if purse.is_some() && stored.purse != purse {
                let what = format!(
                    "{name} has {} in purse {:?}, and at entry {} it was {purse:?}",
                    who.1, stored.purse, tables.cursor.seq
                );
                return Err(Violation::new(4, what));
            }
            let Some(row) = rows.get(who).copied() else { continue };
            let is_judged = watched.memory.capturing && !tables.compare;
            let Some(local) = row.units.filter(|_| row.count == 1) else {
                if is_judged && stored.paused.is_none() {
                    return Err(Violation::new(
                        4,
                        format!("{name} does not leave {} of {} alone, which is {row}", who.0, who.1),
                    ));
                }
                continue;
            };
            let own = own.get(who).copied().unwrap_or_default();
            let should = i128::from(stored.balance) + own - i128::from(stored.held);
            if is_judged && !stored.waits && i128::from(local) != should {
                let what = format!(
                    "{name} shows {local} {} of {}, and should show {should} (stored {}, own {own}, held {}; entry {})",
                    who.0, who.1, stored.balance, stored.held, tables.cursor.seq
                );
                return Err(Violation::new(4, what));
            }
        }
        Ok(())
    }

    /// An event is included exactly when its entry is at or below the cursor.
    pub(super) fn check_included(&self, platform: usize, tables: &Tables, kept: &[Event]) -> Checked {
        let watched = &self.platforms[platform];
        if tables.resync || !self.books.has(tables.cursor.seq, tables.cursor.hash) {
            return Ok(());
        }
        let is_below = |seq: Option<&i64>| seq.is_some_and(|&seq| seq <= tables.cursor.seq);
        let Mirror { keys, once, .. } = &self.books.mirror;
        let applied = |event: &Event| is_below(keys.get(&event.key));
        // Who was forgotten and comes again opens again, and what is kept of the first time stays what it is.
        let was_applied = |event: &Event| applied(event) || is_below(once.get(&event.key));
        let wrong = |what: &str, event: &Event| {
            let (delta, who, cursor) = (event.delta, &event.who, tables.cursor.seq);
            Violation::new(
                4,
                format!("{}: the {} of {delta} for {who:?} {what} entry {cursor}", watched.name, event.kind),
            )
        };
        // Whom it has let go of it does not know, until it hears of everyone.
        let is_strange = |event: &Event| watched.memory.let_go.contains_key(&event.who);
        if let Some(event) = tables.outbox.iter().find(|event| applied(event) && !is_strange(event)) {
            return Err(wrong("is not included, but its entry is at or below", event));
        }
        match kept.iter().find(|event| !was_applied(event)) {
            Some(event) => Err(wrong("is included, but its entry is not at or below", event)),
            None => Ok(()),
        }
    }
}

/// The sums of events, by identity.
pub(super) fn sums(events: &[Event]) -> HashMap<Who, i128> {
    let mut sums = HashMap::new();
    for event in events {
        *sums.entry(event.who.clone()).or_default() += i128::from(event.delta);
    }
    sums
}
