//! Appending: once, in order, by the rules.

use onepurse_core::{
    Amount, Asset, AssetName, Cursor, EntryKind, Event, EventKind, OverdraftPolicy, Rejection,
};
use onepurse_ledger::{
    AuditScope, EntryFilter, Ledger,
    Outcome::{Entered, Known, Quarantined},
    Records,
};

use super::{Fixture, contract};
use crate::support::*;

contract![
    an_event_is_entered_once,
    the_same_key_with_other_content_is_refused_as_such,
    an_identity_is_opened_once,
    an_opening_that_waits_is_known_once_there_is_another,
    a_new_identity_has_a_purse_of_its_own,
    what_the_rules_reject_waits_and_the_rest_goes_on,
    what_waits_waits_for_the_same_reason,
    an_entry_says_who_what_where_and_when,
    what_is_nothing_new_moves_nothing,
    hints_follow_the_log,
    an_id_and_a_reason_may_hold_anything,
    what_brings_a_purse_below_zero_is_undone_where_that_is_decided,
];

fn an_event_is_entered_once<F: Fixture>() {
    let (place, ledger) = F::start();
    let earned = change(1, "telegram:456", 100);
    assert_eq!(ledger.enter(&[earned.clone(), earned.clone()]), [Entered { seq: 1 }, Known { seq: 1 }]);
    let again = ledger.enter(&[earned.clone(), change(2, "telegram:456", 50), earned.clone()]);
    assert_eq!(again, [Known { seq: 1 }, Entered { seq: 2 }, Known { seq: 1 }]);
    drop(ledger);
    let ledger = place.open();
    assert_eq!(ledger.enter(&[earned]), [Known { seq: 1 }]);
    assert_eq!(ledger.coins("telegram:456"), 150);
    ledger.assert_sound();
}

fn the_same_key_with_other_content_is_refused_as_such<F: Fixture>() {
    let (_place, ledger) = F::start();
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    let first = change(1, "telegram:456", 100);
    ledger.enter(&[first.clone(), change(2, "telegram:9", 1)]);
    let others = [
        Event { delta: Amount::new(101), ..first.clone() },
        Event { identity: identity("telegram:9"), ..first.clone() },
        Event { identity: identity("telegram:never"), ..first.clone() },
        Event { asset: asset("xp"), ..first.clone() },
        Event { asset: asset("gems"), ..first.clone() },
        Event { kind: EventKind::Repair, ..first.clone() },
        Event { kind: EventKind::Opening, ..first.clone() },
    ];
    let refused = Quarantined(Rejection::SameKeyDifferentContent);
    assert!(ledger.enter(&others).iter().all(|outcome| *outcome == refused));
    // What is only told along with it may differ: another program's clock, another language's words.
    let retold = Event { captured_ms: 9, reason: Some("again".to_owned()), ..first };
    assert_eq!(ledger.enter(&[retold]), [Known { seq: 1 }]);
    assert_eq!(ledger.coins("telegram:456"), 100);
    assert!(wait(ledger.quarantined(None)).unwrap().is_empty(), "its key is in the log: nothing waits");
    ledger.assert_sound();
}

fn an_identity_is_opened_once<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    let grant = opening(id, "telegram:456", 5000);
    assert_eq!(
        ledger.enter(&[grant.clone(), opening(id, "telegram:9", 0)]),
        [Entered { seq: 1 }, Entered { seq: 2 }]
    );
    let unlike = Event { key: key(77), ..opening(id, "telegram:456", 3) };
    let again = ledger.enter(&[opening(id, "telegram:456", 7000), grant, unlike]);
    assert_eq!(again, vec![Known { seq: 1 }; 3]);
    assert_eq!(ledger.coins("telegram:456"), 5000);
    ledger.assert_sound();
}

fn an_opening_that_waits_is_known_once_there_is_another<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    let waiting = Event { asset: asset("gems"), ..opening(id, "telegram:456", 5) };
    let other = Event { key: key(77), ..waiting.clone() };
    let refused = Quarantined(Rejection::UnknownAsset(asset("gems")));
    let events = [change(1, "telegram:456", 1), waiting];
    assert_eq!(ledger.enter(&events), [Entered { seq: 1 }, refused.clone()]);
    wait(ledger.declare(vec![whole("gems")])).unwrap();
    assert_eq!(ledger.enter(&events), [Known { seq: 1 }, refused]);
    assert_eq!(ledger.enter(&[other]), [Entered { seq: 2 }]);
    assert_eq!(ledger.enter(&events), [Known { seq: 1 }, Known { seq: 2 }]);
    ledger.assert_sound();
}

fn a_new_identity_has_a_purse_of_its_own<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:1", 2), change(3, "telegram:1", 4)]);
    let (one, other) = (ledger.purse_seen("telegram:1"), ledger.purse_seen("discord:1"));
    assert_ne!(one.id, other.id);
    assert_eq!(
        (one.identities, one.balances[&asset("coins")]),
        (vec![identity("telegram:1")], Amount::new(5))
    );
    assert_eq!(wait(ledger.purse_of(identity("website:1"))).unwrap(), None);
}

fn what_the_rules_reject_waits_and_the_rest_goes_on<F: Fixture>() {
    let (_place, ledger) = F::start();
    let gems =
        Event { asset: asset("gems"), reason: Some("a prize".to_owned()), ..change(3, "discord:5", 1) };
    let outcomes = ledger.enter(&[
        change(1, "telegram:1", i64::MAX),
        change(2, "telegram:1", 1),
        gems.clone(),
        change(4, "discord:5", 8),
    ]);
    let overflow =
        Rejection::WouldOverflow { asset: asset("coins"), balance: Amount::MAX, delta: Amount::new(1) };
    let unknown = Rejection::UnknownAsset(asset("gems"));
    assert_eq!(
        outcomes,
        [Entered { seq: 1 }, Quarantined(overflow.clone()), Quarantined(unknown.clone()), Entered { seq: 2 }]
    );
    let waiting = wait(ledger.quarantined(None)).unwrap();
    let told: Vec<_> = waiting.iter().map(|q| (q.rejection.as_str(), q.message.clone())).collect();
    assert_eq!(told, [("WouldOverflow", overflow.to_string()), ("UnknownAsset", unknown.to_string())]);
    assert_eq!(waiting[1].event, gems);
    let of_discord = wait(ledger.quarantined(Some(platform("discord")))).unwrap();
    assert_eq!(of_discord, waiting[1..]);
    assert_eq!(ledger.coins("discord:5"), 8);
    ledger.assert_sound();
}

fn what_waits_waits_for_the_same_reason<F: Fixture>() {
    let (_place, ledger) = F::start();
    let gems = Event { asset: asset("gems"), ..change(3, "discord:5", 1) };
    let events = [change(1, "telegram:1", i64::MIN), change(2, "telegram:1", -1), gems];
    let first = ledger.enter(&events);
    ledger.enter(&[change(4, "telegram:1", 100)]);
    wait(ledger.declare(vec![whole("gems")])).unwrap();
    assert_eq!(ledger.enter(&events)[1..], first[1..]);
    assert_eq!(wait(ledger.quarantined(None)).unwrap().len(), 2);
    assert_eq!(wait(ledger.purse_of(identity("discord:5"))).unwrap(), None, "nothing of it was entered");
}

fn an_entry_says_who_what_where_and_when<F: Fixture>() {
    let (_place, ledger) = F::start();
    let repair = Event {
        kind: EventKind::Repair,
        captured_ms: 44,
        reason: Some("overwritten".to_owned()),
        ..change(2, "discord:77:456", -30)
    };
    ledger.enter(&[change(1, "discord:77:456", 100), repair.clone()]);
    let entry = wait(ledger.entry_after(1)).unwrap().unwrap();
    assert_eq!((entry.seq, entry.key, entry.kind), (2, repair.key, EntryKind::Repair));
    assert_eq!(
        (entry.purse, entry.identity.known()),
        (ledger.purse_seen("discord:77:456").id, Some(&repair.identity))
    );
    assert_eq!(
        (entry.asset.clone(), entry.delta.units(), entry.balance.units()),
        (AssetName::default(), -30, 70)
    );
    assert_eq!(
        (entry.captured_ms, entry.actor.as_deref(), entry.reason.as_deref()),
        (44, None, Some("overwritten"))
    );
    assert!(entry.at_ms >= 1_000_000, "by the ledger's clock");
    let first = wait(ledger.entry_after(0)).unwrap().unwrap();
    assert_eq!(entry.chained(first.hash), entry.hash);
    assert_eq!(ledger.end().hash, entry.hash);
    assert_eq!(wait(ledger.entry_after(2)).unwrap(), None);
    let newest = EntryFilter { limit: 9, ..EntryFilter::default() };
    assert_eq!(wait(ledger.entries(newest)).unwrap(), [entry, first]);
}

fn what_is_nothing_new_moves_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    let events = [change(1, "telegram:1", 1), change(2, "telegram:2", 1)];
    ledger.enter(&events);
    let before = (ledger.end(), wait(ledger.audit(AuditScope::default())).unwrap());
    assert_eq!(ledger.enter(&[]), []);
    ledger.enter(&events);
    assert_eq!((ledger.end(), wait(ledger.audit(AuditScope::default())).unwrap()), before);
}

fn hints_follow_the_log<F: Fixture>() {
    let (_place, ledger) = F::start();
    let mut hints = ledger.hints();
    hints.mark_unchanged();
    ledger.enter(&[change(1, "telegram:1", 1)]);
    assert!(hints.has_changed().unwrap());
    hints.mark_unchanged();
    ledger.enter(&[change(1, "telegram:1", 1)]);
    assert!(!hints.has_changed().unwrap(), "nothing was entered");
    ledger.enter(&[change(2, "discord:1", 1)]);
    hints.mark_unchanged();
    wait(ledger.link(link(1, "telegram:1", "discord:1"))).unwrap();
    assert!(hints.has_changed().unwrap());
}

fn an_id_and_a_reason_may_hold_anything<F: Fixture>() {
    let (place, ledger) = F::start();
    let ids = [
        "telegram:a\0b",
        "telegram:ab",
        "telegram:\u{10fffd}",
        "telegram:\u{10fffd}0",
        "telegram:'\"\\%_é🪙",
    ];
    let strange: Vec<_> = ids
        .iter()
        .zip(1..)
        .map(|(who, n)| Event { reason: Some(format!("\0{who}")), ..change(n, who, 1 << n) })
        .collect();
    let gems = Event { asset: asset("gems"), key: key(99), ..strange[0].clone() };
    ledger.enter(&strange);
    ledger.enter(std::slice::from_ref(&gems));
    assert_eq!(place.open().enter(&strange), [1, 2, 3, 4, 5].map(|seq| Known { seq }));
    for (who, n) in ids.iter().zip(1..) {
        assert_eq!(ledger.coins(who), 1 << n, "{who}");
        let entry = wait(ledger.entry_after(n - 1)).unwrap().unwrap();
        assert_eq!((entry.identity.known(), entry.reason), (Some(&identity(who)), Some(format!("\0{who}"))));
    }
    assert_eq!(wait(ledger.quarantined(None)).unwrap()[0].event, gems);
    assert_eq!(ledger.changes("telegram", onepurse_core::Cursor::ZERO).balances.len(), ids.len());
    ledger.assert_sound();
}

fn what_brings_a_purse_below_zero_is_undone_where_that_is_decided<F: Fixture>() {
    let (place, ledger) = F::start();
    let asset = Asset { overdraft: OverdraftPolicy::Reverse, ..whole("coins") };
    wait(ledger.declare(vec![asset.clone()])).unwrap();
    assert_eq!(wait(place.open().assets()).unwrap(), [asset]);
    let outcomes = ledger.enter(&[
        change(1, "telegram:1", 10),
        change(2, "telegram:1", -7),
        change(3, "telegram:1", -5),
        change(4, "telegram:1", -3),
    ]);
    let entered = |seq| Entered { seq };
    assert_eq!(outcomes, [entered(1), entered(2), entered(3), entered(5)]);
    assert_eq!(ledger.coins("telegram:1"), 0);
    let undone = wait(ledger.log(3, 1)).unwrap().remove(0);
    assert_eq!((undone.kind, undone.delta.units(), undone.key), (EntryKind::Reversal, 5, key(3).reversal()));
    // Sent again it is known, and nothing is undone twice; its replica takes it for sent.
    assert_eq!(place.open().enter(&[change(3, "telegram:1", -5)]), [Known { seq: 3 }]);
    assert!(ledger.changes("telegram", Cursor::ZERO).own.contains(&key(3)));
    assert_eq!(ledger.enter(&[change(5, "discord:2", -1)]), [entered(6)]);
    assert_eq!(ledger.coins("discord:2"), 0, "also of who was never seen");
    ledger.assert_sound();
}
