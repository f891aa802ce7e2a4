//! What is left in the file of who was forgotten, and that older files come along.

use std::{fs, path::PathBuf};

use onepurse_core::{Amount, Balance, Cursor, ReplicaId};
use onepurse_ledger::{Forgetting, Ledger, Links, Open, Redeem, Registration, SqliteLedger, Unlink};
use rusqlite::Connection;

use crate::{
    contract::{Fixture, Sqlite},
    support::*,
};

const NAME: &str = "telegram:a-name-like-no-other@example.org";

fn files(place: &Sqlite) -> Vec<PathBuf> {
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", place.path().display()));
    ["", "-wal"].into_iter().map(beside).filter(|path| path.exists()).collect()
}

fn is_anywhere(place: &Sqlite, word: &str) -> bool {
    let has = |path: PathBuf| fs::read(path).unwrap().windows(word.len()).any(|part| part == word.as_bytes());
    files(place).into_iter().any(has)
}

#[test]
fn not_a_byte_of_the_name_is_left() {
    let (place, ledger) = Sqlite::start();
    let (id, name) = (wait(ledger.id()).unwrap(), identity(NAME));
    ledger.enter(&[opening(id, NAME, 100), change(1, "telegram:7", 7), change(2, NAME, 1)]);
    for _ in 0..3 {
        wait(ledger.issue_code(name.clone())).unwrap();
    }
    let wrong = Redeem { key: key(9), code: "00000000".parse().unwrap(), by: name.clone() };
    wait(ledger.redeem(wrong)).unwrap_err();
    let held = |external: &str| Balance {
        asset: asset("coins"),
        external: external.parse().unwrap(),
        amount: Amount::new(3),
    };
    let registration = Registration {
        platform: platform("telegram"),
        replica: ReplicaId([1; 16]),
        location: "bot.db".to_owned(),
        fingerprint: None,
        left_at: Some(Cursor::ZERO),
        held: vec![held(name.external.as_str()), held("7")],
        revision: 1,
    };
    wait(ledger.register(registration.clone())).unwrap();
    assert!(is_anywhere(&place, name.external.as_str()));

    let unlink = Unlink { key: key(10), identity: name.clone(), actor: None, reason: None };
    wait(ledger.part(unlink)).unwrap();
    wait(ledger.erase(name.clone())).unwrap();
    assert!(!is_anywhere(&place, name.external.as_str()), "in {:?}", files(&place));
    let kept = wait(ledger.registration(platform("telegram"))).unwrap().unwrap();
    assert_eq!(kept, Registration { held: vec![held("7")], ..registration });
    ledger.assert_sound();
}

/// The table of identities is made anew: nothing that refers to it may notice.
#[test]
fn a_ledger_from_before_comes_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let open = || SqliteLedger::open(&path, Open::Existing, clock(), random(1)).unwrap();
    let old = Connection::open(&path).unwrap();
    let step = |n: u32| fs::read_to_string(format!("src/sqlite/migrations/{n:04}.sql")).unwrap();
    (1..=8).for_each(|n| old.execute_batch(&step(n)).unwrap());
    old.execute_batch(
        "INSERT INTO ledger VALUES (1, zeroblob(16), 8, 0, 0, zeroblob(32));
         INSERT INTO asset (id, name, scale) VALUES (1, 'coins', 0);
         INSERT INTO purse VALUES (1, 0);
         INSERT INTO identity VALUES (1, 'telegram', '456', 1, zeroblob(16), zeroblob(32));",
    )
    .unwrap();
    drop(old);
    let ledger = open();
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 5)]);
    assert_eq!((ledger.coins("telegram:456"), ledger.purse_seen("telegram:456").id.0), (100, 1));
    let by_hand = Connection::open(&path).unwrap();
    let coins = "SELECT coins FROM unified_users WHERE telegram_id = '456'";
    assert_eq!(by_hand.query_row(coins, [], |row| row.get::<_, i64>(0)).unwrap(), 100);
    let broken = by_hand.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap();
    assert!(!broken, "a row refers to nothing");
}
