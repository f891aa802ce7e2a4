use std::collections::{BTreeMap, BTreeSet, HashMap};

use onepurse_core::{
    Amount, AssetName, Event, EventKey, EventKind, Identity, LedgerId, PurseId, Random, Rejection,
    intake::{self, ForeignPurse, LeftOut, Seen, Taken, There},
};

use super::{AssetId, Facts, Flaw, Known, Plan, append::Batch, joining::Joining, writing::Writing};
use crate::{Came, Link, Outcome, Purses};

/// The openings that purses from elsewhere may make: of nothing, one for each identity and asset. Facts are read of them.
pub(crate) fn events(ledger: LedgerId, purses: &Purses, now_ms: i64) -> Vec<Event> {
    let of = |purse: &'_ ForeignPurse| {
        let each = |identity: &Identity, asset: &AssetName| Event {
            key: EventKey::opening(ledger, identity, asset),
            identity: identity.clone(),
            asset: asset.clone(),
            delta: Amount::ZERO,
            kind: EventKind::Opening,
            captured_ms: now_ms,
            reason: purses.reason.clone(),
        };
        let all = |identity| purse.balances.keys().map(move |asset| each(identity, asset));
        purse.identities.iter().flat_map(all).collect::<Vec<_>>()
    };
    purses.purses.iter().flat_map(of).collect()
}

/// Takes the purses over, in their order. What one of them changes, the next one sees.
pub(crate) fn intake(
    mut facts: Facts,
    purses: &Purses,
    events: &[Event],
    now_ms: i64,
    random: &dyn Random,
) -> Result<(Vec<Came>, Plan), Flaw> {
    if purses.rehearsal {
        count_all(&mut facts, events);
    }
    let mut members: HashMap<PurseId, Vec<Identity>> = HashMap::new();
    for known in facts.people.all() {
        members.entry(known.purse).or_default().push(known.identity.clone());
    }
    let mut rest = events;
    let mut taking =
        Taking { batch: Batch { writing: Writing::begin(facts, now_ms), random }, members, purses };
    let mut came = Vec::new();
    for foreign in &purses.purses {
        let (openings, others) = rest.split_at(foreign.identities.len() * foreign.balances.len());
        came.push(taking.take(foreign, openings)?);
        rest = others;
    }
    Ok((came, taking.batch.writing.finish()))
}

/// In a rehearsal, what is not counted yet is counted: it will be when it is done in earnest.
fn count_all(facts: &mut Facts, events: &[Event]) {
    for asset in events.iter().map(|event| &event.asset).collect::<BTreeSet<_>>() {
        let next = facts.assets.values().max().copied().unwrap_or_default().saturating_add(1);
        facts.assets.entry(asset.clone()).or_insert(next);
    }
}

struct Taking<'a> {
    batch: Batch<'a>,
    /// Everyone in the purses that somebody who comes has, or had.
    members: HashMap<PurseId, Vec<Identity>>,
    purses: &'a Purses,
}

impl Taking<'_> {
    /// Nothing is planned before the rules have said yes.
    fn take(&mut self, foreign: &ForeignPurse, openings: &[Event]) -> Result<Came, Flaw> {
        let (purse, taken) = match self.rules(foreign, openings) {
            Ok(allowed) => allowed,
            Err(left_out) => return Ok(Came::LeftOut(left_out)),
        };
        if taken.is_empty() {
            return Ok(Came::Known);
        }
        if purse.is_none() {
            self.found(foreign);
            self.open(openings, taken)?;
            return Ok(Came::New);
        }
        let (known, new): (Vec<_>, Vec<_>) =
            foreign.identities.iter().partition(|identity| self.known(identity).is_some());
        self.open(openings, taken)?;
        if let Some(stays) = known.first() {
            new.into_iter().try_for_each(|joins| self.join(stays, joins, openings))?;
        }
        Ok(Came::Joined)
    }

    /// Nobody was ever seen: they come into one purse from the beginning, and need no link.
    fn found(&mut self, foreign: &ForeignPurse) {
        let purse = self.batch.writing.new_purse();
        for identity in &foreign.identities {
            self.batch.welcome_into(purse, identity);
        }
        self.members.insert(purse, foreign.identities.clone());
    }

    fn known(&self, identity: &Identity) -> Option<&Known> {
        self.batch.writing.facts.people.known(identity)
    }

    fn rules(
        &self,
        foreign: &ForeignPurse,
        openings: &[Event],
    ) -> Result<(Option<PurseId>, Vec<Taken>), LeftOut> {
        let facts = &self.batch.writing.facts;
        for event in openings {
            let is_counted = facts.assets.contains_key(&event.asset);
            let unknown = || Rejection::UnknownAsset(event.asset.clone());
            is_counted.then_some(()).ok_or_else(unknown)?;
            facts.waiting.get(&event.key).map_or(Ok(()), |rejection| Err(rejection.clone()))?;
        }
        let seen = |identity: &Identity| Some((identity.clone(), self.seen(self.known(identity)?)));
        let seen: BTreeMap<_, _> = foreign.identities.iter().filter_map(seen).collect();
        let purse = intake::known_purse(foreign, &seen)?;
        let there = purse.map(|purse| self.there(purse)).unwrap_or_default();
        Ok((purse, intake::take_over(foreign, &seen, &there)?))
    }

    fn seen(&self, known: &Known) -> Seen {
        let facts = &self.batch.writing.facts;
        let is_opened =
            |(_, asset): &(&AssetName, &AssetId)| facts.openings.contains_key(&(known.id, **asset));
        let opened = facts.assets.iter().filter(is_opened).map(|(name, _)| name.clone()).collect();
        Seen { purse: known.purse, opened }
    }

    fn there(&self, purse: PurseId) -> There {
        let facts = &self.batch.writing.facts;
        let balance = |(name, asset): (&AssetName, &AssetId)| {
            facts.people.tally(purse, *asset).map(|tally| (name.clone(), tally.amount))
        };
        let identities = self.members.get(&purse).cloned().unwrap_or_default();
        There { identities, balances: facts.assets.iter().filter_map(balance).collect() }
    }

    /// Who is new among known ones gets a purse of their own first.
    fn open(&mut self, openings: &[Event], taken: Vec<Taken>) -> Result<(), Flaw> {
        for Taken { identity, asset, amount } in taken {
            let of = |event: &&Event| event.identity == identity && event.asset == asset;
            let opening = openings.iter().find(of).cloned();
            let opening = opening.map(|opening| Event { delta: amount, ..opening });
            match opening.map(|opening| self.batch.take(&opening)) {
                Some(Outcome::Entered { .. }) => {}
                other => return Err(Flaw::Damaged(format!("{identity} cannot be opened: {other:?}"))),
            }
        }
        Ok(())
    }

    /// Who is new joins, with nothing: an entry in both purses, as after any link.
    fn join(&mut self, stays: &Identity, joins: &Identity, openings: &[Event]) -> Result<(), Flaw> {
        let gone = || Flaw::Damaged(format!("{stays} or {joins} is not there"));
        let into = self.known(stays).ok_or_else(gone)?.purse;
        let mut joining = self.known(joins).cloned().ok_or_else(gone)?;
        let first = openings.iter().find(|event| event.identity == *joins).ok_or_else(gone)?;
        let link = Link {
            key: EventKey::opened(joining.tag, &first.asset),
            stays: stays.clone(),
            joins: joins.clone(),
            actor: self.purses.actor.clone(),
            reason: self.purses.reason.clone(),
        };
        let mut entries = Joining::of(&link, &mut self.batch.writing);
        entries.touch(into, &joining)?;
        entries.touch(joining.purse, &joining)?;

        joining.purse = into;
        let Writing { facts, plan, .. } = &mut self.batch.writing;
        let newcomer = plan.newcomers.iter_mut().rfind(|newcomer| newcomer.known.id == joining.id);
        newcomer.ok_or_else(gone)?.known.purse = into;
        facts.people.note(joining);
        self.members.entry(into).or_default().push(joins.clone());
        Ok(())
    }
}
