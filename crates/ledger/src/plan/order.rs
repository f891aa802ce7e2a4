use std::collections::HashMap;

use onepurse_core::{
    Amount, AssetName, EntryKind, EventKey, Identity, Movement, Order, PurseId, Random, Rejection, rules,
};

use super::{
    AssetId, Facts, Known, Plan, Request,
    append::Batch,
    writing::{Draft, Writing},
};
use crate::Receipt;

/// Does the orders, in their order. What one of them changes, the next one sees.
pub(crate) fn order(
    facts: Facts,
    orders: &[Order],
    now_ms: i64,
    random: &dyn Random,
) -> (Vec<Result<Receipt, Rejection>>, Plan) {
    let mut batch = Batch { writing: Writing::begin(facts, now_ms), random };
    let receipts = orders.iter().map(|order| batch.fill(order)).collect();
    (receipts, batch.writing.finish())
}

/// One entry that an order makes, before it is known what is there after it.
struct Step {
    key: EventKey,
    kind: EntryKind,
    who: Who,
    asset: AssetName,
    delta: Amount,
    /// When it happened, or what it undoes.
    captured_ms: i64,
}

enum Who {
    Known(Known),
    /// Never seen: gets a purse of their own.
    New(Identity),
}

impl Batch<'_> {
    /// Nothing is planned before the rules have said yes.
    fn fill(&mut self, order: &Order) -> Result<Receipt, Rejection> {
        if let Some(request) = self.writing.facts.requests.get(&order.key) {
            let is_same = self.digest(order).is_ok_and(|digest| digest == request.digest);
            let known = Receipt { entries: request.first..=request.last, was_known: true };
            return is_same.then_some(known).ok_or(Rejection::SameKeyDifferentContent);
        }
        if self.writing.facts.is_used(order.key) {
            return Err(Rejection::SameKeyDifferentContent);
        }
        order.check()?;
        let steps = self.steps(order)?;
        let balances = self.balances(&steps)?;

        let first = self.writing.plan.head.seq + 1;
        for (step, balance) in steps.into_iter().zip(balances) {
            self.enter_step(order, step, balance);
        }
        let last = self.writing.plan.head.seq;
        let request = Request { digest: self.digest(order)?, first, last };
        self.writing.plan.requests.push((order.key, request));
        self.writing.facts.requests.insert(order.key, request);
        Ok(Receipt { entries: first..=last, was_known: false })
    }

    /// What tells it from another order with its key: everyone whom it names is known by then.
    fn digest(&self, order: &Order) -> Result<[u8; 32], Rejection> {
        let tag = |identity| Ok(self.known(identity)?.tag);
        let tags: Vec<_> = order.movement.identities().into_iter().map(tag).collect::<Result<_, _>>()?;
        Ok(order.digest(&tags))
    }

    fn steps(&self, order: &Order) -> Result<Vec<Step>, Rejection> {
        let of = |nth, kind, who, asset: &AssetName, delta| Step {
            key: order.key.derived(nth),
            kind,
            who,
            asset: asset.clone(),
            delta,
            captured_ms: self.writing.plan.now_ms,
        };
        match &order.movement {
            Movement::Earn { to, asset, quantity } => {
                let who = self.known(to).map_or_else(|_| Who::New(to.clone()), Who::Known);
                Ok(vec![of(0, EntryKind::Earn, who, asset, quantity.amount())])
            }
            Movement::Spend { from, asset, quantity } => {
                let who = self.known(from)?;
                rules::spend(from, asset, self.balance(who.purse, asset)?, *quantity)?;
                Ok(vec![of(0, EntryKind::Spend, Who::Known(who), asset, quantity.negated())])
            }
            Movement::Transfer { from, to, asset, quantity } => {
                let (giver, taker) = (self.known(from)?, self.known(to)?);
                if giver.purse == taker.purse {
                    return Err(Rejection::SamePurse(from.clone(), to.clone()));
                }
                rules::spend(from, asset, self.balance(giver.purse, asset)?, *quantity)?;
                Ok(vec![
                    of(0, EntryKind::Transfer, Who::Known(giver), asset, quantity.negated()),
                    of(1, EntryKind::Transfer, Who::Known(taker), asset, quantity.amount()),
                ])
            }
            Movement::Adjust { identity, asset, delta } => {
                let who = Who::Known(self.known(identity)?);
                Ok(vec![of(0, EntryKind::Adjust, who, asset, *delta)])
            }
            Movement::Reverse { seq } => self.undoing(*seq),
        }
    }

    /// The entries that undo everything that the entry's transaction did, where its coins are now.
    fn undoing(&self, seq: i64) -> Result<Vec<Step>, Rejection> {
        let facts = &self.writing.facts;
        let done = facts.undoable.get(&seq).ok_or(Rejection::NoSuchEntry(seq))?;
        let undo = |(seq, entry): (i64, &super::Undoable)| {
            if !entry.kind.is_reversible() {
                return Err(Rejection::NotReversible { seq, kind: entry.kind });
            }
            let key = entry.key.reversal();
            if let Some(by) = facts.logged.get(&key) {
                return Err(Rejection::AlreadyReversed { seq, by: by.seq });
            }
            let known = entry.known.clone().ok_or(Rejection::IdentityForgotten(seq))?;
            let overflow = || Rejection::WouldOverflow {
                asset: entry.asset.clone(),
                balance: Amount::ZERO,
                delta: entry.delta,
            };
            Ok(Step {
                key,
                kind: EntryKind::Reversal,
                who: Who::Known(known),
                asset: entry.asset.clone(),
                delta: entry.delta.checked_neg().ok_or_else(overflow)?,
                captured_ms: entry.captured_ms,
            })
        };
        done.iter().map(|entry| undo((entry.seq, entry))).collect()
    }

    /// What each entry's purse has after it.
    fn balances(&self, steps: &[Step]) -> Result<Vec<Amount>, Rejection> {
        let mut after: HashMap<(PurseId, AssetId), Amount> = HashMap::new();
        let each = |step: &Step| {
            let asset = self.asset(&step.asset)?;
            let Who::Known(known) = &step.who else {
                return rules::enter(&step.asset, Amount::ZERO, step.delta);
            };
            let at = (known.purse, asset);
            let before = after.get(&at).copied().unwrap_or_else(|| self.writing.facts.balance(at.0, at.1));
            let balance = rules::enter(&step.asset, before, step.delta)?;
            after.insert(at, balance);
            Ok(balance)
        };
        steps.iter().map(each).collect()
    }

    fn enter_step(&mut self, order: &Order, step: Step, balance: Amount) {
        let Step { key, kind, who, asset, delta, captured_ms } = step;
        let known = match who {
            Who::Known(known) => known,
            Who::New(identity) => self.welcome(&identity),
        };
        // The rules have looked it up.
        let Some(&id) = self.writing.facts.assets.get(&asset) else { return };
        self.writing.enter(Draft {
            key,
            kind,
            purse: known.purse,
            identity: &known,
            asset: (id, &asset),
            delta,
            balance,
            captured_ms,
            actor: order.actor.clone(),
            reason: order.reason.clone(),
        });
    }

    fn known(&self, identity: &Identity) -> Result<Known, Rejection> {
        let known = self.writing.facts.people.known(identity).cloned();
        known.ok_or_else(|| Rejection::IdentityUnknown(identity.clone()))
    }

    fn asset(&self, asset: &AssetName) -> Result<AssetId, Rejection> {
        let known = self.writing.facts.assets.get(asset).copied();
        known.ok_or_else(|| Rejection::UnknownAsset(asset.clone()))
    }

    fn balance(&self, purse: PurseId, asset: &AssetName) -> Result<Amount, Rejection> {
        Ok(self.writing.facts.balance(purse, self.asset(asset)?))
    }
}
