//! Comparing a whole store with what is known of it, at start and whenever something may have gone unseen.

use std::collections::{HashMap, HashSet};

use onepurse_core::{Amount, local::is_mass};
use rusqlite::{Transaction, params};

use super::{
    Begun, Shows, Sidecar, SidecarError,
    sidecar::{Sql, did, look_again, remove, show},
};
use crate::{Decision, Mass, sqlite::quote};

/// What the journal says of somebody's balance, the oldest first.
#[derive(Default)]
struct Story(Vec<Line>);

struct Line {
    before: i64,
    after: i64,
    is_inbound: bool,
}

/// What a value that a store shows means.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// It is what it should be.
    Same,
    /// The store has forgotten what came after this value: of that, the bot had done so much.
    Forgotten { own: i64 },
    /// The bot has done this while nobody looked.
    Unseen { delta: i64 },
}

impl Story {
    /// The latest moment at which the store showed the value counts.
    fn meaning(&self, value: i64, shown: i64) -> Meaning {
        if value == shown {
            return Meaning::Same;
        }
        let after = self.0.iter().rposition(|line| line.after == value).map(|at| at + 1);
        let first = self.0.first().filter(|line| line.before == value).map(|_| 0);
        let Some(from) = after.or(first) else {
            return Meaning::Unseen { delta: value.wrapping_sub(shown) };
        };
        let own = self.0.iter().skip(from).filter(|line| !line.is_inbound);
        Meaning::Forgotten {
            own: own.fold(0, |sum, line| sum.wrapping_add(line.after.wrapping_sub(line.before))),
        }
    }
}

/// Everything that is known.
struct Known {
    shown: HashMap<(String, String), i64>,
    stories: HashMap<(String, String), Story>,
}

impl Sidecar {
    /// Compares everything that the store shows with what is known. What a store has forgotten of what came in is due
    /// again; what it has forgotten of what its bot did is taken back; what differs besides is the bot's own doing, and
    /// counts. Where a lot differs nothing is noted and somebody is asked; `answer` is what they said.
    pub fn begin(&mut self, store: &[Shows], answer: Option<Decision>) -> Result<Begun, SidecarError> {
        let assets: Vec<_> = self.assets().iter().map(ToString::to_string).collect();
        self.write(|transaction| {
            let known = Known::read(transaction)?;
            let mass = known.mass(store);
            if answer.is_none() && (is_mass(mass.changed, mass.of) || is_mass(mass.gone, mass.of)) {
                return Ok(Begun::Asks(mass));
            }
            let (mut new, mut counted, mut taken_back) = (0, 0, 0);
            for shows in store {
                let at = (shows.external.as_str().to_owned(), shows.asset.as_str().to_owned());
                let value = shows.value.units();
                let Some(&shown) = known.shown.get(&at) else {
                    new += 1;
                    did(transaction, shows, 0, shows.value)?;
                    continue;
                };
                match known.meaning(&at, value, shown) {
                    Meaning::Same => {}
                    Meaning::Unseen { .. } if answer == Some(Decision::Ledger) => {
                        forget(transaction, &at, value)?;
                    }
                    Meaning::Unseen { delta } => {
                        counted += 1;
                        did(transaction, shows, shown, Amount::new(delta))?;
                    }
                    Meaning::Forgotten { own } => {
                        taken_back += u64::from(own != 0);
                        forget(transaction, &at, value)?;
                        take_back(transaction, &at, own)?;
                    }
                }
            }
            for id in known.gone(store, &assets) {
                remove(transaction, &id)?;
            }
            // What the store shows now, it was read from: all of it is durable.
            transaction.execute("DELETE FROM journal", [])?;
            Ok(Begun::Done { new, counted, taken_back })
        })
    }
}

impl Known {
    fn read(transaction: &Transaction) -> Sql<Self> {
        let (mut shown, mut stories) = (HashMap::new(), HashMap::<_, Story>::new());
        let mut statement = transaction.prepare("SELECT id, asset, value FROM shown")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            shown.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
        let mut statement =
            transaction.prepare("SELECT id, asset, before, after, inbound FROM journal ORDER BY n")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line = Line { before: row.get(2)?, after: row.get(3)?, is_inbound: row.get(4)? };
            stories.entry((row.get(0)?, row.get(1)?)).or_default().0.push(line);
        }
        Ok(Self { shown, stories })
    }

    fn meaning(&self, at: &(String, String), value: i64, shown: i64) -> Meaning {
        match self.stories.get(at) {
            Some(story) => story.meaning(value, shown),
            None => Story::default().meaning(value, shown),
        }
    }

    fn mass(&self, store: &[Shows]) -> Mass {
        let is_unseen = |shows: &&Shows| {
            let at = (shows.external.as_str().to_owned(), shows.asset.as_str().to_owned());
            self.shown.get(&at).is_some_and(|&shown| {
                matches!(self.meaning(&at, shows.value.units(), shown), Meaning::Unseen { .. })
            })
        };
        let changed = store.iter().filter(is_unseen).count() as u64;
        let there: HashSet<_> = store.iter().map(|shows| shows.external.as_str()).collect();
        let gone = self.shown.keys().filter(|(id, _)| !there.contains(id.as_str())).count() as u64;
        Mass { changed, gone, of: self.shown.len() as u64 }
    }

    /// Who is known, and of whom the store shows nothing.
    fn gone(&self, store: &[Shows], assets: &[String]) -> HashSet<String> {
        let there: HashSet<_> = store.iter().map(|shows| shows.external.as_str()).collect();
        let is_gone =
            |(id, asset): &&(String, String)| assets.contains(asset) && !there.contains(id.as_str());
        self.shown.keys().filter(is_gone).map(|(id, _)| id.clone()).collect()
    }
}

/// The store shows an older value: what came in since is due again.
fn forget(transaction: &Transaction, (id, asset): &(String, String), value: i64) -> Sql<()> {
    show(transaction, (id, asset), value)?;
    look_again(transaction, id)
}

/// What the bot did, and its store has forgotten, never was.
fn take_back(transaction: &Transaction, (id, asset): &(String, String), own: i64) -> Sql<()> {
    if own == 0 {
        return Ok(());
    }
    let column = quote(asset);
    transaction
        .prepare_cached(&format!("UPDATE balance SET {column} = {column} - ?2 WHERE id = ?1"))?
        .execute(params![id, own])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_again_where_the_store_showed_it_last() {
        let line = |before, after, is_inbound| Line { before, after, is_inbound };
        let story = Story(vec![
            line(100, 150, false),
            line(150, 170, true),
            line(170, 140, false),
            line(140, 150, true),
        ]);
        for (value, meaning) in [
            (150, Meaning::Same),
            (140, Meaning::Forgotten { own: 0 }),
            (170, Meaning::Forgotten { own: -30 }),
            (100, Meaning::Forgotten { own: 20 }),
            (99, Meaning::Unseen { delta: -51 }),
        ] {
            assert_eq!(story.meaning(value, 150), meaning, "{value}");
        }
    }
}
