//! Taking over purses of another unified database: what becomes of each, as a function of what the ledger knows.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{Amount, AssetName, Identity, PurseId, Rejection};

/// A purse as another unified database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignPurse {
    /// Who shares it; at least one, at most one a platform.
    pub identities: Vec<Identity>,
    /// What is in it, also as nothing; at least one asset. What is not named here is not taken over.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// What the ledger knows of one of those who share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Their purse here.
    pub purse: PurseId,
    /// The assets that they were opened in.
    pub opened: BTreeSet<AssetName>,
}

/// The purse that some of those who share it have here already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct There {
    /// Everyone in it.
    pub identities: Vec<Identity>,
    /// Everything in it.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// An opening that the ledger has to take: of one identity in one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whose.
    pub identity: Identity,
    /// Of what.
    pub asset: AssetName,
    /// How much: everything, or nothing.
    pub amount: Amount,
}

/// Why a purse is left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeftOut {
    /// What would be added up may be the same coins.
    #[error("Apart: {0} and {1} are two purses in the ledger already")]
    Apart(Identity, Identity),
    /// Whether the ledger has these coins already, or others, cannot be known.
    #[error("BalanceDiffers: the ledger has {here} {asset} for them already, not {foreign}")]
    BalanceDiffers {
        /// Of what.
        asset: AssetName,
        /// In the ledger.
        here: Amount,
        /// In the purse that comes.
        foreign: Amount,
    },
    /// A rule of money says no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl LeftOut {
    /// The name alone, for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Apart(..) => "Apart",
            Self::BalanceDiffers { .. } => "BalanceDiffers",
            Self::Rejected(rejection) => rejection.name(),
        }
    }
}

/// The one purse that some of those who share `foreign` have here; `None` where nobody was ever seen.
pub fn known_purse(
    foreign: &ForeignPurse,
    seen: &BTreeMap<Identity, Seen>,
) -> Result<Option<PurseId>, LeftOut> {
    let mut known = foreign.identities.iter().filter_map(|identity| Some((identity, seen.get(identity)?)));
    let Some((first, Seen { purse, .. })) = known.next() else { return Ok(None) };
    match known.find(|(_, other)| other.purse != *purse) {
        Some((other, _)) => Err(LeftOut::Apart(first.clone(), other.clone())),
        None => Ok(Some(*purse)),
    }
}

/// The openings that make `foreign` a purse here; none where it is one already.
///
/// Everyone is opened in every asset, so that a database which holds the same coins adds nothing when it is attached
/// later. The coins enter once: with the first opening of an asset that the purse never had, and every other is of
/// nothing; where somebody is known, that is one of theirs. What the purse has already has to be what comes: then it is the same coins.
pub fn take_over(
    foreign: &ForeignPurse,
    seen: &BTreeMap<Identity, Seen>,
    there: &There,
) -> Result<Vec<Taken>, LeftOut> {
    let newcomers = foreign.identities.iter().filter(|identity| !seen.contains_key(*identity));
    for newcomer in newcomers {
        if let Some(one) = there.identities.iter().find(|one| one.platform == newcomer.platform) {
            let (platform, one, other) = (one.platform.clone(), one.clone(), newcomer.clone());
            return Err(Rejection::PlatformTaken { platform, one, other }.into());
        }
    }
    // Who is known already comes first: the coins enter in the purse where they stay.
    let is_known = |identity: &&Identity| seen.contains_key(*identity);
    let (known, new): (Vec<_>, Vec<_>) = foreign.identities.iter().partition(is_known);
    let mut taken = Vec::new();
    for (asset, &amount) in &foreign.balances {
        let is_opened = |identity| seen.get(identity).is_some_and(|seen| seen.opened.contains(asset));
        let all = known.iter().chain(&new);
        let mut unopened = all.filter(|identity| !is_opened(**identity)).peekable();
        if unopened.peek().is_none() {
            continue;
        }
        let mut entering = match there.balances.get(asset) {
            None => amount,
            Some(&here) if here == amount => Amount::ZERO,
            Some(&here) => {
                return Err(LeftOut::BalanceDiffers { asset: asset.clone(), here, foreign: amount });
            }
        };
        taken.extend(unopened.map(|&identity| Taken {
            identity: identity.clone(),
            asset: asset.clone(),
            amount: std::mem::take(&mut entering),
        }));
    }
    Ok(taken)
}

#[cfg(test)]
mod tests;
