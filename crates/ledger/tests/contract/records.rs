//! What people and programs read.

use onepurse_core::{Amount, Asset, Balance, ChainHash, Cursor, Event, PurseId, ReplicaId, Scale};
use onepurse_ledger::{EntryFilter, Ledger, LedgerError, Records, Registration};

use super::{Fixture, contract};
use crate::support::*;

contract![
    assets_keep_their_scale,
    a_platform_has_one_replica,
    a_database_was_left_at_an_entry_of_this_log,
    history_is_read_in_pages,
    the_leaderboard_ranks_purses_that_somebody_has,
    what_was_captured_together_is_counted_up_to_ten,
    balances_at_a_cursor_leave_out_what_changed_since,
    balances_as_of_an_entry_are_those_of_that_moment,
    who_was_linked_since_is_told_by_the_purse_of_that_moment,
    there_is_no_purse_that_nobody_made,
];

fn assets_keep_their_scale<F: Fixture>() {
    let (place, ledger) = F::start();
    let gems = |decimals| Asset::new(asset("gems"), Scale::new(decimals).unwrap());
    wait(ledger.declare(vec![gems(2)])).unwrap();
    wait(ledger.declare(vec![whole("coins"), gems(2)])).unwrap();
    let refused = wait(ledger.declare(vec![whole("xp"), gems(3)])).unwrap_err();
    assert!(
        matches!(&refused, LedgerError::OtherScale { asset: name, kept, asked }
            if *name == asset("gems") && kept.decimals() == 2 && asked.decimals() == 3),
        "{refused}"
    );
    assert_eq!(wait(place.open().assets()).unwrap(), [whole("coins"), gems(2)], "all or none");
}

/// What the third was left with.
fn held(revision: i64) -> Vec<Balance> {
    let of = |external: &str, units| Balance {
        asset: asset("coins"),
        external: external.parse().unwrap(),
        amount: Amount::new(units),
    };
    if revision == 3 { vec![of("a\0\"b", i64::MAX), of("2", -1)] } else { vec![] }
}

fn a_platform_has_one_replica<F: Fixture>() {
    let (place, ledger) = F::start();
    let of = |revision, replica, location: &str, left_at| Registration {
        platform: platform("telegram"),
        replica: ReplicaId([replica; 16]),
        location: location.to_owned(),
        fingerprint: (replica == 2).then(|| "a server's own name for it".to_owned()),
        left_at,
        held: held(revision),
        revision,
    };
    let known = || wait(place.open().registration(platform("telegram"))).unwrap();
    assert_eq!(known(), None);
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let (start, end) = (Some(Cursor::ZERO), Some(ledger.end()));
    let (a, b) = ("sqlite:///a.db", "sqlite:///b.db");
    let said =
        [of(1, 1, a, None), of(2, 1, b, None), of(3, 1, b, start), of(4, 1, b, None), of(5, 2, b, end)];
    for registration in &said {
        wait(ledger.register(registration.clone())).unwrap();
        assert_eq!(known().as_ref(), Some(registration));
    }
    wait(ledger.register(said[4].clone())).unwrap();
    // What comes late changes nothing, nor what was decided on something that is not known here.
    for late in said[..4].iter().cloned().chain([of(5, 2, b, None), of(7, 1, a, None)]) {
        let refused = wait(ledger.register(late)).unwrap_err();
        assert!(
            matches!(&refused, LedgerError::RegistrationChanged { platform: name } if *name == platform("telegram")),
            "{refused}"
        );
    }
    assert_eq!(known().as_ref(), Some(&said[4]));
    assert_eq!(wait(ledger.registration(platform("discord"))).unwrap(), None);
    let elsewhere = Registration { platform: platform("discord"), ..of(1, 3, a, None) };
    wait(ledger.register(elsewhere)).unwrap();
    assert_eq!(wait(ledger.platforms()).unwrap(), [platform("discord"), platform("telegram")]);
    let refused = wait(ledger.register(Registration { platform: platform("discord"), ..of(3, 1, a, None) }));
    assert!(matches!(refused, Err(LedgerError::RegistrationChanged { .. })));
}

fn a_database_was_left_at_an_entry_of_this_log<F: Fixture>() {
    let (place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "telegram:1", 2)]);
    let of = |left_at| Registration {
        platform: platform("telegram"),
        replica: ReplicaId([1; 16]),
        location: "sqlite:///a.db".to_owned(),
        fingerprint: None,
        left_at: Some(left_at),
        held: vec![],
        revision: 1,
    };
    let end = ledger.end();
    // As the ledger had them before it was put back from a backup: another entry of this number, one that is yet to come.
    let lost = [
        Cursor { hash: ChainHash([1; 32]), ..end },
        Cursor { seq: 3, ..end },
        Cursor { seq: 0, ..end },
        Cursor { seq: 1, ..end },
    ];
    for lost in lost {
        let refused = wait(ledger.register(of(lost))).unwrap_err();
        assert!(matches!(refused, LedgerError::NotInHistory { seq } if seq == lost.seq), "{refused}");
        let refused = wait(ledger.balances_as_of(platform("telegram"), lost)).unwrap_err();
        assert!(matches!(refused, LedgerError::NotInHistory { seq } if seq == lost.seq), "{refused}");
    }
    assert_eq!(wait(place.open().registration(platform("telegram"))).unwrap(), None);
    wait(ledger.register(of(end))).unwrap();
    ledger.enter(&[change(3, "telegram:1", 4)]);
    assert_eq!(wait(place.open().registration(platform("telegram"))).unwrap(), Some(of(end)));
}

fn history_is_read_in_pages<F: Fixture>() {
    let (_place, ledger) = F::start();
    let who = ["telegram:1", "telegram:2"];
    let events: Vec<_> = (0..10).map(|n| change(n + 1, who[usize::try_from(n % 2).unwrap()], 1)).collect();
    ledger.enter(&events);
    let purse = ledger.purse_seen("telegram:1").id;
    let page = |purse, before_seq, limit| {
        let listed = wait(ledger.entries(EntryFilter { purse, before_seq, limit })).unwrap();
        listed.into_iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 3), [10, 9, 8]);
    assert_eq!(page(None, Some(8), 3), [7, 6, 5]);
    assert_eq!(page(Some(purse), None, 3), [9, 7, 5]);
    assert_eq!(page(Some(purse), Some(5), 3), [3, 1]);
    assert_eq!(page(Some(purse), None, 0), [0; 0]);
    assert_eq!(page(Some(PurseId(999)), None, 3), [0; 0]);
}

fn the_leaderboard_ranks_purses_that_somebody_has<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[
        change(1, "telegram:1", 10),
        change(2, "telegram:2", 30),
        change(3, "discord:3", 25),
        change(4, "discord:4", -5),
        change(5, "telegram:5", 10),
    ]);
    wait(ledger.link(link(1, "telegram:1", "discord:3"))).unwrap();
    let ranks = |offset, limit| -> Vec<_> {
        let ranks = wait(ledger.leaderboard(asset("coins"), offset, limit)).unwrap();
        ranks.into_iter().map(|r| (r.place, r.identities, r.amount.units())).collect()
    };
    let of = |texts: &[&str]| texts.iter().map(|text| identity(text)).collect::<Vec<_>>();
    assert_eq!(
        ranks(0, 10),
        [
            (1, of(&["discord:3", "telegram:1"]), 35),
            (2, of(&["telegram:2"]), 30),
            (3, of(&["telegram:5"]), 10),
            (4, of(&["discord:4"]), -5),
        ]
    );
    assert_eq!(ranks(1, 1), [(2, of(&["telegram:2"]), 30)]);
    assert_eq!(wait(ledger.leaderboard(asset("gems"), 0, 10)).unwrap(), []);
}

fn what_was_captured_together_is_counted_up_to_ten<F: Fixture>() {
    let (_place, ledger) = F::start();
    let at = |n: u64, who: &str, captured_ms| captured(captured_ms, n, who, 1);
    let mut events: Vec<_> = (1..=25).map(|n| at(n, &format!("telegram:{n}"), 500)).collect();
    events.extend([at(30, "telegram:1", 501), at(31, "discord:1", 500), at(32, "discord:2", 500)]);
    ledger.enter(&events);
    for (where_, captured_ms, count) in
        [("telegram", 500, 10), ("telegram", 501, 1), ("discord", 500, 2), ("discord", 501, 0)]
    {
        assert_eq!(wait(ledger.captured_with(platform(where_), captured_ms)).unwrap(), count);
    }
}

fn balances_at_a_cursor_leave_out_what_changed_since<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1), change(2, "telegram:2", 2), change(3, "discord:3", 4)]);
    let at = ledger.end();
    let named = |at| {
        let found = wait(ledger.balances_at(platform("telegram"), at)).unwrap();
        found.map(|balances| {
            let mut named: Vec<_> =
                balances.into_iter().map(|b| (b.external.as_str().to_owned(), b.amount)).collect();
            named.sort();
            named
        })
    };
    let (one, two) = (("1".to_owned(), Amount::new(1)), ("2".to_owned(), Amount::new(2)));
    assert_eq!(named(at), Some(vec![one, two.clone()]));
    wait(ledger.link(link(1, "telegram:1", "discord:3"))).unwrap();
    assert_eq!(named(at), Some(vec![two.clone()]), "the purse of the one changed");
    assert_eq!(named(ledger.end()), Some(vec![("1".to_owned(), Amount::new(5)), two]));
    assert_eq!(named(Cursor::ZERO), Some(vec![]));
    assert_eq!(named(Cursor { hash: ChainHash([1; 32]), ..at }), None);
}

/// What everyone on telegram had of everything when the log ended at `seq`, in order.
fn as_of<L: Ledger + Records>(ledger: &L, seq: i64) -> Vec<(String, String, i64)> {
    let before = seq.checked_sub(1).filter(|&before| before >= 0);
    let entry = before.map(|before| wait(ledger.entry_after(before)).unwrap().unwrap());
    let at = entry.map_or(Cursor::ZERO, |entry| Cursor { seq: entry.seq, hash: entry.hash });
    let balances = wait(ledger.balances_as_of(platform("telegram"), at)).unwrap();
    let mut named: Vec<_> = balances
        .into_iter()
        .map(|b| (b.external.as_str().to_owned(), b.asset.as_str().to_owned(), b.amount.units()))
        .collect();
    named.sort();
    named
}

fn has(external: &str, asset: &str, units: i64) -> (String, String, i64) {
    (external.to_owned(), asset.to_owned(), units)
}

fn balances_as_of_an_entry_are_those_of_that_moment<F: Fixture>() {
    let (_place, ledger) = F::start();
    wait(ledger.declare(vec![whole("gems")])).unwrap();
    let gems = |n, who, delta| Event { asset: asset("gems"), ..change(n, who, delta) };
    ledger.enter(&[
        change(1, "telegram:1", 10),
        change(2, "discord:3", 4),
        gems(3, "telegram:1", 7),
        change(4, "telegram:1", -2),
        change(5, "telegram:2", 5),
        gems(6, "telegram:1", 1),
    ]);
    let (coins, one_gems) = (|units| has("1", "coins", units), |units| has("1", "gems", units));
    assert_eq!(as_of(&*ledger, 0), []);
    assert_eq!(as_of(&*ledger, 2), [coins(10)]);
    assert_eq!(as_of(&*ledger, 3), [coins(10), one_gems(7)]);
    assert_eq!(as_of(&*ledger, 4), [coins(8), one_gems(7)]);
    assert_eq!(as_of(&*ledger, 6), [coins(8), one_gems(8), has("2", "coins", 5)]);
}

fn who_was_linked_since_is_told_by_the_purse_of_that_moment<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[
        change(1, "telegram:1", 100),
        change(2, "discord:2", 50),
        change(3, "website:3", 7),
        change(4, "telegram:9", 1),
    ]);
    let (apart, nine) = (ledger.end().seq, has("9", "coins", 1));
    // The telegram side joins once, and a second time with everyone who is there by then.
    wait(ledger.link(link(1, "discord:2", "telegram:1"))).unwrap();
    let once = ledger.end().seq;
    ledger.enter(&[change(5, "discord:2", 5)]);
    wait(ledger.link(link(2, "website:3", "telegram:1"))).unwrap();
    let twice = ledger.end().seq;
    ledger.enter(&[change(6, "telegram:1", 1000)]);
    for (seq, coins) in [(apart, 100), (once, 150), (once + 1, 155), (twice, 162), (twice + 1, 1162)] {
        assert_eq!(as_of(&*ledger, seq), [has("1", "coins", coins), nine.clone()], "at {seq}");
    }
}

fn there_is_no_purse_that_nobody_made<F: Fixture>() {
    let (_place, ledger) = F::start();
    assert_eq!(wait(ledger.purse(PurseId(1))).unwrap(), None);
    assert_eq!(wait(ledger.purse_of(identity("telegram:1"))).unwrap(), None);
    assert_eq!(wait(ledger.entry_after(0)).unwrap(), None);
}
