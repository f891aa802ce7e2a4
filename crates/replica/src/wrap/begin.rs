//! Comparing a whole store with what is known of it, at start and whenever something may have gone unseen.

use std::collections::{HashMap, HashSet};

use onepurse_core::{Amount, local::is_mass};

use super::{
    Begun, Shows,
    note::{Batch, Line, Note},
};
use crate::{Decision, Mass};

/// Everything that is known of a store, by asset and id.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<String, HashMap<String, Was>>);

/// What a store showed of somebody, and what it was made to show since it was last durable, the oldest first.
#[derive(Debug, Default)]
struct Was {
    shown: i64,
    story: Vec<Line>,
}

/// What a value that a store shows means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Nobody knew of them.
    New,
    /// It is what it should be.
    Same,
    /// The store has forgotten what came after this value: of that, the bot had done so much.
    Forgotten { own: i64 },
    /// The bot has done this while nobody looked.
    Unseen { delta: i64 },
}

impl Known {
    pub(super) fn shows(&mut self, asset: &str, id: String, shown: i64) {
        let of_asset = match self.0.get_mut(asset) {
            Some(of_asset) => of_asset,
            None => self.0.entry(asset.to_owned()).or_default(),
        };
        of_asset.insert(id, Was { shown, story: vec![] });
    }

    /// The journal's next line. Of somebody who is not known it tells nothing.
    pub(super) fn tells(&mut self, asset: &str, id: &str, line: Line) {
        if let Some(was) = self.0.get_mut(asset).and_then(|of_asset| of_asset.get_mut(id)) {
            was.story.push(line);
        }
    }

    fn meaning(&self, shows: &Shows) -> Meaning {
        let was = self.0.get(shows.asset.as_str()).and_then(|ids| ids.get(shows.external.as_str()));
        was.map_or(Meaning::New, |was| was.meaning(shows.value.units()))
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(HashMap::keys).map(String::as_str)
    }
}

impl Was {
    /// The latest moment at which the store showed the value counts.
    fn meaning(&self, value: i64) -> Meaning {
        if value == self.shown {
            return Meaning::Same;
        }
        let after = self.story.iter().rposition(|line| line.after == value).map(|at| at + 1);
        let first = self.story.first().filter(|line| line.before == value).map(|_| 0);
        let Some(from) = after.or(first) else {
            return Meaning::Unseen { delta: value.wrapping_sub(self.shown) };
        };
        let own = self.story.iter().skip(from).filter(|line| !line.is_inbound);
        Meaning::Forgotten {
            own: own.fold(0, |sum, line| sum.wrapping_add(line.after.wrapping_sub(line.before))),
        }
    }
}

/// What is to be noted of a store that shows this; or what differs, where that is so much that somebody has to say whether
/// the store is right or the ledger.
pub(super) fn plan<'a>(
    known: &'a Known,
    store: &'a [Shows],
    answer: Option<Decision>,
) -> Result<(Begun, Batch<'a>), Mass> {
    let meanings: Vec<_> = store.iter().map(|shows| known.meaning(shows)).collect();
    let there: HashSet<_> = store.iter().map(|shows| shows.external.as_str()).collect();
    let gone: Vec<_> = known.ids().filter(|id| !there.contains(id)).collect();
    let count = |is: fn(&Meaning) -> bool| meanings.iter().filter(|&meaning| is(meaning)).count() as u64;
    let changed = count(|meaning| matches!(meaning, Meaning::Unseen { .. }));
    let mass = Mass { changed, gone: gone.len() as u64, of: known.ids().count() as u64 };
    if answer.is_none() && (is_mass(mass.changed, mass.of) || is_mass(mass.gone, mass.of)) {
        return Err(mass);
    }
    let ledger_is_right = answer == Some(Decision::Ledger);
    let begun = Begun::Done {
        new: count(|meaning| *meaning == Meaning::New),
        counted: if ledger_is_right { 0 } else { changed },
        taken_back: count(|meaning| matches!(meaning, Meaning::Forgotten { own } if *own != 0)),
    };
    let one = |(shows, meaning): (&'a Shows, &Meaning)| match *meaning {
        Meaning::Same => None,
        Meaning::New => Some(Note::moved(shows, 0, shows.value)),
        Meaning::Unseen { .. } if ledger_is_right => Some(Note::found(shows, 0)),
        Meaning::Unseen { delta } => {
            Some(Note::moved(shows, shows.value.units().wrapping_sub(delta), Amount::new(delta)))
        }
        Meaning::Forgotten { own } => Some(Note::found(shows, own)),
    };
    // What the store shows now, it was read from: all of it is durable.
    let batch =
        Batch { notes: store.iter().zip(&meanings).filter_map(one).collect(), gone, is_durable: true };
    Ok((begun, batch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_again_where_the_store_showed_it_last() {
        let line = |before, after, is_inbound| Line { before, after, is_inbound };
        let story =
            vec![line(100, 150, false), line(150, 170, true), line(170, 140, false), line(140, 150, true)];
        let was = Was { shown: 150, story };
        for (value, meaning) in [
            (150, Meaning::Same),
            (140, Meaning::Forgotten { own: 0 }),
            (170, Meaning::Forgotten { own: -30 }),
            (100, Meaning::Forgotten { own: 20 }),
            (99, Meaning::Unseen { delta: -51 }),
        ] {
            assert_eq!(was.meaning(value), meaning, "{value}");
        }
    }
}
