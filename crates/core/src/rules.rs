//! The rules of money in the ledger, as functions of what is there and what comes.

use std::collections::BTreeMap;

use crate::{Amount, AssetName, Identity, MergePolicy, OverdraftPolicy, Quantity, Rejection};

/// Whether somebody has said who or why, where that must be said: blanks say nothing.
#[must_use]
pub fn is_said(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// The balance after an event, or why there is none.
pub fn enter(asset: &AssetName, balance: Amount, delta: Amount) -> Result<Amount, Rejection> {
    balance.checked_add(delta).ok_or_else(|| Rejection::WouldOverflow {
        asset: asset.clone(),
        balance,
        delta,
    })
}

/// The balance after `who` has spent this: there is never less than nothing, whatever was spent elsewhere meanwhile.
pub fn spend(
    who: &Identity,
    asset: &AssetName,
    balance: Amount,
    quantity: Quantity,
) -> Result<Amount, Rejection> {
    let left = balance.checked_sub(quantity.amount()).filter(|left| *left >= Amount::ZERO);
    left.ok_or_else(|| Rejection::InsufficientFunds {
        identity: who.clone(),
        asset: asset.clone(),
        balance,
        needed: quantity,
    })
}

/// Whether what a bot has spent is undone, by what there was before it and what there is after.
#[must_use]
pub fn is_undone(policy: OverdraftPolicy, delta: Amount, balance: Amount) -> bool {
    policy == OverdraftPolicy::Reverse && delta < Amount::ZERO && balance < Amount::ZERO
}

/// A purse as the rule of linking sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Everyone in it.
    pub identities: Vec<Identity>,
    /// Everything in it.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// One asset's move between two purses that become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Of what.
    pub asset: AssetName,
    /// What the purse that goes loses, with its sign: all it has.
    pub leaving: Amount,
    /// What the purse that stays gets, with its sign: as much, unless the asset's policy says otherwise.
    pub coming: Amount,
    /// The staying purse's balance after it.
    pub balance: Amount,
}

/// What moves when everyone in `goes` joins `stays`; an asset that `policies` does not name is summed.
///
/// A purse has at most one identity a platform. Nothing moves where there is nothing; but an asset that only the one who
/// goes ever had moves even as nothing, since their replica may not have heard yet that nothing is left.
pub fn merge(
    stays: &Side,
    goes: &Side,
    policies: &BTreeMap<AssetName, MergePolicy>,
) -> Result<Vec<Move>, Rejection> {
    for one in &stays.identities {
        if let Some(other) = goes.identities.iter().find(|other| other.platform == one.platform) {
            return Err(Rejection::PlatformTaken {
                platform: one.platform.clone(),
                one: one.clone(),
                other: other.clone(),
            });
        }
    }
    let moving = goes
        .balances
        .iter()
        .filter(|(asset, amount)| !amount.is_zero() || !stays.balances.contains_key(*asset));
    moving
        .map(|(asset, &theirs)| {
            let ours = stays.balances.get(asset).copied();
            let there = ours.unwrap_or_default();
            let balance = match (policies.get(asset).copied().unwrap_or_default(), ours) {
                (MergePolicy::Sum, _) => enter(asset, there, theirs)?,
                (MergePolicy::Max, Some(ours)) => ours.max(theirs),
                (MergePolicy::Keep, Some(ours)) => ours,
                // Who never had any has nothing to compare with, or to keep.
                (MergePolicy::Max | MergePolicy::Keep, None) => theirs,
            };
            let overflow =
                || Rejection::WouldOverflow { asset: asset.clone(), balance: there, delta: theirs };
            Ok(Move {
                asset: asset.clone(),
                leaving: theirs.checked_neg().ok_or_else(overflow)?,
                coming: balance.checked_sub(there).ok_or_else(overflow)?,
                balance,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(identities: &[&str], coins: Option<i64>) -> Side {
        Side {
            identities: identities.iter().map(|text| text.parse().unwrap()).collect(),
            balances: coins.map(|units| (AssetName::default(), Amount::new(units))).into_iter().collect(),
        }
    }

    #[test]
    fn blanks_say_nothing() {
        for (text, expected) in
            [(None, false), (Some(""), false), (Some(" \t\n"), false), (Some(" ada "), true)]
        {
            assert_eq!(is_said(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_balance_never_wraps() {
        let coins = AssetName::default();
        for (balance, delta, after) in [
            (0, 0, Some(0)),
            (100, 50, Some(150)),
            (100, -130, Some(-30)),
            (i64::MAX, 0, Some(i64::MAX)),
            (i64::MAX, 1, None),
            (i64::MIN, -1, None),
            (i64::MIN, i64::MAX, Some(-1)),
        ] {
            let entered = enter(&coins, Amount::new(balance), Amount::new(delta));
            assert_eq!(entered.ok().map(Amount::units), after, "{balance} and {delta}");
        }
    }

    #[test]
    fn nobody_spends_what_is_not_there() {
        let (who, coins) = ("telegram:456".parse().unwrap(), AssetName::default());
        for (balance, quantity, left) in [
            (100, 100, Some(0)),
            (100, 30, Some(70)),
            (100, 101, None),
            (0, 1, None),
            (-5, 1, None),
            (i64::MAX, i64::MAX, Some(0)),
            (i64::MIN, i64::MAX, None),
        ] {
            let quantity = Quantity::new(Amount::new(quantity)).unwrap();
            let spent = spend(&who, &coins, Amount::new(balance), quantity);
            assert_eq!(spent.as_ref().ok().map(|left| left.units()), left, "{balance} and {quantity}");
            assert!(spent.is_ok() || spent.unwrap_err().name() == "InsufficientFunds");
        }
    }

    #[test]
    fn spending_below_zero_is_undone_where_that_is_the_policy() {
        use OverdraftPolicy::{Allow, Reverse};
        for (policy, delta, balance, undone) in [
            (Allow, -10, -5, false),
            (Reverse, -10, -5, true),
            (Reverse, -10, 0, false),
            (Reverse, 10, -5, false),
            (Reverse, 0, -5, false),
            (Reverse, i64::MIN, i64::MIN, true),
        ] {
            assert_eq!(
                is_undone(policy, Amount::new(delta), Amount::new(balance)),
                undone,
                "{policy:?} {delta} {balance}"
            );
        }
    }

    #[test]
    fn a_merge_sums() {
        for (stays, goes, expected) in [
            (Some(0), Some(0), None),
            (None, Some(0), Some(0)),
            (Some(100), None, None),
            (None, Some(50), Some(50)),
            (Some(100), Some(50), Some(150)),
            (Some(100), Some(-30), Some(70)),
        ] {
            let (stays, goes) = (side(&["telegram:456"], stays), side(&["discord:123"], goes));
            let moves = merge(&stays, &goes, &BTreeMap::new()).unwrap();
            assert_eq!(moves.first().map(|m| m.balance.units()), expected, "{stays:?} and {goes:?}");
            assert!(moves.iter().all(|m| m.leaving.checked_add(m.coming) == Some(Amount::ZERO)));
        }
    }

    #[test]
    fn a_policy_says_what_stays_of_both() {
        for (stays, goes, max, keep) in [
            (Some(100), Some(50), 100, 100),
            (Some(50), Some(100), 100, 50),
            (Some(-20), Some(5), 5, -20),
            (Some(0), Some(7), 7, 0),
            (None, Some(50), 50, 50),
            (None, Some(-50), -50, -50),
            (Some(7), Some(i64::MAX), i64::MAX, 7),
        ] {
            for (policy, expected) in [(MergePolicy::Max, max), (MergePolicy::Keep, keep)] {
                let (stays, goes) = (side(&["telegram:456"], stays), side(&["discord:123"], goes));
                let policies = [(AssetName::default(), policy)].into();
                let moved = merge(&stays, &goes, &policies).unwrap().remove(0);
                assert_eq!(moved.balance.units(), expected, "{policy:?} of {stays:?} and {goes:?}");
                let there = stays.balances.get(&moved.asset).copied().unwrap_or_default();
                assert_eq!(
                    there.checked_add(moved.coming),
                    Some(moved.balance),
                    "what comes makes the balance"
                );
                assert_eq!(
                    goes.balances[&moved.asset].checked_add(moved.leaving),
                    Some(Amount::ZERO),
                    "all goes"
                );
            }
        }
        let policies = [(AssetName::default(), MergePolicy::Max)].into();
        let refused = merge(&side(&["a:1"], Some(-2)), &side(&["b:1"], Some(i64::MAX)), &policies);
        assert_eq!(refused.unwrap_err().name(), "WouldOverflow");
    }

    #[test]
    fn a_merge_is_refused_by_name() {
        let (telegram, discord) = (side(&["telegram:456"], Some(i64::MAX)), side(&["discord:123"], Some(1)));
        let merge = |one: &Side, other: &Side| merge(one, other, &BTreeMap::new());
        assert_eq!(merge(&telegram, &discord).unwrap_err().name(), "WouldOverflow");
        assert_eq!(
            merge(&telegram, &side(&["discord:1"], Some(i64::MIN))).unwrap_err().name(),
            "WouldOverflow"
        );
        let taken = merge(&telegram, &side(&["discord:1", "telegram:7"], None)).unwrap_err();
        assert_eq!(taken.name(), "PlatformTaken");
    }
}
