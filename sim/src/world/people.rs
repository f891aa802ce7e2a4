//! What people ask of the ledger itself: coins that move by their word, accounts that they link and part. Their dice are
//! their own, so that what else happens in a world is decided as if there were nobody.

use onepurse_core::{
    Amount, AssetName, EventKey, Identity, LinkCode, MergePolicy, Movement, Order, OverdraftPolicy, Quantity,
    Random,
};
use onepurse_ledger::{Redeem, Unlink};

use super::{World, faults::Fault, forget::Leaving, link::someone, task};
use crate::{
    auditor::{Asked, Checked, Violation},
    dice::{Bytes, Dice},
    gated_ledger::{Kind, Request},
};

/// So often of a thousand steps somebody asks for something.
const ASKS_PER_MILLE: u32 = 25;
/// So often they ask before a ledger that was put back has as many entries as it had, if it ever has.
const PATIENCE: usize = 60;
/// Codes that people still have.
const CODES_MAX: usize = 4;
/// Their random streams among those of a world.
const SALT: u64 = 40;

/// A code that the ledger has given out.
struct Code {
    typed: LinkCode,
    maker: Identity,
    /// The request by which it was used.
    used: Option<EventKey>,
}

/// What they have, and what decides what they do.
pub(super) struct People {
    pub(super) dice: Dice,
    keys: Bytes,
    codes: Vec<Code>,
    pub(super) leaving: Leaving,
}

/// What one of them may do.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Earn,
    Spend,
    Transfer,
    Adjust,
    Reverse,
    Unlink,
    Code,
    Redeem,
    /// They leave their purse, to be forgotten.
    Part,
    /// Their name is erased.
    Erase,
    /// Their platform's database forgets them, too.
    LetGo,
    /// The same as before, or something else under its key.
    Again,
}

const WISHES: &[(u32, Wish)] = &[
    (20, Wish::Earn),
    (20, Wish::Spend),
    (15, Wish::Transfer),
    (8, Wish::Adjust),
    (12, Wish::Reverse),
    (10, Wish::Unlink),
    (8, Wish::Code),
    (12, Wish::Redeem),
    (5, Wish::Part),
    (7, Wish::Erase),
    (5, Wish::LetGo),
    (25, Wish::Again),
];

impl People {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, SALT),
            keys: Bytes::new(seed, SALT + 1),
            codes: Vec::new(),
            leaving: Leaving::default(),
        }
    }

    /// What becomes of each asset where two purses become one, most often the sum; and where a bot spends what is not
    /// there, most often a debt.
    pub(super) fn any_policies(&mut self, seed: u64) -> [(MergePolicy, OverdraftPolicy); 2] {
        const EACH: &[(u32, MergePolicy)] =
            &[(8, MergePolicy::Sum), (1, MergePolicy::Max), (1, MergePolicy::Keep)];
        let mut dice = Dice::new(seed, SALT + 2);
        let mut overdraft =
            || if dice.chance(300) { OverdraftPolicy::Reverse } else { OverdraftPolicy::Allow };
        [(); 2].map(|()| (self.dice.weighted(EACH).unwrap_or_default(), overdraft()))
    }

    pub(super) fn key(&self) -> EventKey {
        let mut key = [0; 16];
        self.keys.fill(&mut key);
        EventKey(key)
    }

    fn asset(&mut self) -> AssetName {
        if self.dice.chance(750) { AssetName::default() } else { "gems".parse().unwrap_or_default() }
    }

    fn quantity(&mut self) -> Option<Quantity> {
        Quantity::new(Amount::new(self.dice.between(1, 120)))
    }

    /// The last code that somebody was given.
    pub(super) fn last_code(&self, maker: &Identity) -> Option<LinkCode> {
        self.codes.iter().rev().find(|code| code.maker == *maker).map(|code| code.typed.clone())
    }

    /// An older ledger took the place of the one in which codes were used, or made.
    pub(super) fn forget_codes(&mut self) {
        self.codes.iter_mut().for_each(|code| code.used = None);
    }
}

impl World {
    /// Perhaps somebody asks for something.
    pub(super) fn step_people(&mut self) -> Checked {
        if self.people.dice.chance(ASKS_PER_MILLE) { self.ask_something() } else { Ok(()) }
    }

    /// The ledger was put back, and people go on with it until its log is as long as it was; or they have no more patience.
    pub(super) fn overtake(&mut self, head: i64) -> Checked {
        for _ in 0..PATIENCE {
            if self.auditor.books.head() >= head {
                break;
            }
            self.ask_something()?;
        }
        Ok(())
    }

    fn ask_something(&mut self) -> Checked {
        if self.ledger_down {
            return Ok(());
        }
        let wish = self.people.dice.weighted(WISHES).unwrap_or(Wish::Earn);
        let request = match wish {
            Wish::Code => {
                // Whoever gets none asks another time.
                let _ = self.somebody().and_then(|maker| self.make_code(maker));
                return Ok(());
            }
            Wish::Again => {
                let copies = self.copies.clone();
                let copy = copies.any(Kind::Wishes, &mut self.people.dice);
                self.faults.count(Fault::Repeated);
                copy.map(|copy| self.altered(copy))
            }
            Wish::Redeem => self.typed_code(),
            Wish::Part => return self.wish_to_be_forgotten(),
            Wish::Erase => self.leaver().map(Request::Erase),
            Wish::LetGo => {
                if let Some(identity) = self.leaver() {
                    self.have_platform_forget(&identity);
                }
                return Ok(());
            }
            Wish::Unlink => self.somebody().map(|identity| {
                let (key, actor) = (self.people.key(), Some("admin".to_owned()));
                Request::Unlink(Unlink { key, identity, actor, reason: None })
            }),
            order => self.movement(order).map(|movement| {
                let (key, actor) = (self.people.key(), Some("ada".to_owned()));
                Request::Order(Order { key, movement, actor, reason: Some("asked".to_owned()) })
            }),
        };
        request.map_or(Ok(()), |request| self.send(&request))
    }

    /// Sends what somebody asks for; it may arrive once more at any later moment.
    pub(super) fn send(&mut self, request: &Request) -> Checked {
        self.copies.keep(request.clone());
        let told = self.ask(request)?;
        self.tell(|| told);
        self.auditor.ledger_moved().map(drop)
    }

    /// Now and then something else is asked for under the key of what was asked before.
    fn altered(&mut self, request: Request) -> Request {
        match request {
            Request::Order(order) if self.people.dice.chance(200) => {
                Request::Order(Order { reason: Some("something else".to_owned()), ..order })
            }
            same => same,
        }
    }

    pub(super) fn somebody(&mut self) -> Option<Identity> {
        someone(&self.platforms, &mut self.people.dice)
    }

    fn movement(&mut self, wish: Wish) -> Option<Movement> {
        let (asset, quantity) = (self.people.asset(), self.people.quantity()?);
        Some(match wish {
            Wish::Spend => Movement::Spend { from: self.somebody()?, asset, quantity },
            Wish::Transfer => {
                Movement::Transfer { from: self.somebody()?, to: self.somebody()?, asset, quantity }
            }
            Wish::Adjust => {
                let is_more = self.people.dice.chance(500);
                let delta = if is_more { quantity.amount() } else { quantity.negated() };
                Movement::Adjust { identity: self.somebody()?, asset, delta }
            }
            Wish::Reverse => {
                // What was done lately, most often; also what never was.
                let head = self.auditor.books.head();
                let lately = self.people.dice.chance(700);
                let oldest = if lately { (head - 40).max(0) } else { 0 };
                Movement::Reverse { seq: self.people.dice.between(oldest, head + 1) }
            }
            _ => Movement::Earn { to: self.somebody()?, asset, quantity },
        })
    }

    /// Somebody asks for a link code; returns why there is none.
    pub(super) fn make_code(&mut self, maker: Identity) -> Option<String> {
        let made = task::now(self.post.issue_code(maker.clone()));
        let end = made.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned());
        self.tell(|| format!("a code for {maker}: {end}"));
        let typed = match made {
            Ok(typed) => typed,
            Err(error) => return Some(error.to_string()),
        };
        self.people.codes.push(Code { typed, maker, used: None });
        if self.people.codes.len() > CODES_MAX {
            self.people.codes.remove(0);
        }
        None
    }

    /// Somebody types one of the codes, whosever it is and whether it was used.
    fn typed_code(&mut self) -> Option<Request> {
        let which = self.people.dice.below(self.people.codes.len());
        let code = self.people.codes.get(which)?.typed.clone();
        Some(Request::Redeem(Redeem { key: self.people.key(), code, by: self.somebody()? }))
    }

    /// Sends what somebody asks for, or asks for again; says what came of it. It may be cut off in its middle.
    pub(super) fn ask(&mut self, request: &Request) -> Checked<String> {
        if self.people.dice.chance(60) {
            self.ledger_machine.disk.arm(self.people.dice.between(0, 12));
        }
        let told = match request {
            Request::Order(order) => self.order(order)?,
            Request::Unlink(unlink) => {
                self.auditor.wishes.add(unlink.key, Asked::Unlink(unlink.identity.clone()));
                let done = task::now(self.post.unlink(unlink.clone()));
                format!("unlink {}: {}", unlink.identity, ending(done.map(|head| head.seq)))
            }
            Request::Redeem(redeem) => {
                format!("{} types a code: {}", redeem.by, ending(self.redeem(redeem)?))
            }
            Request::Part(unlink) => format!("{} parts: {}", unlink.identity, ending(self.part(unlink))),
            Request::Erase(identity) => format!("erase {identity}: {}", ending(self.erase(identity)?)),
            other => format!("{other:?} is nothing that people ask for"),
        };
        if self.ledger_machine.disk.disarm() {
            self.faults.count(Fault::CutOff);
        }
        Ok(told)
    }

    fn order(&mut self, order: &Order) -> Checked<String> {
        Ok(format!("{:?}: {}", order.movement, ending(self.fill(order)?)))
    }

    /// Sends an order; returns its first entry, or why the ledger refused it.
    pub(crate) fn fill(&mut self, order: &Order) -> Checked<Result<i64, String>> {
        self.auditor.wishes.add(order.key, Asked::Order(order.clone()));
        let filled = match task::now(self.post.order(vec![order.clone()])) {
            Ok(filled) => filled,
            Err(error) => return Ok(Err(error.to_string())),
        };
        match <[_; 1]>::try_from(filled) {
            Ok([filled]) => {
                Ok(filled.map(|receipt| *receipt.entries.start()).map_err(|refused| refused.to_string()))
            }
            Err(other) => Err(Violation::new(0, format!("one order, and {} answers", other.len()))),
        }
    }

    /// Sends a code that was typed; returns the log's end, or why the ledger refused it. A code is used once.
    pub(super) fn redeem(&mut self, redeem: &Redeem) -> Checked<Result<i64, String>> {
        let known = self.people.codes.iter_mut().find(|known| known.typed == redeem.code);
        if let Some(known) = &known {
            let (stays, joins, is_proven) = (known.maker.clone(), redeem.by.clone(), true);
            self.auditor.wishes.add(redeem.key, Asked::Link { stays, joins, is_proven });
        }
        let done = task::now(self.post.redeem(redeem.clone()));
        if let (Ok(_), Some(known)) = (&done, known) {
            let used = known.used.get_or_insert(redeem.key);
            if *used != redeem.key {
                return Err(Violation::new(2, format!("{}'s code was used twice", known.maker)));
            }
        }
        Ok(done.map(|head| head.seq).map_err(|error| error.to_string()))
    }
}

fn ending<T: std::fmt::Debug, E: std::fmt::Display>(done: Result<T, E>) -> String {
    done.map_or_else(|error| error.to_string(), |done| format!("done, {done:?}"))
}
