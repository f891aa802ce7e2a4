use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Amount;

/// An amount above zero: what is earned, spent or handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Amount", into = "Amount")]
pub struct Quantity(Amount);

impl Quantity {
    /// The quantity of this amount; `None` for nothing and for less.
    #[must_use]
    pub fn new(amount: Amount) -> Option<Self> {
        (amount > Amount::ZERO).then_some(Self(amount))
    }

    /// The amount that comes with it.
    #[must_use]
    pub const fn amount(self) -> Amount {
        self.0
    }

    /// The amount that goes with it: every quantity has one.
    #[must_use]
    pub const fn negated(self) -> Amount {
        Amount::new(-self.0.units())
    }
}

impl TryFrom<Amount> for Quantity {
    type Error = &'static str;

    fn try_from(amount: Amount) -> Result<Self, Self::Error> {
        Self::new(amount).ok_or("a quantity is above zero")
    }
}

impl From<Quantity> for Amount {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_above_zero_and_can_go_either_way() {
        for (units, negated) in
            [(1, Some(-1)), (i64::MAX, Some(-i64::MAX)), (0, None), (-1, None), (i64::MIN, None)]
        {
            let quantity = Quantity::new(Amount::new(units));
            assert_eq!(quantity.map(|quantity| quantity.negated().units()), negated, "{units}");
        }
    }
}
