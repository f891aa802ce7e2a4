//! Taking over another unified database: whole purses, their coins once, and everyone opened.

use std::collections::BTreeMap;

use onepurse_core::{Amount, AssetName, Cursor, EntryKind, Event, EventKey, EventKind, intake::ForeignPurse};
use onepurse_ledger::{Came, EntryFilter, Intake, Ledger, Outcome, Purses, Records};

use super::{Fixture, contract};
use crate::support::*;

contract![
    purses_come_whole,
    bots_that_hold_the_same_coins_add_nothing,
    a_second_time_changes_nothing,
    who_is_known_is_joined,
    the_coins_enter_with_who_is_known,
    what_cannot_be_known_is_left_out_and_the_rest_goes_on,
    purses_of_one_call_see_each_other,
    everyone_hears_of_it,
    a_rehearsal_writes_nothing,
    who_came_was_not_there_before,
];

fn purse(identities: &[&str], balances: &[(&str, i64)]) -> ForeignPurse {
    let balance = |&(name, units): &(&str, i64)| (asset(name), Amount::new(units));
    ForeignPurse {
        identities: identities.iter().map(|text| identity(text)).collect(),
        balances: balances.iter().map(balance).collect::<BTreeMap<_, _>>(),
    }
}

/// All three places, 150 coins and 7 xp.
fn anna() -> ForeignPurse {
    purse(&["telegram:456", "discord:123", "website:a@b"], &[("coins", 150), ("xp", 7)])
}

fn purses(purses: &[ForeignPurse]) -> Purses {
    let (actor, reason) = (Some("ada".to_owned()), Some("unified_users".to_owned()));
    Purses { purses: purses.to_vec(), actor, reason, rehearsal: false }
}

trait Taking: Books + Intake {
    fn takes(&self, foreign: &[ForeignPurse]) -> Vec<String> {
        self.comes_to(purses(foreign))
    }

    fn comes_to(&self, purses: Purses) -> Vec<String> {
        let came = wait(self.take_over(purses)).unwrap();
        let told = |came| match came {
            Came::LeftOut(why) => why.name().to_owned(),
            other => format!("{other:?}"),
        };
        came.into_iter().map(told).collect()
    }

    /// As `attach` does for a bot's table in which the identity has `units`.
    fn open(&self, who: &str, asset_name: &str, units: i64) -> Outcome {
        let (identity, asset) = (identity(who), asset(asset_name));
        let key = EventKey::opening(wait(self.id()).unwrap(), &identity, &asset);
        let event = Event { key, identity, asset, kind: EventKind::Opening, ..change(7, who, units) };
        self.enter(&[event]).remove(0)
    }

    fn units(&self, who: &str, asset_name: &str) -> Option<i64> {
        self.purse_seen(who).balances.get(&asset(asset_name)).map(|amount| amount.units())
    }
}

impl<L: Books + Intake + ?Sized> Taking for L {}

fn start<F: Fixture>() -> (F, std::sync::Arc<F::Ledger>) {
    let (place, ledger) = F::start();
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    (place, ledger)
}

fn purses_come_whole<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    let alone = purse(&["discord:5"], &[("coins", -3), ("xp", 0)]);
    assert_eq!(ledger.takes(&[anna(), alone]), ["New", "New"]);
    for who in ["telegram:456", "discord:123", "website:a@b"] {
        let purse = ledger.purse_seen(who);
        assert_eq!(purse.identities.len(), 3, "{who}");
        assert_eq!((ledger.coins(who), ledger.units(who, "xp")), (150, Some(7)), "{who}");
    }
    assert_eq!((ledger.coins("discord:5"), ledger.units("discord:5", "xp")), (-3, Some(0)));

    let filter =
        EntryFilter { purse: Some(ledger.purse_seen("telegram:456").id), limit: 99, before_seq: None };
    let mut entries = wait(ledger.entries(filter)).unwrap();
    entries.reverse();
    let told: Vec<_> = entries.iter().map(|e| (e.kind, e.identity.to_string(), e.delta.units())).collect();
    let of = |kind, who: &str, delta| (kind, who.to_owned(), delta);
    assert_eq!(
        told,
        [
            of(EntryKind::Opening, "telegram:456", 150),
            of(EntryKind::Opening, "discord:123", 0),
            of(EntryKind::Opening, "website:a@b", 0),
            of(EntryKind::Opening, "telegram:456", 7),
            of(EntryKind::Opening, "discord:123", 0),
            of(EntryKind::Opening, "website:a@b", 0),
        ]
    );
    assert!(entries.iter().all(|e| e.reason.as_deref() == Some("unified_users")));
    ledger.assert_sound();
}

fn bots_that_hold_the_same_coins_add_nothing<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.takes(&[anna()]);
    let end = ledger.end();
    for who in ["telegram:456", "discord:123", "website:a@b"] {
        for asset in ["coins", "xp"] {
            let outcome = ledger.open(who, asset, 150);
            assert!(matches!(outcome, Outcome::Known { .. }), "{who} {asset}: {outcome:?}");
        }
    }
    assert_eq!((ledger.coins("telegram:456"), ledger.end()), (150, end));
    ledger.enter(&[change(1, "discord:123", 5)]);
    assert_eq!(ledger.coins("telegram:456"), 155);
    ledger.assert_sound();
}

fn a_second_time_changes_nothing<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.takes(&[anna()]);
    ledger.enter(&[change(1, "discord:123", -100)]);
    let end = ledger.end();
    assert_eq!(ledger.takes(&[anna()]), ["Known"], "whatever they have by now");
    let more = purse(&["telegram:7"], &[("coins", 1), ("xp", 1)]);
    assert_eq!(ledger.end(), end);
    assert_eq!(ledger.takes(&[anna(), more]), ["Known", "New"], "as after a run that was killed");
    assert_eq!((ledger.coins("telegram:456"), ledger.coins("telegram:7")), (50, 1));
    ledger.assert_sound();
}

fn who_is_known_is_joined<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.open("discord:123", "coins", 150);
    ledger.open("discord:123", "xp", 7);
    assert_eq!(ledger.takes(&[anna()]), ["Joined"]);
    assert_eq!(ledger.coins("telegram:456"), 150);
    assert!(matches!(ledger.open("telegram:456", "coins", 150), Outcome::Known { .. }));
    assert_eq!(ledger.coins("website:a@b"), 150);
    let filter =
        EntryFilter { purse: Some(ledger.purse_seen("discord:123").id), limit: 99, before_seq: None };
    let links = wait(ledger.entries(filter)).unwrap().into_iter().filter(|e| e.kind == EntryKind::Link);
    let mut links: Vec<_> = links.map(|e| (e.identity.to_string(), e.actor)).collect();
    links.sort();
    let joined = |who: &str| (who.to_owned(), Some("ada".to_owned()));
    assert_eq!(links, [joined("telegram:456"), joined("website:a@b")]);
    ledger.assert_sound();
}

fn the_coins_enter_with_who_is_known<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.open("discord:123", "coins", 150);
    assert_eq!(ledger.takes(&[anna()]), ["Joined"]);
    assert_eq!(ledger.units("telegram:456", "xp"), Some(7), "nobody had any xp before");
    assert!(matches!(ledger.open("discord:123", "xp", 7), Outcome::Known { .. }));
    assert_eq!(ledger.units("telegram:456", "xp"), Some(7));
    ledger.assert_sound();
}

fn what_cannot_be_known_is_left_out_and_the_rest_goes_on<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    for who in ["telegram:1", "discord:1", "telegram:2", "discord:3", "telegram:4"] {
        ledger.open(who, "coins", 10);
    }
    wait(ledger.link(link(1, "telegram:4", "discord:3"))).unwrap();
    let end = ledger.end();
    let coins = |identities: &[&str]| purse(identities, &[("coins", 11)]);
    let left_out = [
        coins(&["telegram:1", "discord:1"]),
        coins(&["telegram:2", "discord:2"]),
        coins(&["telegram:9", "discord:3"]),
        purse(&["telegram:8"], &[("rubies", 1)]),
    ];
    let said = ledger.takes(&left_out);
    assert_eq!(said, ["Apart", "BalanceDiffers", "PlatformTaken", "UnknownAsset"]);
    assert_eq!(ledger.end(), end, "what is left out is no entry");
    assert!(wait(ledger.purse_of(identity("discord:2"))).unwrap().is_none());
    let rest = [&left_out[..], &[coins(&["telegram:5", "discord:5"])]].concat();
    assert_eq!(ledger.takes(&rest).last().unwrap(), "New");
    assert_eq!(ledger.coins("discord:5"), 11);
    ledger.assert_sound();
}

fn purses_of_one_call_see_each_other<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    let coins = |identities: &[&str], units| purse(identities, &[("coins", units)]);
    let said = ledger.takes(&[
        coins(&["telegram:1"], 5),
        coins(&["telegram:1", "discord:1"], 5),
        coins(&["discord:1", "website:1"], 5),
        coins(&["telegram:1"], 9),
        coins(&["telegram:2", "website:1"], 5),
        coins(&["telegram:1", "discord:2"], 5),
        coins(&["website:1", "vk:1"], 6),
    ]);
    assert_eq!(
        said,
        ["New", "Joined", "Joined", "Known", "PlatformTaken", "PlatformTaken", "BalanceDiffers"]
    );
    assert_eq!((ledger.coins("website:1"), ledger.purse_seen("telegram:1").identities.len()), (5, 3));
    ledger.assert_sound();
}

fn everyone_hears_of_it<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.open("discord:123", "coins", 150);
    let before = ledger.end();
    let coins = purse(&["telegram:456", "discord:123"], &[("coins", 150), ("xp", 7)]);
    ledger.takes(&[coins]);
    for (from, platform, external, opened) in [
        (before, "telegram", "456", 2),
        (before, "discord", "123", 1),
        (Cursor::ZERO, "telegram", "456", 2),
        (Cursor::ZERO, "discord", "123", 2),
    ] {
        let mut changes = ledger.changes(platform, from);
        changes.balances.sort();
        let told = changes.balances.iter().map(|b| (b.asset.as_str(), b.external.as_str(), b.amount.units()));
        let told: Vec<_> = told.collect();
        assert_eq!(told, [("coins", external, 150), ("xp", external, 7)], "{platform} from {}", from.seq);
        assert_eq!(changes.openings.len(), opened, "{platform} from {}", from.seq);
        assert!(changes.own.is_empty());
    }
}

fn a_rehearsal_writes_nothing<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.open("telegram:1", "coins", 10);
    let end = ledger.end();
    let all = [anna(), purse(&["telegram:1", "discord:1"], &[("coins", 11)])];
    let rehearsal = Purses { rehearsal: true, ..purses(&all) };
    let said = ["New", "BalanceDiffers"];
    assert_eq!(ledger.comes_to(rehearsal), said, "also where nothing counts xp yet");
    assert_eq!(ledger.end(), end);
    assert!(wait(ledger.purse_of(identity("telegram:456"))).unwrap().is_none());
    wait(ledger.declare(vec![whole("xp")])).unwrap();
    assert_eq!(ledger.takes(&all), said);
    ledger.assert_sound();
}

/// Who had no entry by then is not named, though their purse of now had one.
fn who_came_was_not_there_before<F: Fixture>() {
    let (_place, ledger) = start::<F>();
    ledger.open("discord:123", "coins", 150);
    let before = ledger.end();
    ledger.takes(&[purse(&["telegram:456", "discord:123"], &[("coins", 150)])]);
    let named = |platform_name, at| {
        let balances = wait(ledger.balances_as_of(platform(platform_name), at)).unwrap();
        balances.into_iter().map(|b| (b.asset, b.amount.units())).collect::<Vec<(AssetName, i64)>>()
    };
    assert_eq!(named("telegram", before), []);
    assert_eq!(named("discord", before), [(asset("coins"), 150)]);
    assert_eq!(named("telegram", ledger.end()), [(asset("coins"), 150)]);
}
