//! What the rules rejected waits for somebody to decide.

use onepurse_core::{EntryKind, Event, EventKey, Rejection};
use onepurse_ledger::{Decided, EntryFilter, Ledger, LedgerError, Outcome, Quarantine, Records, Verdict};

use super::{Fixture, contract};
use crate::support::*;

contract![
    what_is_released_counts_and_its_replica_hears_of_it,
    what_is_dismissed_is_nothing_for_good,
    a_dismissed_opening_is_an_opening_of_nothing,
    what_the_rules_still_reject_stays,
    a_decision_is_made_once_and_with_a_reason,
];

fn decided(key: EventKey, verdict: Verdict) -> Decided {
    Decided { key, verdict, actor: Some("ada".to_owned()), reason: Some("looked at it".to_owned()) }
}

fn gems(n: u64, delta: i64) -> Event {
    Event { asset: asset("gems"), ..change(n, "telegram:1", delta) }
}

#[track_caller]
fn refused(result: Result<i64, LedgerError>, name: &str) {
    match result {
        Err(LedgerError::Rejected(rejection)) => assert_eq!(rejection.name(), name),
        other => panic!("{other:?} is not {name}"),
    }
}

fn waiting(ledger: &impl Records) -> usize {
    wait(ledger.quarantined(None)).unwrap().len()
}

fn what_is_released_counts_and_its_replica_hears_of_it<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 5), gems(2, 7)]);
    let before = ledger.end();
    wait(ledger.declare(vec![whole("gems")])).unwrap();
    let seq = wait(place.open().decide(decided(key(2), Verdict::Release))).unwrap();
    assert_eq!((seq, waiting(&*ledger)), (ledger.end().seq, 0));
    let changes = ledger.changes("telegram", before);
    assert_eq!(changes.own, [key(2)]);
    let told: Vec<_> = changes.balances.iter().map(|b| (b.asset.as_str(), b.amount.units())).collect();
    assert!(told.contains(&("gems", 7)), "{told:?}");
    // However often its replica sends it.
    assert_eq!(ledger.enter(&[gems(2, 7)]), [Outcome::Known { seq }]);
    ledger.assert_sound();
}

fn what_is_dismissed_is_nothing_for_good<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", i64::MAX), change(2, "telegram:1", 1)]);
    let before = ledger.end();
    let seq = wait(ledger.decide(decided(key(2), Verdict::Dismiss))).unwrap();
    assert_eq!((ledger.coins("telegram:1"), waiting(&*ledger)), (i64::MAX, 0));
    let changes = ledger.changes("telegram", before);
    assert_eq!((changes.own, changes.balances.len()), (vec![key(2)], 1));
    let entry = wait(ledger.entries(EntryFilter { limit: 1, ..EntryFilter::default() })).unwrap().remove(0);
    assert_eq!((entry.kind, entry.delta.units(), entry.key), (EntryKind::Dismissal, 0, key(2)));
    assert_eq!((entry.actor.as_deref(), entry.reason.as_deref()), (Some("ada"), Some("looked at it")));
    assert_eq!(place.open().enter(&[change(2, "telegram:1", 1)]), [Outcome::Known { seq }]);
    // From zero its replica hears of it as well.
    let from_zero = ledger.changes("telegram", onepurse_core::Cursor::ZERO);
    assert!(from_zero.own.contains(&key(2)), "{from_zero:?}");
    ledger.assert_sound();
}

fn a_dismissed_opening_is_an_opening_of_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[change(1, "telegram:1", i64::MAX), opening(id, "telegram:1", 9)]);
    let [waits] = &wait(ledger.quarantined(None)).unwrap()[..] else { panic!("one waits") };
    let seq = wait(ledger.decide(decided(waits.event.key, Verdict::Dismiss))).unwrap();
    assert_eq!(ledger.enter(&[opening(id, "telegram:1", 9)]), [Outcome::Known { seq }]);
    assert_eq!(ledger.changes("telegram", onepurse_core::Cursor::ZERO).openings.len(), 1);
    ledger.assert_sound();
}

fn what_the_rules_still_reject_stays<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", i64::MAX), change(2, "telegram:1", 1), gems(3, 1)]);
    let end = ledger.end();
    refused(wait(ledger.decide(decided(key(2), Verdict::Release))), "WouldOverflow");
    for verdict in [Verdict::Release, Verdict::Dismiss] {
        refused(wait(ledger.decide(decided(key(3), verdict))), "UnknownAsset");
    }
    assert_eq!((ledger.end(), waiting(&*ledger)), (end, 2));
    ledger.enter(&[change(4, "telegram:1", -1)]);
    wait(ledger.decide(decided(key(2), Verdict::Release))).unwrap();
    assert_eq!((ledger.coins("telegram:1"), waiting(&*ledger)), (i64::MAX, 1));
    ledger.assert_sound();
}

fn a_decision_is_made_once_and_with_a_reason<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", i64::MAX), change(2, "telegram:1", 1)]);
    for reason in [None, Some(" ".to_owned())] {
        let unsaid = Decided { reason, ..decided(key(2), Verdict::Dismiss) };
        refused(wait(ledger.decide(unsaid)), "ReasonMissing");
    }
    wait(ledger.decide(decided(key(2), Verdict::Dismiss))).unwrap();
    for (key, verdict) in [(key(2), Verdict::Dismiss), (key(2), Verdict::Release), (key(9), Verdict::Release)]
    {
        let refused = wait(ledger.decide(decided(key, verdict))).unwrap_err();
        let LedgerError::Rejected(Rejection::NotInQuarantine(named)) = refused else { panic!("{refused}") };
        assert_eq!(named, key);
    }
    ledger.assert_sound();
}
