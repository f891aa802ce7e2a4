use std::collections::{HashMap, hash_map::Entry};

use foldhash::fast::RandomState;
use onepurse_core::{Amount, Identity, PurseId};

use super::{AssetId, Known};

/// A map that is asked some times for every event.
pub(crate) type QuickMap<K, V> = HashMap<K, V, RandomState>;

/// What a purse has of an asset, and the number of the entry since which it has that; 0 where there is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) amount: Amount,
    pub(crate) last_seq: i64,
}

/// People, and everything in their purses. What is not named of a purse was never there.
#[derive(Default)]
pub(crate) struct People {
    identities: QuickMap<Identity, Known>,
    /// A purse has a few assets at most.
    purses: QuickMap<PurseId, Vec<(AssetId, Tally)>>,
}

impl People {
    /// Who this is, if they were ever seen.
    pub(crate) fn known(&self, identity: &Identity) -> Option<&Known> {
        self.identities.get(identity)
    }

    /// Notes somebody, or whose purse is theirs now.
    pub(crate) fn note(&mut self, known: Known) {
        self.purses.entry(known.purse).or_default();
        self.identities.insert(known.identity.clone(), known);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Known> {
        self.identities.values()
    }

    pub(crate) fn count(&self) -> usize {
        self.identities.len()
    }

    /// What a purse has of an asset, if it ever had any.
    pub(crate) fn tally(&self, purse: PurseId, asset: AssetId) -> Option<Tally> {
        self.in_purse(purse).iter().find(|(of, _)| *of == asset).map(|(_, tally)| *tally)
    }

    pub(crate) fn in_purse(&self, purse: PurseId) -> &[(AssetId, Tally)] {
        self.purses.get(&purse).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn set(&mut self, purse: PurseId, asset: AssetId, tally: Tally) {
        let all = self.purses.entry(purse).or_default();
        if let Some((_, kept)) = all.iter_mut().find(|(of, _)| *of == asset) {
            *kept = tally;
        } else {
            all.reserve_exact(1);
            all.push((asset, tally));
        }
    }

    /// Takes somebody over from `older`, with what is in their purse unless that is newer here.
    pub(super) fn take_over(&mut self, identity: &Identity, older: &mut Self) -> bool {
        let Some(known) = older.identities.remove(identity) else { return false };
        if let Entry::Vacant(there) = self.purses.entry(known.purse) {
            let Some(purse) = older.purses.remove(&known.purse) else { return false };
            there.insert(purse);
        }
        self.note(known);
        true
    }

    /// Adds others who were read of the same ledger at the same time.
    pub(super) fn extend(&mut self, others: Self) {
        self.identities.extend(others.identities);
        self.purses.extend(others.purses);
    }
}
