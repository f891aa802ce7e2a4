//! What a store showed when it was looked at last, and what its bot did since.

use std::collections::{HashMap, HashSet};

use onepurse_core::{Amount, AssetName, ExternalId};

use super::{Did, Shows, Store};

/// What was found by looking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) done: Vec<Did>,
    pub(super) left: Vec<ExternalId>,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.left.is_empty()
    }
}

#[derive(Debug)]
struct Person {
    external: ExternalId,
    /// By asset.
    shows: Vec<Option<Amount>>,
    /// Something is on its way to them, and the bot has done nothing to them meanwhile.
    is_arriving: bool,
}

/// Everybody as the store showed them last.
pub(super) struct Books<S: Store> {
    assets: Vec<AssetName>,
    people: HashMap<S::Id, Person>,
    ids: HashMap<ExternalId, S::Id>,
    /// Whose balance cannot be followed; said once.
    strange: HashSet<S::Id>,
}

impl<S: Store> Books<S> {
    pub(super) fn new(assets: &[AssetName]) -> Self {
        let (people, ids, strange) = (HashMap::new(), HashMap::new(), HashSet::new());
        Self { assets: assets.to_vec(), people, ids, strange }
    }

    /// For the same assets, of nobody.
    pub(super) fn anew(&self) -> Self {
        Self::new(&self.assets)
    }

    /// Looks at everybody.
    pub(super) fn look_at_all(&mut self, store: &S) -> Found {
        let mut found = Found::default();
        let mut there = 0;
        for id in store.ids() {
            self.look(store, &id, &mut found);
            there += usize::from(self.people.contains_key(&id));
        }
        if there < self.people.len() {
            let known: Vec<_> = self.people.keys().cloned().collect();
            for id in known {
                self.look(store, &id, &mut found);
            }
        }
        found
    }

    /// Looks at some.
    pub(super) fn look_at<'a>(&mut self, store: &S, ids: impl IntoIterator<Item = &'a S::Id>) -> Found {
        let mut found = Found::default();
        for id in ids {
            self.look(store, id, &mut found);
        }
        found
    }

    fn look(&mut self, store: &S, id: &S::Id, found: &mut Found) {
        if !self.people.contains_key(id) && !self.meets(store, id) {
            return;
        }
        let Some(person) = self.people.get_mut(id) else { return };
        let mut is_there = false;
        for (asset, shows) in self.assets.iter().zip(&mut person.shows) {
            let Some(now) = store.shown(id, asset.as_str()).map(Amount::new) else { continue };
            is_there = true;
            if *shows == Some(now) {
                continue;
            }
            let Some(delta) = now.checked_sub(shows.unwrap_or_default()) else {
                if self.strange.insert(id.clone()) {
                    tracing::warn!(%id, %asset, %now, "a change is too large to be counted");
                }
                continue;
            };
            *shows = Some(now);
            person.is_arriving = false;
            let now = Shows { asset: asset.clone(), external: person.external.clone(), value: now };
            found.done.push(Did { now, delta });
        }
        if !is_there && let Some(person) = self.people.remove(id) {
            self.ids.remove(&person.external);
            found.left.push(person.external);
        }
    }

    /// Whether somebody new has a balance, and can be told from everybody else.
    fn meets(&mut self, store: &S, id: &S::Id) -> bool {
        if self.assets.iter().all(|asset| store.shown(id, asset.as_str()).is_none()) {
            return false;
        }
        let external = id.to_string().parse::<ExternalId>().ok();
        let Some(external) = external.filter(|external| !self.ids.contains_key(external)) else {
            if self.strange.insert(id.clone()) {
                tracing::warn!(%id, "an id that is empty, or somebody else's too, is not followed");
            }
            return false;
        };
        self.ids.insert(external.clone(), id.clone());
        let shows = vec![None; self.assets.len()];
        self.people.insert(id.clone(), Person { external, shows, is_arriving: false });
        true
    }

    /// Who this is in the store.
    pub(super) fn id_of(&self, external: &ExternalId) -> Option<&S::Id> {
        self.ids.get(external)
    }

    /// What the store showed of somebody.
    pub(super) fn shows(&self, id: &S::Id, asset: &AssetName) -> Option<Amount> {
        let at = self.assets.iter().position(|one| one == asset)?;
        self.people.get(id)?.shows[at]
    }

    /// The store was made to show this.
    pub(super) fn showed(&mut self, id: &S::Id, asset: &AssetName, value: Amount) {
        let at = self.assets.iter().position(|one| one == asset);
        if let (Some(person), Some(at)) = (self.people.get_mut(id), at) {
            person.shows[at] = Some(value);
        }
    }

    /// Something is on its way to them.
    pub(super) fn expect(&mut self, id: &S::Id) {
        if let Some(person) = self.people.get_mut(id) {
            person.is_arriving = true;
        }
    }

    /// Whether the bot has done nothing to them since.
    pub(super) fn is_arriving(&self, id: &S::Id) -> bool {
        self.people.get(id).is_some_and(|person| person.is_arriving)
    }
}
