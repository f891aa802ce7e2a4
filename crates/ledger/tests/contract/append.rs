//! Appending: once, in order, by the rules.

use onepurse_core::Rejection;
use onepurse_ledger::Outcome::{Entered, Known, Quarantined};

use super::{Fixture, contract};
use crate::support::*;

contract![an_event_is_entered_once];

fn an_event_is_entered_once<F: Fixture>() {
    let (_place, ledger) = F::start();
    let earned = change(1, "telegram:456", 100);
    assert_eq!(ledger.enter(&[earned.clone(), earned.clone()]), [Entered { seq: 1 }, Known { seq: 1 }]);
    assert_eq!(
        ledger.enter(&[earned.clone(), change(2, "telegram:456", 50)]),
        [Known { seq: 1 }, Entered { seq: 2 }]
    );
    assert_eq!(ledger.coins("telegram:456"), 150);
    let other = change(1, "telegram:456", 101);
    assert_eq!(ledger.enter(&[other]), [Quarantined(Rejection::SameKeyDifferentContent)]);
    assert_eq!(ledger.coins("telegram:456"), 150);
    ledger.assert_sound();
}
