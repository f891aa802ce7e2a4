//! Hazards 12 and 13: a bot that writes what it remembers. Triggers cannot tell that from spending: it is counted and
//! shown, and given back where the mapping says that the bot writes so.

use crate::harness::{
    CACHED, Pair,
    answers::kind,
    pair::{D, T},
};

/// Telegram has cached a balance of 100 before discord earns 50.
fn a_cache_that_missed_50(mapping: &str) -> Pair {
    let pair = Pair::with(CACHED, "delete", |config| config.add("telegram", mapping));
    pair.telegram.restart();
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    pair.discord.earn(D, 50);
    pair.syncs_to(150);
    pair
}

/// How many writes of telegram put back a value, and how many came soon after an inbound change.
fn overwrites(pair: &Pair) -> (i64, i64) {
    let status = pair.world.status();
    let telegram = status.of("telegram");
    (telegram.put_backs.unwrap(), telegram.soon_overwrites.unwrap())
}

#[test]
fn hazard_12_a_value_put_back_is_counted_and_shown() {
    let pair = a_cache_that_missed_50("");
    assert_eq!(overwrites(&pair).0, 0);
    pair.telegram.resave(T);
    pair.syncs_to(100);
    assert_eq!(overwrites(&pair).0, 1, "exactly the value from before was put back");
    assert_eq!(pair.deltas(), ["100", "50", "-50"], "and it counts as any write of the bot");
    pair.world.verify();
}

#[test]
fn hazard_13_a_cache_that_moved_on_is_counted_as_a_bound() {
    let pair = a_cache_that_missed_50("");
    let (_, before) = overwrites(&pair);
    pair.telegram.spend(T, 10);
    pair.syncs_to(90);
    let (put_backs, soon) = overwrites(&pair);
    assert_eq!((put_backs, soon - before), (0, 1), "not the value from before, but soon after it");
    pair.world.verify();
}

#[test]
fn hazard_12_writes_that_are_not_stale_are_not_counted_as_put_back() {
    let pair = a_cache_that_missed_50("");
    pair.telegram.restart();
    pair.telegram.earn(T, 5);
    pair.telegram.spend(T, 20);
    pair.syncs_to(135);
    assert_eq!(overwrites(&pair).0, 0);
}

#[test]
fn hazard_12_a_mapping_of_absolute_writes_gives_back_by_an_entry_of_its_own() {
    let pair = a_cache_that_missed_50("writes = \"absolute\"\n");
    pair.telegram.resave(T);
    pair.syncs_to(150);
    let history = pair.world.history(&pair.telegram.identity(T));
    let repair = history.iter().find(|entry| entry.kind == kind::REPAIR).expect("an entry of kind repair");
    assert_eq!(repair.delta, "50");
    assert!(repair.reason.is_some(), "it says why: {repair:?}");
    assert_eq!(overwrites(&pair).0, 1);
    pair.world.verify();
}
