//! What an answer of the ledger names of a replica's own events, and what a write that is in the ledger by now looks
//! like.

use std::collections::{HashMap, HashSet};

use onepurse_core::{
    Amount, Changes, EventKey, Standing,
    local::{self, Inbound, Overwrite},
};

use crate::{Mapping, Writes};

/// The mappings by asset, with the number that a replica's tables know each by.
pub(crate) type Numbers<'a> = HashMap<&'a str, (i64, &'a Mapping)>;

/// Why a repair was made, as it stands in the event.
pub(crate) const REPAIR: &str = "the bot put back the balance from before an inbound change";
/// Why an event was made by comparing.
pub(crate) const COUNTED: &str = "counted by comparing";
/// Why an event was made of what the bot wrote while a column that capture reads had another name.
pub(crate) const UNREAD: &str = "written while capture could not read the row";

/// A row of the outbox, as far as including it goes.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) n: i64,
    pub(crate) mapping: i64,
    pub(crate) id: String,
    pub(crate) is_opening: bool,
    pub(crate) key: EventKey,
    pub(crate) before: Option<i64>,
    pub(crate) after: Option<i64>,
    pub(crate) at_ms: i64,
    pub(crate) delta: Amount,
}

/// What an answer says is in the ledger, less what was found of it.
pub(crate) struct Named {
    keys: HashSet<EventKey>,
    openings: HashSet<(i64, String)>,
}

impl Named {
    pub(crate) fn of(changes: &Changes, numbers: &Numbers<'_>) -> Self {
        let openings = changes.openings.iter().filter_map(|opening| {
            Some((numbers.get(opening.asset.as_str())?.0, opening.external.as_str().to_owned()))
        });
        Self { keys: changes.own.iter().copied().collect(), openings: openings.collect() }
    }

    /// Everything was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.openings.is_empty()
    }

    /// Whether it names this row; it does not name it again.
    pub(crate) fn take(&mut self, waiting: &Waiting) -> bool {
        if waiting.is_opening {
            self.openings.remove(&(waiting.mapping, waiting.id.clone()))
        } else {
            self.keys.remove(&waiting.key)
        }
    }

    /// Whether it names an event that was not found.
    pub(crate) fn has(&self, key: EventKey) -> bool {
        self.keys.contains(&key)
    }

    /// The keys that were not found.
    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &EventKey> {
        self.keys.iter()
    }

    /// The openings that were not found.
    pub(crate) fn openings(&self) -> impl Iterator<Item = &(i64, String)> {
        self.openings.iter()
    }
}

/// What was included, by mapping and identity; `None` for a sum that is no amount.
pub(crate) type Sums = HashMap<(i64, String), Option<Amount>>;

/// Adds what was included.
pub(crate) fn add(sums: &mut Sums, waiting: &Waiting) {
    let sum = sums.entry((waiting.mapping, waiting.id.clone())).or_insert(Some(Amount::ZERO));
    *sum = sum.and_then(|sum| sum.checked_add(waiting.delta));
}

/// Of whom something was included, and whom an answer does not name that names everyone: nobody has what their rows show.
pub(crate) fn unnamed<'a>(
    changes: &'a Changes,
    numbers: &Numbers<'_>,
    included: &'a Sums,
) -> impl Iterator<Item = (i64, &'a str)> {
    let number = |asset: &str| numbers.get(asset).map(|(number, _)| *number);
    let of = |balance: &'a Standing| Some((number(balance.asset.as_str())?, balance.external.as_str()));
    let named: HashSet<_> = changes.balances.iter().filter_map(of).collect();
    included.keys().map(|(number, id)| (*number, id.as_str())).filter(move |who| !named.contains(who))
}

/// What a captured write, included by now, looks like next to the last inbound change of its row.
pub(crate) fn judge(waiting: &Waiting, inbound: Option<Inbound>) -> Overwrite {
    match (waiting.before, waiting.after, waiting.is_opening) {
        (Some(from), Some(to), false) => {
            local::overwrite(inbound, Amount::new(from), Amount::new(to), waiting.at_ms)
        }
        _ => Overwrite::None,
    }
}

/// What a stale write overwrote, and the event that gives it back.
pub(crate) struct Repair<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) lost: Amount,
    /// The key follows from that of the write: however often the write is judged, also in a database put back from a
    /// backup, it is repaired once.
    pub(crate) nonce: [u8; 8],
    /// The mapping says that its bot writes so.
    pub(crate) is_due: bool,
}

impl<'a> Repair<'a> {
    /// Of a write that put back what was before; `None` where its mapping is not configured any more.
    pub(crate) fn of(waiting: &Waiting, numbers: &Numbers<'a>) -> Option<Self> {
        let (_, mapping) = numbers.values().find(|(number, _)| *number == waiting.mapping)?;
        let lost = Amount::new(waiting.before?).checked_sub(Amount::new(waiting.after?))?;
        let mut nonce = [0; 8];
        nonce.copy_from_slice(&waiting.key.derived(0).0[8..]);
        Some(Self { mapping, lost, nonce, is_due: mapping.writes == Writes::Absolute })
    }
}
