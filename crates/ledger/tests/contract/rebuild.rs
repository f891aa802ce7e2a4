//! A ledger is made anew from what is remembered of one that was lost.

use std::collections::BTreeMap;

use onepurse_core::{Amount, EntryKind, LedgerId};
use onepurse_ledger::{Ledger, LedgerError, Outcome, Rebuilding, Records, Remembered};

use super::{Fixture, contract};
use crate::support::*;

contract![
    purses_are_as_they_are_remembered,
    what_was_made_before_is_left_as_it_is,
    it_takes_the_place_of_the_lost_one,
    what_is_not_counted_is_refused_and_nothing_is_made,
];

fn remembered(who: &[&str], coins: i64, opened: &[&str]) -> Remembered {
    Remembered {
        identities: who.iter().map(|who| identity(who)).collect(),
        balances: BTreeMap::from([(asset("coins"), Amount::new(coins))]),
        opened: opened.iter().map(|who| (identity(who), asset("coins"))).collect(),
    }
}

fn remember(ledger: &impl Rebuilding, purses: Vec<Remembered>) -> Result<u64, LedgerError> {
    wait(ledger.remember(purses, "rebuilt".to_owned()))
}

fn purses_are_as_they_are_remembered<F: Fixture>() {
    let (place, ledger) = F::start();
    let purses = vec![
        remembered(&["telegram:456", "discord:123"], 150, &["telegram:456", "discord:123"]),
        remembered(&["telegram:7"], -5, &[]),
        remembered(&["website:a"], 0, &["website:a"]),
    ];
    assert_eq!(remember(&*ledger, purses).unwrap(), 3);
    let again = place.open();
    assert_eq!((again.coins("discord:123"), again.purse_seen("telegram:456").identities.len()), (150, 2));
    assert_eq!((again.coins("telegram:7"), again.coins("website:a")), (-5, 0));
    let kinds: Vec<_> = wait(ledger.log(0, 10)).unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Opening, EntryKind::Opening, EntryKind::Adjust, EntryKind::Opening]);
    // Who was opened is not opened again, and who was not is.
    let id = wait(ledger.id()).unwrap();
    let [known, new] =
        ledger.enter(&[opening(id, "discord:123", 99), opening(id, "telegram:7", 9)]).try_into().unwrap();
    assert!(matches!((known, new), (Outcome::Known { .. }, Outcome::Entered { .. })));
    assert_eq!((ledger.coins("discord:123"), ledger.coins("telegram:7")), (150, 4));
    ledger.assert_sound();
}

fn what_was_made_before_is_left_as_it_is<F: Fixture>() {
    let (_place, ledger) = F::start();
    let purses =
        || vec![remembered(&["telegram:456", "discord:123"], 150, &[]), remembered(&["telegram:7"], 5, &[])];
    assert_eq!(remember(&*ledger, purses()).unwrap(), 2);
    ledger.enter(&[change(1, "telegram:7", 3)]);
    let end = ledger.end();
    assert_eq!(remember(&*ledger, purses()).unwrap(), 0);
    assert_eq!((ledger.end(), ledger.coins("telegram:7")), (end, 8));
    assert_eq!(remember(&*ledger, vec![remembered(&["discord:123", "website:a"], 1, &[])]).unwrap(), 0);
    ledger.assert_sound();
}

fn it_takes_the_place_of_the_lost_one<F: Fixture>() {
    let (place, ledger) = F::start();
    let lost = LedgerId([9; 16]);
    assert_ne!(wait(ledger.id()).unwrap(), lost);
    wait(ledger.take_place_of(lost)).unwrap();
    assert_eq!([wait(ledger.id()).unwrap(), wait(place.open().id()).unwrap()], [lost, lost]);
}

fn what_is_not_counted_is_refused_and_nothing_is_made<F: Fixture>() {
    let (_place, ledger) = F::start();
    let mut odd = remembered(&["telegram:7"], 5, &[]);
    odd.balances.insert(asset("rubies"), Amount::new(1));
    let refused = remember(&*ledger, vec![remembered(&["telegram:456"], 5, &[]), odd]).unwrap_err();
    assert!(matches!(&refused, LedgerError::Rejected(why) if why.name() == "UnknownAsset"), "{refused}");
    assert_eq!((ledger.end().seq, wait(ledger.purse_of(identity("telegram:456"))).unwrap()), (0, None));
}
