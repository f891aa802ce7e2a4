//! What was, and what many did in one moment; who owes.

use onepurse_core::{Event, Identity};
use onepurse_ledger::{Bookmarks, Ledger, Links, Past, Records, Unlink};

use super::{Fixture, contract};
use crate::support::*;

contract![
    a_balance_of_the_past_is_told,
    the_log_is_read_in_its_order,
    what_one_statement_captured_is_told_page_by_page,
    who_owes_is_listed_the_deepest_first,
    a_reader_is_remembered,
];

fn past(ledger: &impl Records, who: &str, at_ms: i64) -> Option<Past> {
    wait(ledger.past_of(identity(who), at_ms)).unwrap()
}

fn a_balance_of_the_past_is_told<F: Fixture>() {
    let (place, ledger) = F::start();
    let time = |ledger: &F::Ledger| wait(ledger.log(ledger.end().seq - 1, 1)).unwrap()[0].at_ms;
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    ledger.enter(&[change(1, "telegram:1", 100)]);
    let first = time(&ledger);
    let xp = Event { asset: asset("xp"), ..change(3, "discord:2", 7) };
    ledger.enter(&[change(2, "discord:2", 50), xp]);
    let second = time(&ledger);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    let linked = time(&ledger);
    let (key, actor) = (key(77), None);
    let unlink = Unlink { key, identity: identity("discord:2"), actor, reason: None };
    wait(ledger.unlink(unlink)).unwrap();
    let parted = time(&ledger);
    ledger.enter(&[change(4, "discord:2", 1)]);

    let later = place.open();
    let coins = |who, at_ms| past(&*later, who, at_ms).map(|past| past.balances[&asset("coins")].units());
    assert_eq!(coins("telegram:1", first - 1), None, "nobody was there");
    assert_eq!(coins("discord:2", first), None);
    assert_eq!((coins("telegram:1", first), coins("telegram:1", second)), (Some(100), Some(100)));
    assert_eq!((coins("discord:2", second), coins("discord:2", linked)), (Some(50), Some(150)));
    assert_eq!((coins("discord:2", parted), coins("discord:2", i64::MAX)), (Some(0), Some(1)));
    assert_eq!(coins("telegram:1", i64::MAX), Some(150));
    assert_eq!(coins("telegram:9", i64::MAX), None);
    let then = past(&*later, "discord:2", second).unwrap();
    assert_eq!((then.seq, then.balances[&asset("xp")].units()), (3, 7));
    assert_ne!(then.purse, past(&*later, "discord:2", linked).unwrap().purse);
}

fn the_log_is_read_in_its_order<F: Fixture>() {
    let (_place, ledger) = F::start();
    for n in 1..=5 {
        ledger.enter(&[change(n, "telegram:1", 1)]);
    }
    let seqs = |after, limit| {
        let entries = wait(ledger.log(after, limit)).unwrap();
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!((seqs(0, 2), seqs(2, 2), seqs(4, 2), seqs(5, 2)), (vec![1, 2], vec![3, 4], vec![5], vec![]));
}

fn what_one_statement_captured_is_told_page_by_page<F: Fixture>() {
    let (_place, ledger) = F::start();
    let at_7 = |n: u64, who: &str| captured(7, n, who, -1);
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[
        at_7(1, "telegram:1"),
        change(2, "telegram:2", 5),
        at_7(3, "discord:1"),
        at_7(4, "telegram:3"),
        opening(id, "telegram:4", 5),
        at_7(5, "telegram:4"),
    ]);
    let page = |after, limit| {
        let entries = wait(ledger.captured_in(platform("telegram"), 7, after, limit)).unwrap();
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!((page(0, 2), page(4, 2), page(6, 2)), (vec![1, 4], vec![6], vec![]));
}

fn who_owes_is_listed_the_deepest_first<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[
        change(1, "telegram:1", -5),
        change(2, "telegram:2", 5),
        change(3, "telegram:3", -50),
        change(4, "telegram:4", -5),
        change(5, "discord:4", 0),
    ]);
    wait(ledger.link(link(1, "telegram:4", "discord:4"))).unwrap();
    let debts = wait(ledger.debts(asset("coins"), 10)).unwrap();
    let told: Vec<(u64, i64, &[Identity])> =
        debts.iter().map(|debt| (debt.place, debt.amount.units(), &debt.identities[..])).collect();
    let (one, three) = ([identity("telegram:1")], [identity("telegram:3")]);
    let four = [identity("discord:4"), identity("telegram:4")];
    assert_eq!(told, [(1, -50, &three[..]), (2, -5, &one), (3, -5, &four)]);
    assert_eq!(wait(ledger.debts(asset("coins"), 1)).unwrap().len(), 1);
    assert_eq!(wait(ledger.debts(asset("gems"), 10)).unwrap(), []);
}

fn a_reader_is_remembered<F: Fixture>() {
    let (place, ledger) = F::start();
    let of = |ledger: &F::Ledger, name: &str| wait(ledger.bookmark(name.to_owned())).unwrap();
    assert_eq!(of(&ledger, "shop"), None);
    for seq in [7, 3] {
        wait(ledger.set_bookmark("shop".to_owned(), seq)).unwrap();
        assert_eq!((of(&place.open(), "shop"), of(&ledger, "other\0")), (Some(seq), None));
    }
}
