//! What the rules say of orders.

use std::collections::BTreeMap;

use onepurse_core::{Movement, Order};

use super::model::{At, Done, Model, Named, POLICIES, Request, counted, place};

/// A purse's balance is to change by so much. Who was never seen has no purse yet.
struct Shift {
    purse: Option<usize>,
    who: usize,
    what: usize,
    delta: i64,
}

impl Model {
    /// Its entries, if it becomes any, begin at `next`; `head` is where the log ended before its batch. Returns how many.
    pub(super) fn order(&mut self, n: u64, order: &Order, next: i64, head: i64) -> Result<i64, Named> {
        match self.requests.get(&n) {
            Some(Request::Order(same, _)) if same == order => return Ok(0),
            Some(_) => return Err("SameKeyDifferentContent"),
            None => {}
        }
        if matches!(order.movement, Movement::Adjust { .. }) && order.actor.is_none() {
            return Err("ActorMissing");
        }
        let (shifts, undoes) = self.shifts(&order.movement, head)?;
        let mut after = BTreeMap::new();
        for Shift { purse, what, delta, .. } in &shifts {
            if *what >= POLICIES.len() {
                return Err("UnknownAsset");
            }
            let before = purse.map_or(0, |purse| self.balance((purse, *what)));
            let before = after.get(&(purse, what)).copied().unwrap_or(before);
            after.insert((purse, what), before.checked_add(*delta).ok_or("WouldOverflow")?);
        }
        let last = next + i64::try_from(shifts.len()).unwrap() - 1;
        for (seq, Shift { purse, who, what, delta }) in (next..).zip(shifts) {
            let at = (purse.unwrap_or_else(|| self.welcome(who)), what);
            self.enter(at, delta);
            self.last_in.insert(at.0, who);
            if undoes.is_empty() {
                self.done.insert(seq, (Done { at, delta, who, is_nameless: false }, next, last));
            }
        }
        self.undone.extend(undoes);
        self.requests.insert(n, Request::Order(order.clone(), (next, last)));
        Ok(last - next + 1)
    }

    /// Which purses change by how much, and which entries that undoes.
    fn shifts(&self, movement: &Movement, head: i64) -> Result<(Vec<Shift>, Vec<i64>), Named> {
        let seen = |who: usize| self.purse_of.get(&who).copied().ok_or("IdentityUnknown");
        let has = |at: At, units: i64| match at.1 {
            what if what >= POLICIES.len() => Err("UnknownAsset"),
            _ if self.balance(at) < units => Err("InsufficientFunds"),
            _ => Ok(()),
        };
        Ok(match movement {
            Movement::Earn { to, asset, quantity } => {
                let (who, delta) = (place(to), quantity.amount().units());
                (vec![Shift { purse: seen(who).ok(), who, what: counted(asset), delta }], vec![])
            }
            Movement::Spend { from, asset, quantity } => {
                let (who, what, units) = (place(from), counted(asset), quantity.amount().units());
                let purse = seen(who)?;
                has((purse, what), units)?;
                (vec![Shift { purse: Some(purse), who, what, delta: -units }], vec![])
            }
            Movement::Transfer { from, to, asset, quantity } => {
                let (from, to, what) = (place(from), place(to), counted(asset));
                let (giver, taker, units) = (seen(from)?, seen(to)?, quantity.amount().units());
                if giver == taker {
                    return Err("SamePurse");
                }
                has((giver, what), units)?;
                let giving = Shift { purse: Some(giver), who: from, what, delta: -units };
                (vec![giving, Shift { purse: Some(taker), who: to, what, delta: units }], vec![])
            }
            Movement::Adjust { identity, asset, delta } => {
                let who = place(identity);
                let purse = Some(seen(who)?);
                (vec![Shift { purse, who, what: counted(asset), delta: delta.units() }], vec![])
            }
            Movement::Reverse { seq } => {
                if !(1..=head).contains(seq) {
                    return Err("NoSuchEntry");
                }
                let &(_, first, last) = self.done.get(seq).ok_or("NotReversible")?;
                if self.undone.contains(seq) {
                    return Err("AlreadyReversed");
                }
                let undo = |(_, (done, ..)): (&i64, &(Done, i64, i64))| {
                    let purse = self.now(done.at.0).filter(|_| !done.is_nameless);
                    let purse = Some(purse.ok_or("IdentityForgotten")?);
                    let delta = done.delta.checked_neg().ok_or("WouldOverflow")?;
                    Ok(Shift { purse, who: done.who, what: done.at.1, delta })
                };
                let moves = self.done.range(first..=last).map(undo).collect::<Result<_, Named>>()?;
                (moves, (first..=last).collect())
            }
        })
    }
}
