//! Somebody is forgotten for good: their name goes, and everything that was ever counted stays as it is.

use onepurse_core::{Cursor, EventKey, LoggedIdentity, Movement, Rejection};
use onepurse_ledger::{
    EntryFilter, Forgetting, Ledger, LedgerError, Link, Links, Orders, Outcome, Records, Unlink,
};

use super::{Fixture, contract};
use crate::support::*;

contract![
    who_is_forgotten_has_no_name_and_the_books_hold,
    who_shares_a_purse_keeps_what_is_in_it,
    no_key_tells_who_it_was,
    who_has_or_shares_anything_is_not_erased,
    who_was_left_alone_with_nothing_parts_first,
    who_comes_again_is_somebody_new,
    who_was_forgotten_by_another_program_is_not_remembered,
    what_was_done_under_a_key_stays_done,
    nobody_has_the_coins_to_undo_what_they_did,
    who_has_not_heard_is_told_of_everyone,
    others_know_their_past_as_before,
];

fn leaving(n: u64, who: &str) -> Unlink {
    let (actor, reason) = (Some("ada".to_owned()), Some("asked to be forgotten".to_owned()));
    Unlink { key: key(5_000_000 + n), identity: identity(who), actor, reason }
}

fn forget(ledger: &impl Forgetting, n: u64, who: &str) -> Cursor {
    let head = wait(ledger.part(leaving(n, who))).unwrap();
    wait(ledger.erase(identity(who))).unwrap();
    head
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>, name: &str) {
    match result {
        Err(LedgerError::Rejected(rejection)) => assert_eq!(rejection.name(), name),
        other => panic!("{other:?} is not {name}"),
    }
}

fn earn(to: &str, units: i64) -> Movement {
    Movement::Earn { to: identity(to), asset: asset("coins"), quantity: quantity(units) }
}

fn transfer(from: &str, to: &str, units: i64) -> Movement {
    let (from, to) = (identity(from), identity(to));
    Movement::Transfer { from, to, asset: asset("coins"), quantity: quantity(units) }
}

fn fill(ledger: &impl Orders, n: u64, movement: Movement) -> Result<i64, Rejection> {
    let filled = wait(ledger.order(vec![order(n, movement)])).unwrap().remove(0);
    filled.map(|receipt| *receipt.entries.start())
}

fn who_is_forgotten_has_no_name_and_the_books_hold<F: Fixture>() {
    let (place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:456", 100), change(1, "discord:123", 5)]);
    fill(&*ledger, 1, transfer("telegram:456", "discord:123", 30)).unwrap();
    let old = ledger.purse_seen("telegram:456").id;
    let head = forget(&*place.open(), 1, "telegram:456");

    assert_eq!(wait(ledger.purse_of(identity("telegram:456"))).unwrap(), None);
    assert_eq!(ledger.end(), head, "to erase a name is no entry");
    let left = wait(ledger.purse(old)).unwrap().unwrap();
    assert_eq!((left.identities.len(), left.balances[&asset("coins")].units()), (0, 70));
    let entries = wait(ledger.entries(EntryFilter { purse: Some(old), limit: 10, ..EntryFilter::default() }));
    let nobody = LoggedIdentity::Forgotten(platform("telegram"));
    assert!(entries.unwrap().iter().all(|entry| entry.identity == nobody));
    let ranks = wait(ledger.leaderboard(asset("coins"), 0, 10)).unwrap();
    assert_eq!(ranks.iter().map(|rank| rank.amount.units()).collect::<Vec<_>>(), [35]);
    ledger.assert_sound();
    refused(wait(ledger.erase(identity("telegram:456"))), "IdentityUnknown");
    refused(wait(ledger.part(leaving(2, "telegram:456"))), "IdentityUnknown");
}

fn who_shares_a_purse_keeps_what_is_in_it<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50)]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let before = ledger.end();
    forget(&*ledger, 1, "telegram:456");
    assert_eq!((ledger.coins("discord:123"), ledger.purse_seen("discord:123").identities.len()), (150, 1));
    let told = ledger.changes("discord", before).balances;
    assert_eq!(told.iter().map(|b| b.amount.units()).collect::<Vec<_>>(), [150]);
    // They can be linked to another account there, as anybody.
    ledger.enter(&[change(3, "telegram:7", 1)]);
    wait(ledger.link(link(2, "discord:123", "telegram:7"))).unwrap();
    assert_eq!(ledger.coins("telegram:7"), 151);
    ledger.assert_sound();
}

/// Who has the ledger can try all ids there are: nothing that is kept may follow from one.
fn no_key_tells_who_it_was<F: Fixture>() {
    let (_place, ledger) = F::start();
    let (id, who) = (wait(ledger.id()).unwrap(), "telegram:456");
    let named = opening(id, who, 100);
    ledger.enter(&[named.clone(), opening(id, "discord:123", 0)]);
    forget(&*ledger, 1, who);
    let keys: Vec<_> = wait(ledger.log(0, 100)).unwrap().into_iter().map(|entry| entry.key).collect();
    let telling: [EventKey; 4] =
        [named.key, named.key.derived(0), named.key.derived(1), named.key.reversal()];
    assert!(telling.iter().all(|key| !keys.contains(key)));
}

fn who_has_or_shares_anything_is_not_erased<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 0)]);
    refused(wait(ledger.erase(identity("telegram:456"))), "NotParted");
    wait(ledger.link(Link { ..link(1, "discord:123", "telegram:456") })).unwrap();
    fill(
        &*ledger,
        1,
        Movement::Spend { from: identity("discord:123"), asset: asset("coins"), quantity: quantity(100) },
    )
    .unwrap();
    refused(wait(ledger.erase(identity("telegram:456"))), "NotParted");
    wait(ledger.part(leaving(1, "telegram:456"))).unwrap();
    // Their bot goes on meanwhile.
    ledger.enter(&[change(3, "telegram:456", 10)]);
    refused(wait(ledger.erase(identity("telegram:456"))), "NotParted");
    wait(ledger.part(leaving(2, "telegram:456"))).unwrap();
    ledger.enter(&[onepurse_core::Event { asset: asset("gems"), ..change(4, "telegram:456", 1) }]);
    refused(wait(ledger.erase(identity("telegram:456"))), "InQuarantine");
    assert_eq!(ledger.coins("telegram:456"), 0);
    ledger.assert_sound();
}

/// What others did in their purse names nobody of their platform: it would go on showing what there was before.
fn who_was_left_alone_with_nothing_parts_first<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 0)]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let heard = ledger.end();
    ledger.enter(&[change(3, "discord:123", -100)]);
    wait(ledger.unlink(leaving(1, "discord:123"))).unwrap();
    refused(wait(ledger.erase(identity("telegram:456"))), "NotParted");
    forget(&*ledger, 2, "telegram:456");
    let told = ledger.changes("telegram", heard);
    assert!(told.names_everyone && told.balances.is_empty(), "{told:?}");
}

fn who_comes_again_is_somebody_new<F: Fixture>() {
    let (place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:456", 100), change(1, "telegram:456", 11)]);
    let old = ledger.purse_seen("telegram:456").id;
    forget(&*ledger, 1, "telegram:456");
    // What was taken is not taken again, whoever it is of.
    assert_eq!(place.open().enter(&[change(1, "telegram:456", 11)]), [Outcome::Known { seq: 2 }]);
    let other = [Outcome::Quarantined(Rejection::SameKeyDifferentContent)];
    assert_eq!(ledger.enter(&[change(1, "telegram:456", 12)]), other);
    assert_eq!(ledger.enter(&[change(1, "discord:456", 11)]), other);
    assert_eq!(wait(ledger.purse_of(identity("telegram:456"))).unwrap(), None);

    ledger.enter(&[opening(id, "telegram:456", 7), change(2, "telegram:456", 1)]);
    let new = ledger.purse_seen("telegram:456");
    assert_eq!((new.balances[&asset("coins")].units(), new.id == old), (8, false));
    forget(&*ledger, 2, "telegram:456");
    ledger.enter(&[change(3, "telegram:456", 3)]);
    assert_eq!(ledger.coins("telegram:456"), 3);
    ledger.assert_sound();
}

fn what_was_done_under_a_key_stays_done<F: Fixture>() {
    let (_place, ledger) = F::start();
    let seq = fill(&*ledger, 1, earn("telegram:456", 40)).unwrap();
    assert_eq!(fill(&*ledger, 1, earn("telegram:456", 40)), Ok(seq));
    let head = forget(&*ledger, 1, "telegram:456");
    let refused = fill(&*ledger, 1, earn("telegram:456", 40)).unwrap_err();
    assert_eq!((refused.name(), ledger.end()), ("SameKeyDifferentContent", head));
}

fn nobody_has_the_coins_to_undo_what_they_did<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50), change(3, "website:a", 0)]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let given = fill(&*ledger, 1, transfer("telegram:456", "website:a", 30)).unwrap();
    let theirs = fill(&*ledger, 2, earn("discord:123", 5)).unwrap();
    wait(ledger.unlink(leaving(9, "discord:123"))).unwrap();
    let head = forget(&*ledger, 1, "telegram:456");
    let reverse = |n, seq| fill(&*ledger, n, Movement::Reverse { seq }).unwrap_err();
    assert_eq!(reverse(3, given), Rejection::IdentityForgotten(given));
    // Not even what somebody did who is there: the purse that it was in is nobody's.
    assert_eq!(reverse(4, theirs), Rejection::IdentityForgotten(theirs));
    assert_eq!(ledger.end(), head);
    ledger.assert_sound();
}

fn who_has_not_heard_is_told_of_everyone<F: Fixture>() {
    let (place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:456", 100), opening(id, "telegram:7", 7)]);
    let (long_ago, seen) = (Cursor { seq: 1, hash: wait(ledger.log(0, 1)).unwrap()[0].hash }, ledger.end());
    ledger.enter(&[change(2, "discord:123", 1)]);
    let head = forget(&*ledger, 1, "telegram:456");
    for from in [Cursor::ZERO, long_ago, seen] {
        let all = place.open().changes("telegram", from);
        let named: Vec<_> = all.balances.iter().map(|b| (b.external.as_str(), b.amount.units())).collect();
        assert_eq!((named, all.names_everyone, all.to), (vec![("7", 7)], true, head));
    }
    assert!([long_ago, seen].iter().all(|from| !ledger.changes("discord", *from).names_everyone));
    // Who has heard that they have nothing goes on as before.
    ledger.enter(&[change(3, "telegram:7", 1)]);
    let since = ledger.changes("telegram", head);
    assert_eq!((since.own, since.names_everyone), (vec![key(3)], false));
}

fn others_know_their_past_as_before<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "telegram:7", 50), change(3, "discord:123", 1)]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let then = ledger.end();
    ledger.enter(&[change(4, "discord:123", 9)]);
    forget(&*ledger, 1, "telegram:456");
    let as_of = |name| {
        let all = wait(ledger.balances_as_of(platform(name), then)).unwrap();
        all.into_iter().map(|b| (b.external.as_str().to_owned(), b.amount.units())).collect::<Vec<_>>()
    };
    assert_eq!(as_of("telegram"), [("7".to_owned(), 50)]);
    assert_eq!(as_of("discord"), [("123".to_owned(), 101)]);
    assert_eq!(wait(ledger.past_of(identity("telegram:456"), i64::MAX)).unwrap(), None);
    let past = wait(ledger.past_of(identity("discord:123"), i64::MAX)).unwrap().unwrap();
    assert_eq!(past.balances[&asset("coins")].units(), 110);
}

fn who_was_forgotten_by_another_program_is_not_remembered<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100)]);
    let other = place.open();
    wait(other.part(leaving(1, "telegram:456"))).unwrap();
    // The last that this program hears of before the name goes, which leaves no entry.
    ledger.enter(&[change(2, "discord:123", 1)]);
    let purse = ledger.purse_seen("telegram:456").id;
    wait(other.erase(identity("telegram:456"))).unwrap();
    ledger.enter(&[change(3, "telegram:456", 7)]);
    assert_ne!(ledger.purse_seen("telegram:456").id, purse);
    assert_eq!(ledger.coins("telegram:456"), 7);
    ledger.assert_sound();
}
