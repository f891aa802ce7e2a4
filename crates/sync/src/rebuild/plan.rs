//! What the ledger was, as far as those who have heard of it agree. Pure.

use std::collections::{BTreeMap, BTreeSet};

use onepurse_core::{Amount, AssetName, Event, EventKind, Identity, PurseId};
use onepurse_ledger::{Remembered, Reversed};
use onepurse_replica::{Known, OutboxRow};
use thiserror::Error;

use super::Witness;

/// What a ledger is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The purses, with what was in them before the events.
    pub purses: Vec<Remembered>,
    /// Events that were in the lost ledger and are kept by the platforms, in the order in which they were captured. With
    /// them, each purse has what it was last known to have.
    pub events: Vec<Event>,
    /// What had been undone, and must not be undone once more.
    pub reversals: Vec<Reversed>,
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
    /// What those others have still to send, which may be in what was taken for true already.
    pub pending: i128,
}

/// What somebody had before the changes that are kept is no amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{identity} had {balance} {asset}, and the changes of it that are kept come to {since}: what was there before is no amount"
)]
pub struct Beyond {
    /// Whose.
    pub identity: Identity,
    /// Of what.
    pub asset: AssetName,
    /// What was last heard.
    pub balance: Amount,
    /// What is kept.
    pub since: i128,
}

/// Someone of whom a platform knows.
struct Person<'a> {
    identity: Identity,
    witness: &'a Witness,
    purse: Option<PurseId>,
    known: BTreeMap<&'a AssetName, &'a Known>,
}

/// Everything that is known to have moved balances: of whom, of what, by how much.
#[derive(Default)]
struct Moved(BTreeMap<(Identity, AssetName), i128>);

impl Moved {
    fn add(&mut self, identity: &Identity, asset: &AssetName, delta: Amount) {
        *self.0.entry((identity.clone(), asset.clone())).or_default() += i128::from(delta.units());
    }

    fn of(&self, people: &[Person], asset: &AssetName) -> i128 {
        let of = |person: &Person| self.0.get(&(person.identity.clone(), asset.clone())).copied();
        people.iter().filter_map(of).sum()
    }
}

/// Puts together what the witnesses say.
pub fn plan(witnesses: &[Witness]) -> Result<Plan, Beyond> {
    let (mut plan, mut moved) = (Plan::default(), Moved::default());
    for event in witnesses.iter().flat_map(Witness::entered) {
        moved.add(&event.identity, &event.asset, event.delta);
        plan.events.push(event);
    }
    for reversal in witnesses.iter().flat_map(Witness::reversed) {
        moved.add(&reversal.identity, &reversal.asset, reversal.delta);
        plan.reversals.push(reversal);
    }
    let coming = coming(witnesses);
    for people in purses(witnesses) {
        let opened = people.iter().flat_map(opened).filter(|opened| !coming.contains(opened)).collect();
        let mut purse = Remembered {
            identities: people.iter().map(|person| person.identity.clone()).collect(),
            balances: BTreeMap::new(),
            opened,
        };
        let assets: BTreeSet<_> = people.iter().flat_map(|person| person.known.keys().copied()).collect();
        for asset in assets {
            let (balance, doubt) = last_heard(&people, asset);
            for event in doubt.iter().flat_map(|doubt| heard_elsewhere(&people, asset, balance, doubt)) {
                moved.add(&event.identity, &event.asset, event.delta);
                plan.events.push(event);
            }
            let since = moved.of(&people, asset);
            let beyond =
                || Beyond { identity: purse.identities[0].clone(), asset: asset.clone(), balance, since };
            purse.balances.insert(asset.clone(), before(balance, since).ok_or_else(beyond)?);
            plan.doubts.extend(doubt);
        }
        plan.purses.push(purse);
    }
    plan.events.sort_by_key(|event| (event.captured_ms, event.key));
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
    let is_other = |person: &&Person| others.iter().any(|(who, _)| *who == person.identity);
    let pending = people.iter().filter(is_other).flat_map(|person| person.pending(asset));
    let pending = pending.map(|event| i128::from(event.delta.units())).sum();
    let doubt = Differs { asset: asset.clone(), taken: (who, balance), others, pending };
    (balance, (!doubt.others.is_empty()).then_some(doubt))
}

/// Events of one who had heard less which the lost ledger had, though their own platform had not heard that: the first of
/// those that wait there, if they make just the difference to what another platform had heard.
fn heard_elsewhere(people: &[Person], asset: &AssetName, balance: Amount, doubt: &Differs) -> Vec<Event> {
    for (who, stored) in &doubt.others {
        let Some(person) = people.iter().find(|person| person.identity == *who && !person.witness.resync)
        else {
            continue;
        };
        let missing = i128::from(balance.units()) - i128::from(stored.units());
        let (mut sum, mut first) = (0, vec![]);
        for event in person.pending(asset) {
            sum += i128::from(event.delta.units());
            first.push(event);
            if sum == missing {
                return first;
            }
        }
    }
    vec![]
}

/// What was there before what was entered since.
fn before(balance: Amount, since: i128) -> Option<Amount> {
    i64::try_from(i128::from(balance.units()) - since).ok().map(Amount::new)
}

impl Person<'_> {
    /// Their changes that are to be sent, in the order of capture.
    fn pending<'a>(&'a self, asset: &'a AssetName) -> impl Iterator<Item = Event> + 'a {
        let rows = self.witness.testimony.pending.iter();
        let theirs = rows.filter(move |row| {
            row.kind != EventKind::Opening && row.external == self.identity.external && row.asset == *asset
        });
        theirs.map(|row| row.clone().into_event(self.witness.platform(), self.witness.ledger))
    }
}

#[cfg(test)]
mod tests;
