//! Linking: two purses become one, by entries like any other.

use onepurse_core::{Amount, Answer, EntryKind, Event, Rejection};
use onepurse_ledger::{EntryFilter, Ledger, LedgerError, Link, Outcome, Records};

use super::{Fixture, contract};
use crate::support::*;

contract![
    purses_become_one,
    everyone_who_moves_leaves_two_entries,
    a_request_is_done_once,
    both_sides_hear_of_a_link_of_nothing,
    who_comes_with_nothing_left_of_an_asset_hears_of_it,
    a_link_is_refused_by_name,
    a_merge_that_overflows_changes_nothing,
];

fn purses_become_one<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50)]);
    let end = wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    assert_eq!(end, ledger.end());
    for who in ["telegram:456", "discord:123"] {
        let purse = ledger.purse_seen(who);
        assert_eq!(purse.identities, [identity("discord:123"), identity("telegram:456")]);
        assert_eq!(purse.balances[&asset("coins")], Amount::new(150), "{who}");
    }
    ledger.enter(&[change(3, "discord:123", 5)]);
    assert_eq!(ledger.coins("telegram:456"), 155);
    ledger.assert_sound();
}

fn everyone_who_moves_leaves_two_entries<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 100), change(2, "discord:2", 50), change(3, "website:3", 7)]);
    wait(ledger.link(link(1, "discord:2", "website:3"))).unwrap();
    let (stays, leaves) = (ledger.purse_seen("telegram:1").id, ledger.purse_seen("discord:2").id);
    let before = ledger.end();
    wait(ledger.link(link(2, "telegram:1", "discord:2"))).unwrap();

    let filter = EntryFilter { limit: 6, ..EntryFilter::default() };
    let mut entries = wait(ledger.entries(filter)).unwrap();
    entries.reverse();
    let told: Vec<_> = entries
        .iter()
        .map(|e| (e.kind, e.purse, e.identity.to_string(), e.delta.units(), e.balance.units()))
        .collect();
    let (moved, shifted) = (EntryKind::Link, EntryKind::Merge);
    assert_eq!(
        told,
        [
            (moved, stays, "discord:2".to_owned(), 0, 100),
            (moved, leaves, "discord:2".to_owned(), 0, 57),
            (moved, stays, "website:3".to_owned(), 0, 100),
            (moved, leaves, "website:3".to_owned(), 0, 57),
            (shifted, leaves, "discord:2".to_owned(), -57, 0),
            (shifted, stays, "discord:2".to_owned(), 57, 157),
        ]
    );
    assert_eq!(entries[0].seq, before.seq + 1);
    assert!(entries.iter().all(|e| e.actor.as_deref() == Some("ada") && e.reason.is_some()));
    let left = wait(ledger.purse(leaves)).unwrap().unwrap();
    assert_eq!((left.identities.len(), left.balances[&asset("coins")]), (0, Amount::ZERO));
    ledger.assert_sound();
}

fn a_request_is_done_once<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:2", 2), change(3, "website:3", 4)]);
    let request = link(1, "telegram:1", "discord:2");
    let end = wait(ledger.link(request.clone())).unwrap();
    assert_eq!(wait(ledger.link(request.clone())).unwrap(), end);
    let other = Link { joins: identity("website:3"), ..request };
    let refused = wait(ledger.link(other)).unwrap_err();
    assert!(matches!(refused, LedgerError::Rejected(Rejection::SameKeyDifferentContent)), "{refused}");
    assert_eq!(ledger.end(), end);
    ledger.assert_sound();
}

fn both_sides_hear_of_a_link_of_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 0), opening(id, "discord:2", 0)]);
    let before = ledger.end();
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    for (platform, external) in [("telegram", "1"), ("discord", "2")] {
        let changes = ledger.changes(platform, before);
        let named: Vec<_> = changes.balances.iter().map(|b| (b.external.as_str(), b.amount)).collect();
        assert_eq!(named, [(external, Amount::ZERO)], "{platform}");
        assert!(changes.own.is_empty() && changes.openings.is_empty());
    }
    assert!(matches!(ledger.answer("website", before), Answer::Changes(c) if c.balances.is_empty()));
}

fn who_comes_with_nothing_left_of_an_asset_hears_of_it<F: Fixture>() {
    let (_place, ledger) = F::start();
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    let xp = |n, delta| Event { asset: asset("xp"), ..change(n, "telegram:1", delta) };
    ledger.enter(&[change(1, "discord:2", 100), xp(2, 67)]);
    let knows_67 = ledger.end();
    ledger.enter(&[xp(3, -67)]);
    wait(ledger.link(link(1, "discord:2", "telegram:1"))).unwrap();
    let mut named = ledger.changes("telegram", knows_67).balances;
    named.sort();
    let named: Vec<_> = named.iter().map(|b| (b.asset.as_str(), b.amount.units())).collect();
    assert_eq!(named, [("coins", 100), ("xp", 0)]);
    ledger.assert_sound();
}

fn a_link_is_refused_by_name<F: Fixture>() {
    let (_place, ledger) = F::start();
    let seen = ["telegram:1", "discord:2", "telegram:3"];
    ledger.enter(&[1, 2, 3].map(|n| change(n, seen[usize::try_from(n).unwrap() - 1], 1)));
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    let end = ledger.end();
    // The first that applies is the one that is said.
    for (n, (stays, joins, name)) in [
        ("telegram:9", "telegram:9", "SameIdentity"),
        ("telegram:9", "discord:9", "IdentityUnknown"),
        ("telegram:1", "discord:9", "IdentityUnknown"),
        ("discord:2", "telegram:1", "AlreadyLinked"),
        ("telegram:1", "telegram:3", "PlatformTaken"),
        ("discord:2", "telegram:3", "PlatformTaken"),
    ]
    .into_iter()
    .enumerate()
    {
        match wait(ledger.link(link(10 + n as u64, stays, joins))) {
            Err(LedgerError::Rejected(rejection)) => assert_eq!(rejection.name(), name),
            other => panic!("{stays} and {joins}: {other:?}"),
        }
    }
    assert_eq!(ledger.end(), end, "a refused link is no entry");
    ledger.assert_sound();
}

fn a_merge_that_overflows_changes_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", i64::MAX), change(2, "discord:2", 1)]);
    let end = ledger.end();
    let refused = wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap_err();
    assert!(matches!(refused, LedgerError::Rejected(Rejection::WouldOverflow { .. })), "{refused}");
    assert_eq!((ledger.end(), ledger.coins("discord:2")), (end, 1));
    assert_eq!(ledger.enter(&[change(3, "discord:2", 1)]), [Outcome::Entered { seq: 3 }]);
    ledger.assert_sound();
}
