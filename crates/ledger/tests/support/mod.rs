//! A world for tests: a clock that only steps, random bytes from a seed, and short ways to say events.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use onepurse_core::{
    Amount, Answer, Asset, AssetName, Changes, Clock, Cursor, Event, EventKey, EventKind, Identity, LedgerId,
    Movement, Order, Platform, Quantity, Question, Random, Scale,
};
use onepurse_ledger::{AuditScope, Ledger, Link, Outcome, Purse, Records};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// Each look at it is a millisecond later.
pub(crate) struct StepClock(AtomicI64);

impl Clock for StepClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    clock_later(0)
}

/// A clock that is so many milliseconds ahead.
pub(crate) fn clock_later(by_ms: i64) -> Arc<dyn Clock> {
    Arc::new(StepClock(AtomicI64::new(1_000_000 + by_ms)))
}

pub(crate) struct SeededRandom(Mutex<StdRng>);

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

pub(crate) fn random(seed: u64) -> Arc<dyn Random> {
    Arc::new(SeededRandom(Mutex::new(StdRng::seed_from_u64(seed))))
}

/// Runs a future to its end on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn asset(name: &str) -> AssetName {
    name.parse().unwrap()
}

pub(crate) fn platform(name: &str) -> Platform {
    name.parse().unwrap()
}

pub(crate) fn identity(text: &str) -> Identity {
    text.parse().unwrap()
}

pub(crate) fn whole(name: &str) -> Asset {
    Asset::new(asset(name), Scale::WHOLE)
}

/// The key of the `n`th event captured at that many milliseconds.
pub(crate) fn key(n: u64) -> EventKey {
    EventKey::captured(i64::try_from(n).unwrap(), n.to_be_bytes())
}

/// The `n`th event: a change of coins, captured at `n` milliseconds.
pub(crate) fn change(n: u64, who: &str, delta: i64) -> Event {
    Event {
        key: key(n),
        identity: identity(who),
        asset: asset("coins"),
        delta: Amount::new(delta),
        kind: EventKind::Change,
        captured_ms: i64::try_from(n).unwrap(),
        reason: None,
    }
}

/// The same, captured at another time.
pub(crate) fn captured(captured_ms: i64, n: u64, who: &str, delta: i64) -> Event {
    let key = EventKey::captured(captured_ms, n.to_be_bytes());
    Event { key, captured_ms, ..change(n, who, delta) }
}

pub(crate) fn opening(ledger: LedgerId, who: &str, delta: i64) -> Event {
    let (identity, asset) = (identity(who), asset("coins"));
    let key = EventKey::opening(ledger, &identity, &asset);
    Event { key, kind: EventKind::Opening, ..change(7, who, delta) }
}

pub(crate) fn quantity(units: i64) -> Quantity {
    Quantity::new(Amount::new(units)).unwrap()
}

/// The `n`th order.
pub(crate) fn order(n: u64, movement: Movement) -> Order {
    let (actor, reason) = (Some("ada".to_owned()), Some("asked".to_owned()));
    Order { key: key(2_000_000 + n), movement, actor, reason }
}

pub(crate) fn link(n: u64, stays: &str, joins: &str) -> Link {
    Link {
        key: key(1_000_000 + n),
        stays: identity(stays),
        joins: identity(joins),
        actor: Some("ada".to_owned()),
        reason: Some("one person".to_owned()),
    }
}

/// What tests ask of a ledger that people can also read.
pub(crate) trait Books: Ledger + Records {
    fn enter(&self, events: &[Event]) -> Vec<Outcome> {
        wait(self.append(events.to_vec())).unwrap()
    }

    fn coins(&self, who: &str) -> i64 {
        self.purse_seen(who).balances[&asset("coins")].units()
    }

    fn purse_seen(&self, who: &str) -> Purse {
        wait(self.purse_of(identity(who))).unwrap().unwrap()
    }

    fn end(&self) -> Cursor {
        wait(self.head()).unwrap()
    }

    fn answer(&self, platform_name: &str, from: Cursor) -> Answer {
        wait(self.pull(Question { platform: platform(platform_name), from, oldest_ms: 0 })).unwrap()
    }

    fn changes(&self, platform_name: &str, from: Cursor) -> Changes {
        match self.answer(platform_name, from) {
            Answer::Changes(changes) => changes,
            Answer::HistoryMismatch => panic!("{from:?} is not in the history"),
        }
    }

    /// Nothing is doubled, everything adds up, the chain holds.
    fn assert_sound(&self) {
        let audit = wait(self.audit(AuditScope::default())).unwrap();
        let found = [&audit.twice, &audit.not_conserved, &audit.broken];
        assert!(found.iter().all(|list| list.is_empty()), "{audit:?}");
        assert_eq!(audit.head, self.end());
        assert_eq!(audit.entries, u64::try_from(audit.head.seq).unwrap());
    }
}

impl<L: Ledger + Records + ?Sized> Books for L {}
