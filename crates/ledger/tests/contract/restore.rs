//! A ledger that was put back from a backup under a running program: seen by whoever knew more, and used again.

use onepurse_core::{Answer, Cursor};
use onepurse_ledger::{
    Ledger,
    Outcome::{Entered, Known},
};

use super::{Fixture, contract};
use crate::support::*;

contract![
    a_ledger_that_was_put_back_is_another_history,
    a_log_that_diverged_is_another_history,
    what_is_sent_again_heals_it,
];

fn a_ledger_that_was_put_back_is_another_history<F: Fixture>() {
    let (place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[change(1, "telegram:1", 100)]);
    let early = ledger.end();
    place.back_up();
    ledger.enter(&[change(2, "telegram:1", 50)]);
    let late = ledger.end();
    place.put_back();

    assert_eq!((ledger.end(), wait(ledger.id()).unwrap()), (early, id));
    assert_eq!(ledger.answer("telegram", late), Answer::HistoryMismatch);
    assert!(matches!(ledger.answer("telegram", early), Answer::Changes(_)));
    assert_eq!(ledger.coins("telegram:1"), 100);
    ledger.assert_sound();
}

fn a_log_that_diverged_is_another_history<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 100)]);
    let early = ledger.end();
    place.back_up();
    ledger.enter(&[change(2, "telegram:1", 50)]);
    let late = ledger.end();
    place.put_back();
    ledger.enter(&[change(3, "telegram:1", 7), change(4, "telegram:1", 7)]);

    assert!(ledger.end().seq > late.seq, "its numbers went on");
    assert_eq!(ledger.answer("telegram", late), Answer::HistoryMismatch);
    assert_eq!(ledger.changes("telegram", early).own, [key(3), key(4)]);
    ledger.assert_sound();
}

fn what_is_sent_again_heals_it<F: Fixture>() {
    let (place, ledger) = F::start();
    let events = [change(1, "telegram:1", 100), change(2, "telegram:1", 50), change(3, "discord:2", 9)];
    ledger.enter(&events[..1]);
    place.back_up();
    ledger.enter(&events[1..]);
    for round in 0..3 {
        place.put_back();
        assert_eq!(ledger.enter(&events), [Known { seq: 1 }, Entered { seq: 2 }, Entered { seq: 3 }]);
        assert_eq!((ledger.coins("telegram:1"), ledger.coins("discord:2")), (150, 9), "round {round}");
        assert_eq!(ledger.changes("discord", Cursor::ZERO).own, [key(3)]);
        ledger.assert_sound();
    }
}
