//! What may happen to a ledger, and how it is said.

use onepurse_core::{Amount, Movement, Order};
use proptest::prelude::*;

use crate::support::*;

pub(super) const WHO: [&str; 7] =
    ["telegram:1", "telegram:2", "telegram:3", "discord:1", "discord:2", "website:a@b.c", "website:d@e.f"];
/// Each with a policy of its own; the last one is not counted.
pub(super) const WHAT: [&str; 4] = ["coins", "xp", "gems", "rubies"];

/// How coins move by somebody's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Earn(usize, usize, i64),
    Spend(usize, usize, i64),
    Transfer(usize, usize, usize, i64),
    /// The last says whether it is said who makes it.
    Adjust(usize, usize, i64, bool),
    /// So many entries back from the end; one may be before the first or after the last.
    Reverse(i64),
}

/// One thing that may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Change(usize, usize, i64),
    Open(usize, usize, i64),
    /// In one batch.
    Orders(Vec<Deed>),
    Link(usize, usize),
    Unlink(usize),
    /// Somebody leaves their purse, and is erased if nothing speaks against it.
    Forget(usize),
    Code(usize),
    /// Somebody types the last code of somebody, or one that never was.
    Redeem(usize, Option<usize>),
    /// Somebody releases the one that has waited longest in quarantine, or dismisses it.
    Decide(bool),
}

/// How it is asked for: with a key of its own, or under that of the request so many before.
pub(super) type Asked = (Step, Option<usize>);

pub(super) fn steps(at_most: usize) -> impl Strategy<Value = Vec<Asked>> {
    let under = prop_oneof![5 => Just(None), 1 => (0..4_usize).prop_map(Some)];
    prop::collection::vec((step(), under), 1..at_most)
}

fn step() -> impl Strategy<Value = Step> {
    let (who, what) = (0..WHO.len(), what());
    let change = (who.clone(), what.clone(), delta());
    let open = (who.clone(), what, 0..3_i64);
    prop_oneof![
        5 => change.prop_map(|(who, what, delta)| Step::Change(who, what, delta)),
        1 => open.prop_map(|(who, what, delta)| Step::Open(who, what, delta)),
        8 => prop::collection::vec(deed(), 1..4).prop_map(Step::Orders),
        4 => (who.clone(), who.clone()).prop_map(|(one, other)| Step::Link(one, other)),
        3 => who.clone().prop_map(Step::Unlink),
        2 => who.clone().prop_map(Step::Forget),
        2 => who.clone().prop_map(Step::Code),
        1 => any::<bool>().prop_map(Step::Decide),
        3 => (who.clone(), prop::option::weighted(0.9, who)).prop_map(|(by, maker)| Step::Redeem(by, maker)),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let (who, what) = (0..WHO.len(), what());
    let quantity = prop_oneof![10 => 1..100_i64, 1 => Just(i64::MAX)];
    let one = (who.clone(), what.clone(), quantity.clone());
    let two = (who.clone(), who.clone(), what.clone(), quantity);
    prop_oneof![
        4 => one.clone().prop_map(|(who, what, units)| Deed::Earn(who, what, units)),
        4 => one.prop_map(|(who, what, units)| Deed::Spend(who, what, units)),
        4 => two.prop_map(|(from, to, what, units)| Deed::Transfer(from, to, what, units)),
        2 => (who, what, delta(), prop::bool::weighted(0.9))
            .prop_map(|(who, what, delta, is_said)| Deed::Adjust(who, what, delta, is_said)),
        4 => (-1..12_i64).prop_map(Deed::Reverse),
    ]
}

fn what() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![6 => Just(0_usize), 2 => Just(1), 2 => Just(2), 1 => Just(3)]
}

fn delta() -> impl Strategy<Value = i64> {
    prop_oneof![10 => -100..100_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

impl Deed {
    /// As an order of the key that is numbered so, where the log ends at `head`.
    pub(super) fn order(&self, n: u64, head: i64) -> Order {
        let (who, what) = (|at: usize| identity(WHO[at]), |at: usize| asset(WHAT[at]));
        let movement = match *self {
            Self::Earn(to, asset, units) => {
                Movement::Earn { to: who(to), asset: what(asset), quantity: quantity(units) }
            }
            Self::Spend(from, asset, units) => {
                Movement::Spend { from: who(from), asset: what(asset), quantity: quantity(units) }
            }
            Self::Transfer(from, to, asset, units) => {
                let (from, to) = (who(from), who(to));
                Movement::Transfer { from, to, asset: what(asset), quantity: quantity(units) }
            }
            Self::Adjust(identity, asset, units, _) => {
                let delta = Amount::new(units);
                Movement::Adjust { identity: who(identity), asset: what(asset), delta }
            }
            Self::Reverse(back) => Movement::Reverse { seq: head - back },
        };
        let is_said = !matches!(self, Self::Adjust(_, _, _, false));
        Order { actor: is_said.then(|| "ada".to_owned()), key: key(n), ..order(0, movement) }
    }
}
