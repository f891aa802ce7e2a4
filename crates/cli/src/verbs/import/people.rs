//! From what a file says of people to purses: pure.

use std::collections::{BTreeMap, HashMap};

use onepurse_core::{Amount, Asset, AssetName, Identity, intake::ForeignPurse};

use super::rows::{self, Skip};

/// What a file says of one person, as texts. What it does not say of an asset is not taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// Where, counted from 1: the line that begins it, or which user.
    pub(super) row: u64,
    /// `telegram:456`, as often as the file says it.
    pub(super) identities: Vec<String>,
    /// Asset and amount.
    pub(super) amounts: Vec<(String, String)>,
    /// What cannot be read of it.
    pub(super) unreadable: Option<String>,
}

/// Why a person is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    NotReadable(String),
    NoIdentity,
    NotAnIdentity(String),
    PlatformTwice(Identity, Identity),
    Twice { identity: Identity, other: u64 },
    NoAmount,
    AmountTwice(AssetName),
    UnknownAsset(String),
    Amount(Skip),
}

impl Fault {
    /// The name for programs.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "NotReadable",
            Self::NoIdentity => "NoIdentity",
            Self::NotAnIdentity(_) => "NotAnIdentity",
            Self::PlatformTwice(..) => "PlatformTwice",
            Self::Twice { .. } => "Twice",
            Self::NoAmount => "NoAmount",
            Self::AmountTwice(_) => "AmountTwice",
            Self::UnknownAsset(_) => "UnknownAsset",
            Self::Amount(skip) => skip.name(),
        }
    }
}

/// People who are purses, and people who cannot be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    pub(super) purses: Vec<(u64, ForeignPurse)>,
    pub(super) skipped: Vec<(u64, Vec<Identity>, Fault)>,
}

/// Makes purses of people; `assets` are what is counted. People who share an identity are all left out: which of them is
/// right is not ours to say.
pub(super) fn sort_out(people: &[Person], assets: &[Asset]) -> Sorted {
    let known: Vec<_> = people.iter().map(identities).collect();
    let mut rows_of: HashMap<&Identity, Vec<u64>> = HashMap::new();
    for (person, identities) in people.iter().zip(&known) {
        for identity in identities.iter().flatten() {
            rows_of.entry(identity).or_default().push(person.row);
        }
    }
    let twice = |row: u64, identity: &Identity| {
        let other = rows_of.get(identity)?.iter().copied().find(|other| *other != row)?;
        Some(Fault::Twice { identity: identity.clone(), other })
    };
    let mut sorted = Sorted::default();
    for (person, identities) in people.iter().zip(&known) {
        let purse = identities.as_ref().map_err(Fault::clone).and_then(|identities| {
            identities.iter().find_map(|identity| twice(person.row, identity)).map_or(Ok(()), Err)?;
            Ok(ForeignPurse { identities: identities.clone(), balances: balances(person, assets)? })
        });
        match purse {
            Ok(purse) => sorted.purses.push((person.row, purse)),
            Err(fault) => {
                sorted.skipped.push((person.row, identities.clone().unwrap_or_default(), fault));
            }
        }
    }
    sorted
}

/// Who it is: at least one identity, at most one a platform.
fn identities(person: &Person) -> Result<Vec<Identity>, Fault> {
    if let Some(what) = &person.unreadable {
        return Err(Fault::NotReadable(what.clone()));
    }
    let mut identities: Vec<Identity> = Vec::new();
    for text in &person.identities {
        let identity = identity(text).ok_or_else(|| Fault::NotAnIdentity(text.clone()))?;
        match identities.iter().find(|one| one.platform == identity.platform) {
            Some(one) if *one == identity => {}
            Some(one) => return Err(Fault::PlatformTwice(one.clone(), identity)),
            None => identities.push(identity),
        }
    }
    if identities.is_empty() { Err(Fault::NoIdentity) } else { Ok(identities) }
}

/// Blanks around an id are no part of it, as in a table.
fn identity(text: &str) -> Option<Identity> {
    let (platform, id) = text.split_once(':')?;
    Some(Identity::new(platform.trim().parse().ok()?, id.trim().parse().ok()?))
}

/// What is in it, of at least one asset, each named once.
fn balances(person: &Person, assets: &[Asset]) -> Result<BTreeMap<AssetName, Amount>, Fault> {
    let mut balances = BTreeMap::new();
    for (name, value) in &person.amounts {
        let name = name.trim();
        let asset = assets.iter().find(|asset| asset.name.as_str() == name);
        let asset = asset.ok_or_else(|| Fault::UnknownAsset(name.to_owned()))?;
        let amount = rows::amount(name, value, asset.scale).map_err(Fault::Amount)?;
        if balances.insert(asset.name.clone(), amount).is_some() {
            return Err(Fault::AmountTwice(asset.name.clone()));
        }
    }
    if balances.is_empty() { Err(Fault::NoAmount) } else { Ok(balances) }
}

#[cfg(test)]
mod tests {
    use onepurse_core::Scale;

    use super::*;

    fn person(row: u64, identities: &[&str], amounts: &[(&str, &str)]) -> Person {
        let identities = identities.iter().map(ToString::to_string).collect();
        let amounts = amounts.iter().map(|(asset, amount)| ((*asset).to_owned(), (*amount).to_owned()));
        Person { row, identities, amounts: amounts.collect(), unreadable: None }
    }

    fn sorted(people: &[Person]) -> Sorted {
        let coins = Asset::new("coins".parse().unwrap(), Scale::new(2).unwrap());
        sort_out(people, &[coins, Asset::new("xp".parse().unwrap(), Scale::WHOLE)])
    }

    #[test]
    fn a_person_is_a_purse() {
        let given = person(7, &["telegram:456", " discord: 123\t", "telegram:456"], &[("coins", "1.50")]);
        let Sorted { purses, skipped } = sorted(&[given]);
        assert_eq!(skipped, []);
        let identities = ["telegram:456", "discord:123"].map(|identity| identity.parse().unwrap()).to_vec();
        let balances = BTreeMap::from([("coins".parse().unwrap(), Amount::new(150))]);
        assert_eq!(purses, [(7, ForeignPurse { identities, balances })], "nothing is said of xp");
    }

    #[test]
    fn who_cannot_be_a_purse_is_named() {
        let coins = [("coins", "1")];
        let telegram = |id: &str| format!("telegram:{id}").parse::<Identity>().unwrap();
        for (given, fault) in [
            (person(1, &[], &coins), Fault::NoIdentity),
            (person(1, &["456"], &coins), Fault::NotAnIdentity("456".to_owned())),
            (
                person(1, &["telegram:1", "telegram:2"], &coins),
                Fault::PlatformTwice(telegram("1"), telegram("2")),
            ),
            (person(1, &["telegram:1"], &[]), Fault::NoAmount),
            (person(1, &["telegram:1"], &[("gems", "1")]), Fault::UnknownAsset("gems".to_owned())),
            (
                person(1, &["telegram:1"], &[("coins", "1"), ("coins", "1")]),
                Fault::AmountTwice("coins".parse().unwrap()),
            ),
            (
                person(1, &["telegram:1"], &[("xp", "1.5")]),
                Fault::Amount(Skip::TooFine {
                    column: "xp".to_owned(),
                    value: "1.5".to_owned(),
                    decimals: 0,
                }),
            ),
        ] {
            let Sorted { purses, skipped } = sorted(std::slice::from_ref(&given));
            assert_eq!(purses, []);
            assert_eq!(skipped.into_iter().map(|(_, _, fault)| fault).collect::<Vec<_>>(), [fault]);
        }
        let unreadable =
            Person { unreadable: Some("a hole".to_owned()), ..person(1, &["telegram:1"], &coins) };
        assert!(matches!(sorted(&[unreadable]).skipped[..], [(1, _, Fault::NotReadable(_))]));
    }

    #[test]
    fn people_who_share_somebody_are_all_left_out() {
        let coins = [("coins", "1")];
        let Sorted { purses, skipped } = sorted(&[
            person(2, &["telegram:1"], &coins),
            person(3, &["telegram:2"], &coins),
            person(4, &["discord:1", "telegram:1"], &coins),
        ]);
        assert_eq!(purses.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3]);
        let identity: Identity = "telegram:1".parse().unwrap();
        let fault = |other| Fault::Twice { identity: identity.clone(), other };
        let faults: Vec<_> = skipped.into_iter().map(|(row, _, fault)| (row, fault)).collect();
        assert_eq!(faults, [(2, fault(4)), (4, fault(2))]);
    }
}
