//! Many at once: callers of one ledger, and programs with one ledger each at the same place.

use std::{sync::Barrier, thread};

use onepurse_core::{Amount, Asset, OverdraftPolicy};
use onepurse_ledger::{Ledger, Outcome};

use super::{Fixture, contract};
use crate::support::*;

contract![
    callers_at_once_leave_no_gap_and_lose_nothing,
    programs_at_once_leave_no_gap_and_lose_nothing,
    the_same_events_from_two_programs_are_entered_once,
    readers_see_whole_transactions,
    what_another_program_did_is_not_remembered_wrongly,
    a_policy_that_another_program_changes_is_heeded,
    what_a_backup_takes_back_is_not_remembered,
];

const CALLERS: u64 = 6;
const CALLS: u64 = 25;

/// The events of one call: two each, of one shared purse and one of the caller's own.
fn call(caller: u64, n: u64) -> [onepurse_core::Event; 2] {
    let at = 10_000 * caller + 2 * n;
    [change(at, "telegram:shared", 1), change(at + 1, &format!("discord:{caller}"), 1)]
}

/// Every caller on a thread of its own, all starting together.
fn all_at_once<L: Books>(ledgers: &[&L]) -> Vec<i64> {
    let ready = Barrier::new(usize::try_from(CALLERS).unwrap());
    let callers = |caller: u64| {
        let ledger = ledgers[usize::try_from(caller).unwrap() % ledgers.len()];
        let ready = &ready;
        move || {
            ready.wait();
            let outcomes = (0..CALLS).flat_map(|n| ledger.enter(&call(caller, n)));
            let entered = outcomes.map(|outcome| match outcome {
                Outcome::Entered { seq } => seq,
                other => panic!("{other:?}"),
            });
            entered.collect::<Vec<_>>()
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (1..=CALLERS).map(|caller| scope.spawn(callers(caller))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn check<L: Books>(ledger: &L, mut seqs: Vec<i64>) {
    let all = i64::try_from(2 * CALLERS * CALLS).unwrap();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=all).collect::<Vec<_>>());
    assert_eq!(ledger.coins("telegram:shared"), all / 2);
    for caller in 1..=CALLERS {
        assert_eq!(ledger.coins(&format!("discord:{caller}")), i64::try_from(CALLS).unwrap());
    }
    ledger.assert_sound();
}

fn callers_at_once_leave_no_gap_and_lose_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    let seqs = all_at_once(&[&*ledger]);
    check(&*ledger, seqs);
}

fn programs_at_once_leave_no_gap_and_lose_nothing<F: Fixture>() {
    let (place, ledger) = F::start();
    let other = place.open();
    let seqs = all_at_once(&[&*ledger, &*other]);
    check(&*other, seqs);
}

fn the_same_events_from_two_programs_are_entered_once<F: Fixture>() {
    let (place, ledger) = F::start();
    let other = place.open();
    let send = |ledger: &F::Ledger| (0..CALLS).flat_map(|n| ledger.enter(&call(1, n))).collect::<Vec<_>>();
    let (ours, theirs) = thread::scope(|scope| {
        let at_the_same_time = scope.spawn(|| send(&other));
        (send(&ledger), at_the_same_time.join().unwrap())
    });
    for pair in ours.into_iter().zip(theirs) {
        match pair {
            (Outcome::Entered { seq: a }, Outcome::Known { seq: b })
            | (Outcome::Known { seq: a }, Outcome::Entered { seq: b }) => assert_eq!(a, b),
            neither => panic!("{neither:?}"),
        }
    }
    ledger.assert_sound();
}

fn readers_see_whole_transactions<F: Fixture>() {
    let (place, ledger) = F::start();
    let reader = place.open();
    ledger.enter(&call(1, 0));
    thread::scope(|scope| {
        let writing = scope.spawn(|| (1..CALLS).for_each(|n| drop(ledger.enter(&call(1, n)))));
        while !writing.is_finished() {
            let changes = reader.changes("telegram", onepurse_core::Cursor::ZERO);
            let shared = changes.balances[0].amount;
            assert_eq!(Amount::new(changes.to.seq / 2), shared, "both events of a call, or neither");
            assert_eq!(wait(reader.head()).unwrap().seq % 2, 0);
        }
    });
}

fn what_another_program_did_is_not_remembered_wrongly<F: Fixture>() {
    let (place, ledger) = F::start();
    let other = place.open();
    let both = [change(1, "telegram:1", 10), change(2, "discord:2", 5)];
    ledger.enter(&both);
    other.enter(&[change(3, "telegram:1", 100)]);
    ledger.enter(&[change(4, "telegram:1", 1)]);
    assert_eq!(ledger.coins("telegram:1"), 111, "a balance");
    wait(other.link(link(1, "telegram:1", "discord:2"))).unwrap();
    ledger.enter(&[change(5, "discord:2", 1000)]);
    assert_eq!(ledger.coins("telegram:1"), 1116, "a purse");
    // A key that only the other has entered, in a batch of which the rest is new.
    let outcomes = ledger.enter(&[change(6, "discord:2", 1), change(3, "telegram:1", 100)]);
    assert_eq!(outcomes[1], Outcome::Known { seq: 3 });
    assert_eq!(other.coins("telegram:1"), 1117);
    ledger.assert_sound();
}

fn a_policy_that_another_program_changes_is_heeded<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 10)]);
    let reverse = Asset { overdraft: OverdraftPolicy::Reverse, ..whole("coins") };
    wait(place.open().declare(vec![reverse])).unwrap();
    ledger.enter(&[change(2, "telegram:1", -50)]);
    assert_eq!(ledger.coins("telegram:1"), 10);
    ledger.assert_sound();
}

fn what_a_backup_takes_back_is_not_remembered<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 10)]);
    place.back_up();
    ledger.enter(&[change(2, "telegram:1", 100), change(3, "discord:2", 7)]);
    place.put_back();
    assert_eq!(ledger.end().seq, 1);
    // As many entries as were taken back, so that only the hash of the last one tells.
    place.open().enter(&[change(4, "telegram:1", 1), change(5, "telegram:1", 1)]);
    ledger.enter(&[change(6, "telegram:1", 1), change(3, "discord:2", 7)]);
    assert_eq!((ledger.coins("telegram:1"), ledger.coins("discord:2")), (13, 7));
    ledger.assert_sound();
}
