//! Invariant 5: when the network works and the bots rest, everything agrees, and nothing that anyone did is missing.

use super::{Auditor, Checked, Mirror, Violation, eye::Event, truth::sums};

impl Auditor {
    /// Everyone is in step: is it all there, and the same everywhere?
    pub fn quiet(&self, platforms: impl Iterator<Item = usize>) -> Checked {
        for platform in platforms {
            self.check_nothing_missing(platform)?;
            self.check_rows(platform)?;
        }
        Ok(())
    }

    /// Every event that a platform's database remembers capturing is in the log.
    fn check_nothing_missing(&self, platform: usize) -> Checked {
        let watched = &self.platforms[platform];
        for key in &watched.memory.seen {
            let Mirror { keys, once, .. } = &self.books.mirror;
            if !keys.contains_key(key) && !once.contains_key(key) {
                let what = format!("{}: {:?} is not in the ledger", watched.name, self.written.get(key));
                return Err(Violation::new(1, what));
            }
        }
        Ok(())
    }

    /// Each row shows what its purse has; what it cannot show is held, and no more.
    fn check_rows(&self, platform: usize) -> Checked {
        let watched = &self.platforms[platform];
        let name = &watched.name;
        let Some(tables) = watched.eye.tables()? else { return Ok(()) };
        let kept = watched.eye.kept(-1)?;
        self.check_included(platform, &tables, &kept)?;
        self.check_told(platform, &tables, &kept)?;
        if tables.resync || tables.compare {
            return Err(Violation::new(
                5,
                format!("{name} is in step, and has still to begin or to compare"),
            ));
        }
        let is_known = |event: &&Event| self.books.mirror.keys.contains_key(&event.key);
        if let Some(event) = tables.outbox.iter().find(is_known) {
            return Err(Violation::new(
                5,
                format!("in step, {name} waits with {event:?}, which is in the log"),
            ));
        }
        let (rows, own) = (watched.eye.rows()?, sums(&tables.outbox));
        for (who, row) in &rows {
            let Some(stored) = tables.identities.get(who) else {
                return Err(Violation::new(5, format!("{name} does not know {} of {}", who.0, who.1)));
            };
            let local = match row.units.filter(|_| row.count == 1) {
                Some(local) => local,
                None if stored.paused.is_some() => continue,
                None => {
                    return Err(Violation::new(
                        5,
                        format!(
                            "in step, {name} does not leave {} of {} alone, which is {row}",
                            who.0, who.1
                        ),
                    ));
                }
            };
            if let Some(why @ ("not a number" | "several rows")) = stored.paused.as_deref() {
                let what =
                    format!("in step, {name} leaves {} of {} alone, which is {row}: {why}", who.0, who.1);
                return Err(Violation::new(5, what));
            }
            if stored.paused.is_some() {
                continue;
            }
            let truth = i128::from(self.books.balance_now(name, &who.0, &who.1))
                + own.get(who).copied().unwrap_or_default();
            if i128::from(local) + i128::from(stored.held) != truth || stored.waits {
                let what = format!(
                    "in step, {name} shows {local} {} of {} (held {}, waits: {}), and the purse has {truth}",
                    who.0, who.1, stored.held, stored.waits
                );
                return Err(Violation::new(5, what));
            }
            let step = i128::from(watched.eye.step(&who.0));
            let whole = truth.div_euclid(step) * step;
            // A debt is shown, or nothing is: never more.
            if i128::from(local) != whole && (whole >= 0 || local != 0) {
                let what = format!(
                    "in step, {name} shows {local} {} of {}, and should show {whole} (held {})",
                    who.0, who.1, stored.held
                );
                return Err(Violation::new(5, what));
            }
        }
        Ok(())
    }
}
