//! What the ledger was, as far as those who have heard of it agree. Pure.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{Amount, AssetName, Event, EventKind, Identity, PurseId, Rejection};
use onepurse_ledger::Remembered;
use onepurse_replica::{Known, OutboxRow};

use super::Witness;

/// What a ledger is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The purses, with what was in them before the events.
    pub purses: Vec<Remembered>,
    /// Events that were in the lost ledger and are kept by the platforms, in the order in which they were captured. With
    /// them, each purse has what it was last known to have.
    pub events: Vec<Event>,
    /// Purses of which the platforms do not say the same.
    pub doubts: Vec<Differs>,
}

/// Of one purse, platforms have heard different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// Of what.
    pub asset: AssetName,
    /// What was taken for true: whose platform had heard of more entries.
    pub taken: (Identity, Amount),
    /// What others had heard.
    pub others: Vec<(Identity, Amount)>,
}

/// Someone of whom a platform knows.
struct Person<'a> {
    identity: Identity,
    witness: &'a Witness,
    purse: Option<PurseId>,
    known: BTreeMap<&'a AssetName, &'a Known>,
}

/// Puts together what the witnesses say. [`Rejection::WouldOverflow`] where what a purse had before the events is no amount.
pub fn plan(witnesses: &[Witness]) -> Result<Plan, Rejection> {
    let mut plan = Plan::default();
    let mut entered: BTreeMap<(Identity, AssetName), i128> = BTreeMap::new();
    for event in witnesses.iter().flat_map(Witness::entered) {
        *entered.entry((event.identity.clone(), event.asset.clone())).or_default() +=
            i128::from(event.delta.units());
        plan.events.push(event);
    }
    plan.events.sort_by_key(|event| (event.captured_ms, event.key));
    let coming = coming(witnesses);
    for people in purses(witnesses) {
        let mut purse = Remembered {
            identities: people.iter().map(|person| person.identity.clone()).collect(),
            balances: BTreeMap::new(),
            opened: people.iter().flat_map(opened).filter(|opened| !coming.contains(opened)).collect(),
        };
        let assets: BTreeSet<_> = people.iter().flat_map(|person| person.known.keys().copied()).collect();
        for asset in assets {
            let (balance, doubt) = last_heard(&people, asset);
            plan.doubts.extend(doubt);
            let of = |identity: &Identity| entered.get(&(identity.clone(), asset.clone())).copied();
            let since: i128 = purse.identities.iter().filter_map(of).sum();
            purse.balances.insert(asset.clone(), before(asset, balance, since)?);
        }
        plan.purses.push(purse);
    }
    Ok(plan)
}

/// Everyone, by whom they share a purse with.
fn purses(witnesses: &[Witness]) -> Vec<Vec<Person<'_>>> {
    let (mut shared, mut own): (BTreeMap<PurseId, Vec<Person>>, Vec<_>) = (BTreeMap::new(), vec![]);
    for person in witnesses.iter().flat_map(everyone) {
        let there = person.purse.map(|purse| shared.entry(purse).or_default());
        let platform = &person.identity.platform;
        match there.filter(|there| there.iter().all(|other| other.identity.platform != *platform)) {
            Some(there) => there.push(person),
            None => own.push(vec![person]),
        }
    }
    shared.into_values().chain(own).collect()
}

fn everyone(witness: &Witness) -> Vec<Person<'_>> {
    let mut people: BTreeMap<_, Person> = BTreeMap::new();
    for known in &witness.testimony.people {
        let identity = Identity::new(witness.platform().clone(), known.external.clone());
        let person = people.entry(&known.external).or_insert_with(|| Person {
            identity,
            witness,
            purse: None,
            known: BTreeMap::new(),
        });
        person.purse = person.purse.or(known.purse);
        person.known.insert(&known.asset, known);
    }
    people.into_values().collect()
}

fn opened(person: &Person) -> Vec<(Identity, AssetName)> {
    let known = person.known.values().filter(|known| known.opened);
    known.map(|known| (person.identity.clone(), known.asset.clone())).collect()
}

/// Openings that are still on their way count when they come.
fn coming(witnesses: &[Witness]) -> BTreeSet<(Identity, AssetName)> {
    let of = |witness: &Witness| {
        let openings = witness.testimony.pending.iter().filter(|row| row.kind == EventKind::Opening);
        let one = |row: &OutboxRow| {
            (Identity::new(witness.platform().clone(), row.external.clone()), row.asset.clone())
        };
        openings.map(one).collect::<Vec<_>>()
    };
    witnesses.iter().flat_map(of).collect()
}

/// What was in a purse by the word of who had heard of most; and what others say, if it is not the same.
fn last_heard(people: &[Person], asset: &AssetName) -> (Amount, Option<Differs>) {
    let says = |person: &Person| {
        let stored = person.known.get(asset)?.stored;
        Some(((!person.witness.resync, person.witness.seq), person.identity.clone(), stored))
    };
    let mut said: Vec<_> = people.iter().filter_map(says).collect();
    said.sort();
    let Some((_, who, balance)) = said.pop() else { return (Amount::ZERO, None) };
    let others = said.into_iter().filter(|(.., stored)| *stored != balance);
    let others: Vec<_> = others.map(|(_, who, stored)| (who, stored)).collect();
    let doubt = Differs { asset: asset.clone(), taken: (who, balance), others };
    (balance, (!doubt.others.is_empty()).then_some(doubt))
}

/// What was there before what was entered since.
fn before(asset: &AssetName, balance: Amount, since: i128) -> Result<Amount, Rejection> {
    let before = i64::try_from(i128::from(balance.units()) - since).map(Amount::new);
    let since = i64::try_from(since).unwrap_or(i64::MAX);
    let overflow = |_| Rejection::WouldOverflow { asset: asset.clone(), balance, delta: Amount::new(since) };
    before.map_err(overflow)
}

#[cfg(test)]
mod tests;
