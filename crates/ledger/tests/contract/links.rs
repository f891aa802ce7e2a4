//! How people link their accounts by a code, and part them again; and what an asset's policy makes of it.

use std::{sync::Arc, thread};

use onepurse_core::{Asset, EventKey, LinkCode, MergePolicy, Movement, Order, Scale};
use onepurse_ledger::{Ledger, LedgerError, Link, Links, Orders, Records, Redeem, Unlink};

use super::{Fixture, contract};
use crate::support::*;

contract![
    a_code_links_two_accounts_once,
    either_side_may_start_and_nobody_need_be_known,
    a_code_ends_after_ten_minutes_and_with_the_next_one,
    wrong_codes_are_counted,
    a_refused_link_leaves_the_code_as_it_is,
    of_two_who_come_with_one_code_one_wins,
    who_is_unlinked_starts_with_nothing,
    an_unlinking_is_done_once_and_refused_by_name,
    linking_again_makes_no_coins,
    a_past_before_an_unlinking_is_remembered,
    the_policy_of_an_asset_decides_what_stays,
    a_key_stands_for_one_request_whatever_that_is,
];

fn redeem(n: u64, by: &str, code: &LinkCode) -> Redeem {
    Redeem { key: key(3_000_000 + n), code: code.clone(), by: identity(by) }
}

fn unlink(n: u64, who: &str) -> Unlink {
    let (actor, reason) = (Some("ada".to_owned()), Some("asked".to_owned()));
    Unlink { key: key(4_000_000 + n), identity: identity(who), actor, reason }
}

fn wrong() -> LinkCode {
    "00000000".parse().unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>, name: &str) {
    match result {
        Err(LedgerError::Rejected(rejection)) => assert_eq!(rejection.name(), name),
        other => panic!("{other:?} is not {name}"),
    }
}

fn a_code_links_two_accounts_once<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50), change(3, "website:3", 7)]);
    let code = wait(ledger.issue_code(identity("telegram:456"))).unwrap();
    refused(wait(ledger.redeem(redeem(1, "telegram:456", &code))), "SameIdentity");
    let stays = ledger.purse_seen("telegram:456").id;
    let end = wait(place.open().redeem(redeem(2, "discord:123", &code))).unwrap();
    assert_eq!(end, ledger.end());
    assert_eq!((ledger.coins("telegram:456"), ledger.purse_seen("discord:123").id), (150, stays));
    // The same request is answered as before; another one comes too late.
    assert_eq!(wait(ledger.redeem(redeem(2, "discord:123", &code))).unwrap(), end);
    refused(wait(ledger.redeem(redeem(3, "website:3", &code))), "CodeUsed");
    refused(wait(ledger.redeem(redeem(4, "discord:123", &code))), "CodeUsed");
    assert_eq!(ledger.end(), end);
    ledger.assert_sound();
}

fn either_side_may_start_and_nobody_need_be_known<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:456", 100)]);
    let before = ledger.end();
    let code = wait(ledger.issue_code(identity("telegram:456"))).unwrap();
    wait(ledger.redeem(redeem(1, "discord:123", &code))).unwrap();
    let code = wait(ledger.issue_code(identity("website:a@b"))).unwrap();
    wait(ledger.redeem(redeem(2, "discord:123", &code))).unwrap();
    for who in ["telegram:456", "discord:123", "website:a@b"] {
        assert_eq!(ledger.purse_seen(who).identities.len(), 3);
        assert_eq!(ledger.coins(who), 100, "{who}");
    }
    let named: Vec<_> = ledger.changes("discord", before).balances;
    assert_eq!(
        named.iter().map(|b| (b.external.as_str(), b.amount.units())).collect::<Vec<_>>(),
        [("123", 100)]
    );
    // Nobody had anything before they were there, and what their bots show when they come counts.
    assert_eq!(wait(ledger.balances_as_of(platform("discord"), before)).unwrap(), []);
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "discord:123", 20)]);
    assert_eq!(ledger.coins("telegram:456"), 120);
    ledger.assert_sound();
}

fn a_code_ends_after_ten_minutes_and_with_the_next_one<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:2", 2)]);
    let first = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    let second = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    refused(wait(ledger.redeem(redeem(1, "discord:2", &first))), "CodeUsed");
    let minute_ms = 60_000;
    let later = place.open_later(11 * minute_ms);
    refused(wait(later.redeem(redeem(2, "discord:2", &second))), "CodeExpired");
    let much_later = place.open_later(80 * minute_ms);
    refused(wait(much_later.redeem(redeem(3, "discord:2", &second))), "CodeUnknown");
    let third = wait(much_later.issue_code(identity("telegram:1"))).unwrap();
    wait(place.open_later(89 * minute_ms).redeem(redeem(4, "discord:2", &third))).unwrap();
}

fn wrong_codes_are_counted<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:2", 2), change(3, "website:3", 3)]);
    let code = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    for n in 1..=5 {
        refused(wait(place.open().redeem(redeem(n, "discord:2", &wrong()))), "CodeUnknown");
    }
    // Also the right one, and nobody else is kept from theirs.
    refused(wait(ledger.redeem(redeem(6, "discord:2", &code))), "TooManyTries");
    wait(ledger.redeem(redeem(7, "website:3", &code))).unwrap();
    let later = place.open_later(61 * 60_000);
    let code = wait(later.issue_code(identity("telegram:1"))).unwrap();
    wait(later.redeem(redeem(8, "discord:2", &code))).unwrap();
    ledger.assert_sound();
}

fn a_refused_link_leaves_the_code_as_it_is<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "telegram:2", 2), change(3, "discord:3", 3)]);
    let code = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    let end = ledger.end();
    refused(wait(ledger.redeem(redeem(1, "telegram:2", &code))), "PlatformTaken");
    assert_eq!(ledger.end(), end);
    wait(ledger.redeem(redeem(2, "discord:3", &code))).unwrap();
    let code = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    refused(wait(ledger.redeem(redeem(3, "discord:3", &code))), "AlreadyLinked");
    ledger.assert_sound();
}

fn of_two_who_come_with_one_code_one_wins<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:2", 2), change(3, "discord:3", 3)]);
    let code = wait(ledger.issue_code(identity("telegram:1"))).unwrap();
    let comes_with = |n, by: &'static str| {
        let (ledger, code): (Arc<F::Ledger>, _) = (place.open(), code.clone());
        thread::spawn(move || wait(ledger.redeem(redeem(n, by, &code))))
    };
    let both = [comes_with(1, "discord:2"), comes_with(2, "discord:3")].map(|thread| thread.join().unwrap());
    assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1, "{both:?}");
    for done in both.into_iter().filter(Result::is_err) {
        refused(done, "CodeUsed");
    }
    assert_eq!(ledger.purse_seen("telegram:1").identities.len(), 2);
    ledger.assert_sound();
}

fn who_is_unlinked_starts_with_nothing<F: Fixture>() {
    let (place, ledger) = F::start();
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    let xp = onepurse_core::Event { asset: asset("xp"), ..change(3, "discord:123", 9) };
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50), xp]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let before = ledger.end();
    let end = wait(ledger.unlink(unlink(1, "discord:123"))).unwrap();
    assert_eq!(end, ledger.end());
    let left = place.open().purse_seen("discord:123");
    assert_eq!(left.identities, [identity("discord:123")]);
    assert!(left.balances.len() == 2 && left.balances.values().all(|amount| amount.is_zero()), "{left:?}");
    assert_eq!((ledger.coins("telegram:456"), ledger.purse_seen("telegram:456").identities.len()), (150, 1));
    let mut told = ledger.changes("discord", before).balances;
    told.sort();
    let told: Vec<_> = told.iter().map(|b| (b.asset.as_str(), b.amount.units())).collect();
    assert_eq!(told, [("coins", 0), ("xp", 0)], "its replica hears of everything that it has no more");
    assert_eq!(ledger.changes("telegram", before).balances.len(), 2);
    ledger.enter(&[change(4, "discord:123", 5), change(5, "telegram:456", 1)]);
    assert_eq!((ledger.coins("discord:123"), ledger.coins("telegram:456")), (5, 151));
    ledger.assert_sound();
}

fn an_unlinking_is_done_once_and_refused_by_name<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "discord:2", 2), change(3, "website:3", 4)]);
    refused(wait(ledger.unlink(unlink(1, "telegram:1"))), "NotLinked");
    refused(wait(ledger.unlink(unlink(1, "telegram:9"))), "IdentityUnknown");
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    wait(ledger.link(link(2, "telegram:1", "website:3"))).unwrap();
    let end = wait(ledger.unlink(unlink(1, "discord:2"))).unwrap();
    assert_eq!(wait(ledger.unlink(unlink(1, "discord:2"))).unwrap(), end);
    refused(wait(ledger.unlink(unlink(1, "website:3"))), "SameKeyDifferentContent");
    refused(wait(ledger.unlink(unlink(2, "discord:2"))), "NotLinked");
    assert_eq!((ledger.end(), ledger.coins("website:3")), (end, 7));
    ledger.assert_sound();
}

fn linking_again_makes_no_coins<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 100), change(2, "discord:2", 50)]);
    for n in 0..5 {
        let (stays, joins) =
            if n % 2 == 0 { ("telegram:1", "discord:2") } else { ("discord:2", "telegram:1") };
        wait(ledger.link(link(n, stays, joins))).unwrap();
        assert_eq!(ledger.coins("discord:2"), 150);
        wait(ledger.unlink(unlink(n, ["discord:2", "telegram:1"][usize::try_from(n % 2).unwrap()]))).unwrap();
        assert_eq!(ledger.coins("telegram:1") + ledger.coins("discord:2"), 150);
    }
    ledger.assert_sound();
}

fn a_past_before_an_unlinking_is_remembered<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 100), change(2, "discord:2", 50)]);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    let linked = ledger.end();
    wait(ledger.unlink(unlink(1, "discord:2"))).unwrap();
    let parted = ledger.end();
    ledger.enter(&[change(3, "discord:2", 5)]);
    wait(ledger.link(link(2, "telegram:1", "discord:2"))).unwrap();
    let had = |platform_name, at| {
        let balances = wait(ledger.balances_as_of(platform(platform_name), at)).unwrap();
        balances.iter().map(|balance| balance.amount.units()).collect::<Vec<_>>()
    };
    assert_eq!((had("discord", linked), had("discord", parted)), (vec![150], vec![0]));
    assert_eq!((had("telegram", linked), had("telegram", parted)), (vec![150], vec![150]));
    assert_eq!(had("discord", ledger.end()), [155]);
}

fn the_policy_of_an_asset_decides_what_stays<F: Fixture>() {
    for (policy, expected) in [(MergePolicy::Sum, 150), (MergePolicy::Max, 100), (MergePolicy::Keep, 50)] {
        let (place, ledger) = F::start();
        let asset = Asset { merge: policy, ..Asset::new(asset("coins"), Scale::WHOLE) };
        wait(ledger.declare(vec![asset.clone()])).unwrap();
        assert_eq!(wait(place.open().assets()).unwrap(), [asset]);
        ledger.enter(&[change(1, "telegram:1", 50), change(2, "discord:2", 100)]);
        wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
        for who in ["telegram:1", "discord:2"] {
            assert_eq!(ledger.coins(who), expected, "{policy:?}");
        }
        wait(ledger.unlink(unlink(1, "discord:2"))).unwrap();
        wait(ledger.link(link(2, "telegram:1", "discord:2"))).unwrap();
        assert_eq!(ledger.coins("discord:2"), expected, "{policy:?}: linking again makes no coins");
        ledger.assert_sound();
    }
}

fn a_key_stands_for_one_request_whatever_that_is<F: Fixture>() {
    let (_place, ledger) = F::start();
    let people = ["telegram:1", "discord:2", "website:3", "telegram:4", "discord:5"];
    ledger.enter(&(1..).zip(people).map(|(n, who)| change(n, who, 10)).collect::<Vec<_>>());
    let code = wait(ledger.issue_code(identity("telegram:4"))).unwrap();
    let earning = Movement::Earn { to: identity("telegram:1"), asset: asset("coins"), quantity: quantity(1) };
    let ways = |key: EventKey| {
        let by = |movement| Order { key, ..order(0, movement) };
        let link = Link { key, ..link(0, "telegram:1", "discord:2") };
        let redeem = Redeem { key, ..redeem(0, "discord:5", &code) };
        let unlink = Unlink { key, ..unlink(0, "discord:2") };
        (by(earning.clone()), by(Movement::Reverse { seq: 1 }), link, redeem, unlink)
    };
    let ask = |key: EventKey, way: usize| {
        let (earn, reverse, link, redeem, unlink) = ways(key);
        let fill = |order| Ok(wait(ledger.order(vec![order]))?.remove(0).map(drop)?);
        match way {
            0 => fill(earn),
            1 => fill(reverse),
            2 => wait(ledger.link(link)).map(drop),
            3 => wait(ledger.redeem(redeem)).map(drop),
            _ => wait(ledger.unlink(unlink)).map(drop),
        }
    };
    for way in 0..5 {
        let key = key(5_000_000 + u64::try_from(way).unwrap());
        ask(key, way).unwrap();
        let end = ledger.end();
        for other in (0..5).filter(|other| *other != way) {
            refused(ask(key, other), "SameKeyDifferentContent");
        }
        ask(key, way).unwrap();
        assert_eq!(ledger.end(), end);
    }
    ledger.assert_sound();
}
