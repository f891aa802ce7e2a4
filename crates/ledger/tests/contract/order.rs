//! Orders: coins that move by somebody's word, straight on the ledger.

use onepurse_core::{Amount, EntryKind, Movement, Order, Rejection};
use onepurse_ledger::{EntryFilter, Ledger, Orders, Receipt, Records};

use super::{Fixture, contract};
use crate::support::*;

contract![
    coins_are_earned_spent_and_handed_over,
    an_order_is_done_once_and_its_key_is_kept,
    each_order_is_done_or_refused_on_its_own,
    a_transfer_is_two_entries_or_none,
    a_transaction_is_reversed_whole_and_once,
    what_a_bot_did_is_reversed_where_its_coins_are_now,
    what_is_not_undone_by_a_reversal_is_named,
    the_ends_of_amounts_are_refused,
    replicas_hear_of_orders,
];

fn earn(n: u64, to: &str, units: i64) -> Order {
    order(n, Movement::Earn { to: identity(to), asset: asset("coins"), quantity: quantity(units) })
}

fn spend(n: u64, from: &str, units: i64) -> Order {
    order(n, Movement::Spend { from: identity(from), asset: asset("coins"), quantity: quantity(units) })
}

fn transfer(n: u64, from: &str, to: &str, units: i64) -> Order {
    let (from, to, asset) = (identity(from), identity(to), asset("coins"));
    order(n, Movement::Transfer { from, to, asset, quantity: quantity(units) })
}

fn adjust(n: u64, who: &str, units: i64) -> Order {
    let (identity, asset) = (identity(who), asset("coins"));
    order(n, Movement::Adjust { identity, asset, delta: Amount::new(units) })
}

fn reverse(n: u64, seq: i64) -> Order {
    order(n, Movement::Reverse { seq })
}

fn fill(ledger: &impl Orders, order: Order) -> Result<Receipt, Rejection> {
    wait(ledger.order(vec![order])).unwrap().remove(0)
}

#[track_caller]
fn done(ledger: &impl Orders, order: Order) -> i64 {
    let receipt = fill(ledger, order).unwrap();
    assert!(!receipt.was_known);
    *receipt.entries.start()
}

#[track_caller]
fn refused(ledger: &(impl Orders + Ledger), order: &Order, name: &str) {
    let end = wait(ledger.head()).unwrap();
    let refused = fill(ledger, order.clone()).unwrap_err();
    assert_eq!(refused.name(), name, "{order:?}: {refused}");
    assert_eq!(wait(ledger.head()).unwrap(), end, "nothing was written");
}

fn coins_are_earned_spent_and_handed_over<F: Fixture>() {
    let (place, ledger) = F::start();
    done(&*ledger, earn(1, "telegram:1", 100));
    done(&*ledger, earn(2, "discord:2", 5));
    done(&*ledger, spend(3, "telegram:1", 30));
    done(&*ledger, transfer(4, "telegram:1", "discord:2", 50));
    done(&*ledger, adjust(5, "discord:2", -60));
    for (who, has) in [("telegram:1", 20), ("discord:2", -5)] {
        assert_eq!(place.open().coins(who), has, "{who}");
    }
    let entries = wait(ledger.entries(EntryFilter { limit: 10, ..EntryFilter::default() })).unwrap();
    let told: Vec<_> =
        entries.iter().rev().map(|e| (e.kind, e.identity.to_string(), e.delta.units())).collect();
    let of = |kind, who: &str, delta| (kind, who.to_owned(), delta);
    assert_eq!(
        told,
        [
            of(EntryKind::Earn, "telegram:1", 100),
            of(EntryKind::Earn, "discord:2", 5),
            of(EntryKind::Spend, "telegram:1", -30),
            of(EntryKind::Transfer, "telegram:1", -50),
            of(EntryKind::Transfer, "discord:2", 50),
            of(EntryKind::Adjust, "discord:2", -60),
        ]
    );
    assert!(
        entries.iter().all(|e| e.actor.as_deref() == Some("ada") && e.reason.as_deref() == Some("asked"))
    );
    ledger.assert_sound();
}

fn an_order_is_done_once_and_its_key_is_kept<F: Fixture>() {
    let (place, ledger) = F::start();
    let first = fill(&*ledger, earn(1, "telegram:1", 100)).unwrap();
    let other = earn(1, "telegram:1", 101);
    for ledger in [&ledger, &place.open()] {
        let again = fill(&**ledger, earn(1, "telegram:1", 100)).unwrap();
        assert_eq!(again, Receipt { was_known: true, ..first.clone() });
        refused(&**ledger, &other, "SameKeyDifferentContent");
    }
    // Also within one batch, and also of one that would be refused by now.
    let twice = wait(ledger.order(vec![spend(2, "telegram:1", 100), spend(2, "telegram:1", 100)])).unwrap();
    assert_eq!(twice[0].as_ref().unwrap().entries, twice[1].as_ref().unwrap().entries);
    assert!(twice[1].as_ref().unwrap().was_known);
    assert_eq!(ledger.coins("telegram:1"), 0);
    // A refused one may be tried again.
    refused(&*ledger, &spend(3, "telegram:1", 10), "InsufficientFunds");
    done(&*ledger, earn(4, "telegram:1", 10));
    done(&*ledger, spend(3, "telegram:1", 10));
    ledger.assert_sound();
}

fn each_order_is_done_or_refused_on_its_own<F: Fixture>() {
    let (_place, ledger) = F::start();
    let strange = Movement::Earn { to: identity("telegram:1"), asset: asset("gems"), quantity: quantity(1) };
    let orders = vec![
        spend(1, "telegram:1", 1),
        earn(2, "telegram:1", 10),
        spend(3, "telegram:1", 11),
        order(4, strange),
        spend(5, "telegram:1", 4),
        transfer(6, "telegram:1", "discord:2", 1),
        Order { reason: None, ..adjust(7, "telegram:1", 1) },
        Order { actor: None, ..adjust(8, "telegram:1", 1) },
        transfer(9, "telegram:1", "telegram:1", 1),
        reverse(10, 99),
    ];
    let names: Vec<_> = wait(ledger.order(orders))
        .unwrap()
        .into_iter()
        .map(|filled| filled.map_or_else(|refused| refused.name(), |_| "done"))
        .collect();
    assert_eq!(
        names,
        [
            "IdentityUnknown",
            "done",
            "InsufficientFunds",
            "UnknownAsset",
            "done",
            "IdentityUnknown",
            "ReasonMissing",
            "ActorMissing",
            "SamePurse",
            "NoSuchEntry",
        ]
    );
    assert_eq!((ledger.coins("telegram:1"), ledger.end().seq), (6, 2));
    ledger.assert_sound();
}

fn a_transfer_is_two_entries_or_none<F: Fixture>() {
    let (_place, ledger) = F::start();
    done(&*ledger, earn(1, "telegram:1", 10));
    done(&*ledger, earn(2, "discord:2", i64::MAX));
    refused(&*ledger, &transfer(3, "telegram:1", "discord:2", 1), "WouldOverflow");
    refused(&*ledger, &transfer(4, "telegram:1", "discord:2", 11), "InsufficientFunds");
    let receipt = fill(&*ledger, transfer(5, "discord:2", "telegram:1", 7)).unwrap();
    assert_eq!(receipt.entries, 3..=4);
    assert_eq!((ledger.coins("telegram:1"), ledger.coins("discord:2")), (17, i64::MAX - 7));
    ledger.assert_sound();
}

fn a_transaction_is_reversed_whole_and_once<F: Fixture>() {
    let (_place, ledger) = F::start();
    done(&*ledger, earn(1, "telegram:1", 100));
    done(&*ledger, earn(2, "discord:2", 1));
    let handed = done(&*ledger, transfer(3, "telegram:1", "discord:2", 40));
    done(&*ledger, spend(4, "discord:2", 41));
    // Either of its entries names it. Who has spent the coins meanwhile owes them.
    let undone = fill(&*ledger, reverse(5, handed + 1)).unwrap();
    assert_eq!(undone.entries.clone().count(), 2);
    assert_eq!((ledger.coins("telegram:1"), ledger.coins("discord:2")), (100, -40));
    for seq in [handed, handed + 1] {
        refused(&*ledger, &reverse(6, seq), "AlreadyReversed");
    }
    for seq in undone.entries.clone() {
        refused(&*ledger, &reverse(7, seq), "NotReversible");
    }
    assert_eq!(fill(&*ledger, reverse(5, handed + 1)).unwrap(), Receipt { was_known: true, ..undone });
    ledger.assert_sound();
}

fn what_a_bot_did_is_reversed_where_its_coins_are_now<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 100), change(2, "discord:2", 50), change(3, "website:3", 7)]);
    wait(ledger.link(link(1, "discord:2", "telegram:1"))).unwrap();
    wait(ledger.link(link(2, "website:3", "discord:2"))).unwrap();
    done(&*ledger, reverse(1, 1));
    assert_eq!(ledger.coins("website:3"), 57);
    done(&*ledger, reverse(2, 3));
    assert_eq!(ledger.coins("telegram:1"), 50);
    ledger.assert_sound();
}

fn what_is_not_undone_by_a_reversal_is_named<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 5), opening(id, "discord:2", 6)]);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    for seq in 1..=ledger.end().seq {
        refused(&*ledger, &reverse(9, seq), "NotReversible");
    }
    for seq in [0, -1, i64::MIN, i64::MAX, ledger.end().seq + 1] {
        refused(&*ledger, &reverse(9, seq), "NoSuchEntry");
    }
    ledger.assert_sound();
}

fn the_ends_of_amounts_are_refused<F: Fixture>() {
    let (_place, ledger) = F::start();
    done(&*ledger, earn(1, "telegram:1", i64::MAX));
    refused(&*ledger, &earn(2, "telegram:1", 1), "WouldOverflow");
    done(&*ledger, spend(3, "telegram:1", i64::MAX));
    let down = done(&*ledger, adjust(4, "telegram:1", i64::MIN));
    refused(&*ledger, &adjust(5, "telegram:1", -1), "WouldOverflow");
    refused(&*ledger, &spend(6, "telegram:1", 1), "InsufficientFunds");
    refused(&*ledger, &reverse(7, down), "WouldOverflow");
    ledger.assert_sound();
}

fn replicas_hear_of_orders<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 10), change(2, "discord:2", 10)]);
    let before = ledger.end();
    done(&*ledger, transfer(1, "telegram:1", "discord:2", 3));
    done(&*ledger, earn(2, "telegram:9", 1));
    let told = |platform| {
        let changes = ledger.changes(platform, before);
        assert!(changes.own.is_empty() && changes.openings.is_empty(), "nobody captured these");
        let mut named: Vec<_> =
            changes.balances.iter().map(|b| (b.external.to_string(), b.amount.units())).collect();
        named.sort();
        named
    };
    assert_eq!(told("telegram"), [("1".to_owned(), 7), ("9".to_owned(), 1)]);
    assert_eq!(told("discord"), [("2".to_owned(), 13)]);
}
