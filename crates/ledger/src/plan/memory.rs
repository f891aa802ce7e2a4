use std::collections::{BTreeMap, HashMap, HashSet};

use onepurse_core::{AssetName, Cursor, Event, Identity, MergePolicy, OverdraftPolicy, PurseId};

use super::{AssetId, Facts, Known, Tally};

/// What a program remembers of a ledger from one batch to the next, so that it need not read it again.
///
/// It is right as long as the ledger is where it was left: whatever changes anything of this leaves an entry, or moves the
/// revision. Whoever uses it compares both in the transaction that writes.
pub(crate) struct Memory {
    left: Left,
    /// Everybody who was in a batch of late, and, as soon as these are too many, who was before.
    recent: People,
    older: People,
    people_max: usize,
}

/// Where the ledger was left, and the little that every batch needs.
#[derive(Default)]
struct Left {
    head: Cursor,
    revision: i64,
    last_purse: i64,
    last_identity: i64,
    assets: HashMap<AssetName, AssetId>,
    overdrafts: HashMap<AssetId, OverdraftPolicy>,
    merges: BTreeMap<AssetName, MergePolicy>,
}

#[derive(Default)]
struct People {
    identities: HashMap<Identity, Known>,
    /// Everything in their purses.
    purses: HashMap<PurseId, Vec<(AssetId, Tally)>>,
}

/// What is remembered of what a batch is about.
pub(crate) struct Recalled<'e> {
    pub(crate) facts: Facts,
    /// Who is not known, by this or at all.
    pub(crate) missing: Vec<&'e Identity>,
}

impl Memory {
    /// Of nothing, and never of more than twice so many people.
    pub(crate) fn of(people_max: usize) -> Self {
        let (recent, older) = (People::default(), People::default());
        Self { left: Left::default(), recent, older, people_max }
    }

    /// Whether the ledger is where it was left. If not, everything is forgotten.
    pub(crate) fn is_right(&mut self, head: Cursor, revision: i64) -> bool {
        let is_right = self.is_of_something() && (self.left.head, self.left.revision) == (head, revision);
        if !is_right {
            *self = Self::of(self.people_max);
        }
        is_right
    }

    /// Whether anything is remembered.
    pub(crate) fn is_of_something(&self) -> bool {
        !self.left.assets.is_empty()
    }

    /// What there is of everybody in the batch. Keys are not remembered.
    pub(crate) fn recall<'e>(&self, events: &'e [Event]) -> Recalled<'e> {
        let Left { head, revision, last_purse, last_identity, assets, overdrafts, merges } = &self.left;
        let mut facts = Facts {
            head: *head,
            revision: *revision,
            last_purse: *last_purse,
            last_identity: *last_identity,
            assets: assets.clone(),
            overdrafts: overdrafts.clone(),
            merges: merges.clone(),
            ..Facts::default()
        };
        let mut missing = HashSet::new();
        for Event { identity, .. } in events {
            if !facts.identities.contains_key(identity) && !self.add(identity, &mut facts) {
                missing.insert(identity);
            }
        }
        Recalled { facts, missing: missing.into_iter().collect() }
    }

    /// The newer of two memories of a purse is the right one.
    fn add(&self, identity: &Identity, facts: &mut Facts) -> bool {
        let known =
            [&self.recent, &self.older].into_iter().find_map(|people| people.identities.get(identity));
        let Some(known) = known else { return false };
        let purse =
            [&self.recent, &self.older].into_iter().find_map(|people| people.purses.get(&known.purse));
        let Some(purse) = purse else { return false };
        facts.balances.extend(purse.iter().map(|(asset, tally)| ((known.purse, *asset), *tally)));
        facts.identities.insert(identity.clone(), known.clone());
        true
    }

    /// Remembers what a transaction has left that was committed, and that began where the ledger was left.
    pub(crate) fn keep(&mut self, after: Facts) {
        if self.recent.identities.len() >= self.people_max {
            self.older = std::mem::take(&mut self.recent);
        }
        let Facts { head, revision, last_purse, last_identity, assets, overdrafts, merges, .. } = after;
        self.left = Left { head, revision, last_purse, last_identity, assets, overdrafts, merges };
        let mut purses: HashMap<PurseId, Vec<(AssetId, Tally)>> = HashMap::new();
        for ((purse, asset), tally) in after.balances {
            purses.entry(purse).or_default().push((asset, tally));
        }
        for known in after.identities.values() {
            purses.entry(known.purse).or_default();
        }
        self.recent.purses.extend(purses);
        self.recent.identities.extend(after.identities);
    }
}
