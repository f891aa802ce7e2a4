//! Coins that move by somebody's word: what an order may write, and what undoes it.

use std::collections::{BTreeMap, HashMap};

use onepurse_core::{Amount, AssetName, Entry, EntryKind, Identity, Movement, Order};

use super::{
    Books, Checked, Key, Violation, Wishes,
    captured::whose,
    wishes::{Asked, length},
};

/// An entry that can be undone.
#[derive(Debug, Clone)]
struct Undoable {
    key: Key,
    purse: i64,
    /// Nobody any more, of who was forgotten.
    who: Option<(String, String)>,
    asset: AssetName,
    delta: i64,
}

/// What can be undone, and by which keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    entries: BTreeMap<i64, Undoable>,
    /// The entry that an entry of this key undoes.
    by: HashMap<Key, i64>,
    /// The second entry of a transfer, by its first.
    together: BTreeMap<i64, i64>,
}

impl Done {
    /// This entry is in the log.
    pub(super) fn note(&mut self, entry: &Entry) {
        if !entry.kind.is_reversible() {
            return;
        }
        let undoable = Undoable {
            key: entry.key.0,
            purse: entry.purse.0,
            who: Some(whose(entry)),
            asset: entry.asset.clone(),
            delta: entry.delta.units(),
        };
        self.by.insert(entry.key.reversal().0, entry.seq);
        self.entries.insert(entry.seq, undoable);
    }

    /// What they did cannot be undone any more.
    pub(super) fn forget(&mut self, who: &(String, String)) {
        let theirs = self.entries.values_mut().filter(|undoable| undoable.who.as_ref() == Some(who));
        theirs.for_each(|undoable| undoable.who = None);
    }

    /// The entries of the transaction that this one belongs to.
    fn transaction(&self, seq: i64) -> (i64, i64) {
        let near = self.together.range(..=seq).next_back();
        near.map(|(first, last)| (*first, *last)).filter(|(_, last)| *last >= seq).unwrap_or((seq, seq))
    }
}

impl Books {
    /// An order's entries are what was asked for, whole, and whoever spends has it; how many there are.
    pub(super) fn ordered(&mut self, entries: &[Entry], wishes: &Wishes) -> Checked<usize> {
        let first = &entries[0];
        let (key, order) = wishes.find(first, |asked| match asked {
            Asked::Order(order) if fits(order, first) => Some(order),
            _ => None,
        })?;
        let sides = sides(&order.movement);
        let made = &entries[..length(entries, key)];
        let is_made = made.len() == sides.len()
            && made.iter().zip(&sides).all(|(entry, side)| {
                let (who, asset, delta) = side;
                entry.kind == first.kind
                    && entry.identity == **who
                    && entry.asset == **asset
                    && entry.delta == *delta
                    && (&entry.actor, &entry.reason) == (&order.actor, &order.reason)
            });
        if !is_made {
            return Err(Violation::new(2, format!("of {order:?} came {made:?}")));
        }
        if matches!(first.kind, EntryKind::Spend | EntryKind::Transfer) && first.balance < Amount::ZERO {
            let what = format!("entry {} lets {} spend what is not there", first.seq, first.identity);
            return Err(Violation::new(3, what));
        }
        for entry in made {
            self.settle(entry)?;
        }
        if let [giving, taking] = made {
            if giving.purse == taking.purse {
                return Err(Violation::new(3, format!("entry {} stays in its purse", giving.seq)));
            }
            self.mirror.done.together.insert(giving.seq, taking.seq);
        }
        Ok(made.len())
    }

    /// A reversal undoes a whole transaction, where its coins are now, and somebody asked for it; how many entries it has.
    pub(super) fn undone(&mut self, entries: &[Entry], wishes: &Wishes) -> Checked<usize> {
        let first = &entries[0];
        let done = &self.mirror.done;
        let Some(&seq) = done.by.get(&first.key.0) else {
            return Err(Violation::new(2, format!("entry {} undoes nothing that there is", first.seq)));
        };
        let (from, to) = done.transaction(seq);
        if !wishes.is_reversed(from, to) {
            return Err(Violation::new(
                2,
                format!("entry {} undoes {seq}, and nobody asked for it", first.seq),
            ));
        }
        let undoable: Vec<_> = done.entries.range(from..=to).map(|(_, undoable)| undoable).collect();
        let undoes = |(entry, undoable): (&Entry, &&Undoable)| {
            entry.kind == EntryKind::Reversal
                && entry.key == onepurse_core::EventKey(undoable.key).reversal()
                && Some(whose(entry)) == undoable.who
                && entry.asset == undoable.asset
                && i128::from(entry.delta.units()) == -i128::from(undoable.delta)
                && entry.purse.0 == self.now_of(undoable.purse)
                && !self.mirror.nobodys.contains(&entry.purse.0)
        };
        if entries.len() < undoable.len() || !entries.iter().zip(&undoable).all(undoes) {
            let what = format!("entry {} undoes {undoable:?} by {entries:?}", first.seq);
            return Err(Violation::new(3, what));
        }
        Ok(undoable.len())
    }

    /// The purse that a purse's coins are in now.
    fn now_of(&self, mut purse: i64) -> i64 {
        while let Some(into) = self.mirror.merged.get(&purse) {
            purse = *into;
        }
        purse
    }
}

/// It can begin with this entry.
fn fits(order: &Order, first: &Entry) -> bool {
    let is_side = |side: &(&Identity, &AssetName, Amount)| first.identity == *side.0 && side.2 == first.delta;
    order.movement.as_str() == first.kind.as_str()
        && (&order.actor, &order.reason) == (&first.actor, &first.reason)
        && sides(&order.movement).first().is_some_and(is_side)
}

/// Whose coins move, of what, and by how much.
fn sides(movement: &Movement) -> Vec<(&Identity, &AssetName, Amount)> {
    match movement {
        Movement::Earn { to, asset, quantity } => vec![(to, asset, quantity.amount())],
        Movement::Spend { from, asset, quantity } => vec![(from, asset, quantity.negated())],
        Movement::Transfer { from, to, asset, quantity } => {
            vec![(from, asset, quantity.negated()), (to, asset, quantity.amount())]
        }
        Movement::Adjust { identity, asset, delta } => vec![(identity, asset, *delta)],
        Movement::Reverse { .. } => vec![],
    }
}
