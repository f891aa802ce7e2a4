//! The rules of money in the ledger, as functions of what is there and what comes.

use std::collections::BTreeMap;

use crate::{Amount, AssetName, Identity, Quantity, Rejection};

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

/// A purse as the rule of linking sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Everyone in it.
    pub identities: Vec<Identity>,
    /// Everything in it.
    pub balances: BTreeMap<AssetName, Amount>,
}

/// One asset's move between two purses that become one: `delta` leaves the one, and `balance` is there after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Of what.
    pub asset: AssetName,
    /// What leaves, with its sign.
    pub leaving: Amount,
    /// What comes, with its sign.
    pub coming: Amount,
    /// The staying purse's balance after it.
    pub balance: Amount,
}

/// What moves when everyone in `goes` joins `stays` and the balances are summed (the policy `sum`).
///
/// A purse has at most one identity a platform. Nothing moves where there is nothing; but an asset that only the one who
/// goes ever had moves even as nothing, since their replica may not have heard yet that nothing is left.
pub fn merge(stays: &Side, goes: &Side) -> Result<Vec<Move>, Rejection> {
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
        .map(|(asset, &coming)| {
            let there = stays.balances.get(asset).copied().unwrap_or_default();
            let balance = enter(asset, there, coming)?;
            let overflow =
                || Rejection::WouldOverflow { asset: asset.clone(), balance: there, delta: coming };
            Ok(Move {
                asset: asset.clone(),
                leaving: coming.checked_neg().ok_or_else(overflow)?,
                coming,
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
    fn a_merge_sums() {
        for (stays, goes, expected) in [
            (Some(0), Some(0), None),
            (None, Some(0), Some(0)),
            (Some(100), None, None),
            (None, Some(50), Some(50)),
            (Some(100), Some(50), Some(150)),
            (Some(100), Some(-30), Some(70)),
        ] {
            let moves = merge(&side(&["telegram:456"], stays), &side(&["discord:123"], goes)).unwrap();
            assert_eq!(moves.first().map(|m| m.balance.units()), expected, "{stays:?} and {goes:?}");
            assert!(moves.iter().all(|m| m.leaving.checked_add(m.coming) == Some(Amount::ZERO)));
        }
    }

    #[test]
    fn a_merge_is_refused_by_name() {
        let (telegram, discord) = (side(&["telegram:456"], Some(i64::MAX)), side(&["discord:123"], Some(1)));
        assert_eq!(merge(&telegram, &discord).unwrap_err().name(), "WouldOverflow");
        assert_eq!(
            merge(&telegram, &side(&["discord:1"], Some(i64::MIN))).unwrap_err().name(),
            "WouldOverflow"
        );
        let taken = merge(&telegram, &side(&["discord:1", "telegram:7"], None)).unwrap_err();
        assert_eq!(taken.name(), "PlatformTaken");
    }
}
