//! What somebody asks the ledger to do with coins, rather than what a replica has captured.

use crate::{Amount, AssetName, EventKey, Identity, IdentityTag, Quantity, Rejection, rules::is_said};

/// A movement of coins that somebody asks for: done whole, once, or refused by name with nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Made anew for each order; the same order sent twice has the same key, and is done once.
    pub key: EventKey,
    /// What moves.
    pub movement: Movement,
    /// Who says so.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What moves in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// Coins come to somebody, who may never have been seen before.
    Earn {
        /// Who gets them.
        to: Identity,
        /// Of what.
        asset: AssetName,
        /// How many.
        quantity: Quantity,
    },
    /// Coins of somebody go, if they are there.
    Spend {
        /// Whose.
        from: Identity,
        /// Of what.
        asset: AssetName,
        /// How many.
        quantity: Quantity,
    },
    /// Coins go from one to another, if they are there.
    Transfer {
        /// Whose they are.
        from: Identity,
        /// Whose they will be.
        to: Identity,
        /// Of what.
        asset: AssetName,
        /// How many.
        quantity: Quantity,
    },
    /// An administrator corrects a balance; below zero too.
    Adjust {
        /// Whose.
        identity: Identity,
        /// Of what.
        asset: AssetName,
        /// By how much.
        delta: Amount,
    },
    /// What an entry's transaction did is undone, all of it, and once.
    Reverse {
        /// The number of one of its entries.
        seq: i64,
    },
}

impl Movement {
    /// The word that it is known by.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Earn { .. } => "earn",
            Self::Spend { .. } => "spend",
            Self::Transfer { .. } => "transfer",
            Self::Adjust { .. } => "adjust",
            Self::Reverse { .. } => "reverse",
        }
    }

    /// Everyone whose purse it is about, as far as the order names them.
    #[must_use]
    pub fn identities(&self) -> Vec<&Identity> {
        match self {
            Self::Earn { to: one, .. }
            | Self::Spend { from: one, .. }
            | Self::Adjust { identity: one, .. } => {
                vec![one]
            }
            Self::Transfer { from, to, .. } => vec![from, to],
            Self::Reverse { .. } => vec![],
        }
    }
}

impl Order {
    /// Whether everything is said that such an order needs.
    pub fn check(&self) -> Result<(), Rejection> {
        match self.movement {
            Movement::Adjust { .. } | Movement::Reverse { .. } if !is_said(self.actor.as_deref()) => {
                Err(Rejection::ActorMissing)
            }
            Movement::Adjust { .. } if !is_said(self.reason.as_deref()) => Err(Rejection::ReasonMissing),
            _ => Ok(()),
        }
    }

    /// Tells orders apart that come with the same key: BLAKE3 (derive-key mode, context "onepurse 2026 order") over the
    /// `tags` of its [`Movement::identities`] in their order, the movement's word and each of its other parts, the actor and
    /// the reason; texts are their length as 8 bytes big-endian and UTF-8 bytes, an absent one a length of 2^64 - 1; numbers
    /// are 8 bytes big-endian. It is kept for good, so it knows people by their tags, as the chain does.
    #[must_use]
    pub fn digest(&self, tags: &[IdentityTag]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 order");
        for tag in tags {
            hasher.update(&tag.0);
        }
        let mut text = |text: Option<&str>| {
            hasher.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hasher.update(text.unwrap_or_default().as_bytes());
        };
        text(Some(self.movement.as_str()));
        let number = match &self.movement {
            Movement::Earn { asset, quantity, .. }
            | Movement::Spend { asset, quantity, .. }
            | Movement::Transfer { asset, quantity, .. } => {
                text(Some(asset.as_str()));
                quantity.amount().units()
            }
            Movement::Adjust { asset, delta, .. } => {
                text(Some(asset.as_str()));
                delta.units()
            }
            Movement::Reverse { seq } => *seq,
        };
        text(self.actor.as_deref());
        text(self.reason.as_deref());
        hasher.update(&number.to_be_bytes());
        *hasher.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(units: i64) -> Quantity {
        Quantity::new(Amount::new(units)).unwrap()
    }

    fn one(name: &str) -> Identity {
        name.parse().unwrap()
    }

    fn order(movement: Movement) -> Order {
        Order {
            key: EventKey([1; 16]),
            movement,
            actor: Some("ada".to_owned()),
            reason: Some("why".to_owned()),
        }
    }

    #[test]
    fn no_two_orders_look_alike() {
        let (asset, xp) = (AssetName::default(), "xp".parse::<AssetName>().unwrap());
        let (a, b) = (one("telegram:1"), one("telegram:2"));
        let earn = |to: &Identity, asset: &AssetName, units| {
            order(Movement::Earn { to: to.clone(), asset: asset.clone(), quantity: quantity(units) })
        };
        let transfer = |from: &Identity, to: &Identity| {
            let (from, to) = (from.clone(), to.clone());
            order(Movement::Transfer { from, to, asset: asset.clone(), quantity: quantity(1) })
        };
        let base = earn(&a, &asset, 1);
        let spend = Movement::Spend { from: a.clone(), asset: asset.clone(), quantity: quantity(1) };
        let adjust = Movement::Adjust { identity: a.clone(), asset: asset.clone(), delta: Amount::new(1) };
        let all = [
            base.clone(),
            earn(&b, &asset, 1),
            earn(&a, &xp, 1),
            earn(&a, &asset, 2),
            order(spend),
            order(adjust),
            order(Movement::Reverse { seq: 1 }),
            order(Movement::Reverse { seq: 2 }),
            transfer(&a, &b),
            transfer(&b, &a),
            Order { actor: None, ..base.clone() },
            Order { actor: Some(String::new()), ..base.clone() },
            Order { reason: Some("else".to_owned()), ..base.clone() },
        ];
        let digest = |order: &Order| {
            let tags: Vec<_> =
                order.movement.identities().into_iter().map(|one| IdentityTag::of([3; 16], one)).collect();
            order.digest(&tags)
        };
        let digests: std::collections::BTreeSet<_> = all.iter().map(digest).collect();
        assert_eq!(digests.len(), all.len());
        let same = Order { key: EventKey([2; 16]), ..base.clone() };
        assert_eq!(digest(&same), digest(&base), "the key is not content");
    }

    #[test]
    fn an_adjustment_says_who_and_why() {
        let (identity, asset) = (one("telegram:1"), AssetName::default());
        let said = order(Movement::Adjust { identity, asset, delta: Amount::new(-1) });
        assert_eq!(said.check(), Ok(()));
        for (actor, reason, name) in [
            (None, Some("why"), "ActorMissing"),
            (Some(" "), Some("why"), "ActorMissing"),
            (Some("ada"), Some(""), "ReasonMissing"),
        ] {
            let order =
                Order { actor: actor.map(str::to_owned), reason: reason.map(str::to_owned), ..said.clone() };
            assert_eq!(order.check().unwrap_err().name(), name);
        }
    }
}
