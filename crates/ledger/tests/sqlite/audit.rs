//! An audit finds what other hands did to the file.

use onepurse_ledger::{Audit, AuditScope, Ledger, LedgerError, Records, SqliteLedger};
use rusqlite::Connection;

use crate::{
    contract::{Fixture, Sqlite},
    support::*,
};

/// A ledger with a little of everything in it, edited by somebody who took the safeguards away first.
fn tampered(edit: &str) -> Audit {
    let (place, ledger) = Sqlite::start();
    fill(&ledger);
    ledger.assert_sound();
    let connection = place.by_hand();
    without_safeguards(&connection);
    connection.execute_batch(edit).unwrap();
    wait(ledger.audit(AuditScope::default())).unwrap()
}

fn fill(ledger: &SqliteLedger) {
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 10), change(2, "telegram:1", 20), change(3, "discord:2", 30)]);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
}

fn without_safeguards(connection: &Connection) {
    let safeguards = "PRAGMA foreign_keys = OFF;
        DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed;
        DROP INDEX entry_key; DROP INDEX entry_opening;
        CREATE INDEX entry_opening ON entry (identity, asset) WHERE kind = 'opening';";
    connection.execute_batch(safeguards).unwrap();
}

/// That `edit` is found, by these words and nothing else.
#[track_caller]
fn assert_found(edit: &str, twice: &[&str], not_conserved: &[&str], broken: &[&str]) {
    let audit = tampered(edit);
    for (found, expected) in
        [(&audit.twice, twice), (&audit.not_conserved, not_conserved), (&audit.broken, broken)]
    {
        assert_eq!(found.len(), expected.len(), "{edit}: {audit:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{edit}: `{found}` does not say `{expected}`");
        }
    }
}

const UNHASHED: &str = "entry 2 is not the one that its hash was made of";

#[test]
fn a_changed_delta_is_found() {
    let sums = ["entry 2: 10 and 21 coins are not 30", "purse 1 has 60, its entries come to 61 coins"];
    assert_found("UPDATE entry SET delta = 21 WHERE seq = 2", &[], &sums, &[UNHASHED]);
}

#[test]
fn a_changed_balance_of_an_entry_is_found() {
    let steps = ["entry 2: 10 and 20 coins are not 31", "entry 4: 31 and 0 coins are not 30"];
    assert_found("UPDATE entry SET balance = 31 WHERE seq = 2", &[], &steps, &[UNHASHED]);
}

#[test]
fn a_changed_balance_of_a_purse_is_found() {
    let kept = ["purse 1 has 1000, its entries come to 60 coins"];
    assert_found("UPDATE balance SET amount = 1000 WHERE purse = 1", &[], &kept, &[]);
    let none = ["purse 2 has nothing, its entries come to 0 coins"];
    assert_found("DELETE FROM balance WHERE purse = 2", &[], &none, &[]);
    let more = ["purse 9 has 5 coins and no entry of it"];
    assert_found("INSERT INTO balance (purse, asset, amount) VALUES (9, 1, 5)", &[], &more, &[]);
}

#[test]
fn a_changed_word_is_found() {
    assert_found("UPDATE entry SET reason = 'a gift' WHERE seq = 2", &[], &[], &[UNHASHED]);
    assert_found("UPDATE entry SET captured_ms = 1 WHERE seq = 2", &[], &[], &[UNHASHED]);
    let tag = ["telegram:7 is not the identity that its tag was made of"];
    assert_found("UPDATE identity SET external = '7' WHERE external = '1'", &[], &[], &tag);
}

#[test]
fn a_changed_hash_is_found() {
    let next = "entry 3 is not the one that its hash was made of";
    assert_found("UPDATE entry SET hash = randomblob(32) WHERE seq = 2", &[], &[], &[UNHASHED, next]);
}

#[test]
fn a_history_that_leads_elsewhere_is_found() {
    let named = ["entry 4 names entry 1 as the one before it in its purse, which is 2"];
    assert_found("UPDATE entry SET previous = 1 WHERE seq = 4", &[], &[], &named);
    let last = ["purse 1 names entry 2 as its last of coins, which is 7"];
    assert_found("UPDATE balance SET last_seq = 2 WHERE purse = 1", &[], &[], &last);
}

#[test]
fn a_removed_entry_is_found() {
    let sums = ["entry 4: 10 and 0 coins are not 30", "purse 1 has 60, its entries come to 40 coins"];
    let chain = [
        "entry 3 follows entry 1",
        "entry 3 is not the one that its hash was made of",
        "entry 4 names entry 2 as the one before it in its purse, which is 1",
    ];
    assert_found("DELETE FROM entry WHERE seq = 2", &[], &sums, &chain);
}

#[test]
fn a_head_that_is_not_the_last_entry_is_found() {
    let head = ["the head is entry 8 of"];
    assert_found("UPDATE ledger SET head_seq = 8", &[], &[], &head);
}

#[test]
fn a_key_that_is_twice_in_the_log_is_found() {
    let again = "UPDATE entry SET key = (SELECT key FROM entry WHERE seq = 3) WHERE seq = 2";
    assert_found(again, &["is in the log 2 times"], &[], &[UNHASHED]);
}

#[test]
fn an_identity_that_was_opened_twice_is_found() {
    let again = "UPDATE entry SET kind = 'opening' WHERE seq = 2";
    assert_found(again, &["telegram:1 was opened 2 times in coins"], &[], &[UNHASHED]);
}

#[test]
fn the_log_cannot_be_changed_by_mistake() {
    let (place, ledger) = Sqlite::start();
    fill(&ledger);
    for edit in ["UPDATE entry SET delta = 1", "DELETE FROM entry WHERE seq = 7"] {
        let refused = place.by_hand().execute(edit, []).unwrap_err().to_string();
        assert!(refused.contains("a correction is a new entry"), "{refused}");
    }
    ledger.assert_sound();
}

#[test]
fn nothing_is_appended_to_a_log_whose_end_is_not_its_head() {
    for edit in [
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "UPDATE ledger SET head_seq = head_seq - 1",
        "UPDATE ledger SET head_hash = randomblob(32)",
    ] {
        let (place, ledger) = Sqlite::start();
        fill(&ledger);
        let connection = place.by_hand();
        without_safeguards(&connection);
        connection.execute_batch(edit).unwrap();
        let refused = wait(ledger.append(vec![change(9, "telegram:1", 1)])).unwrap_err();
        assert!(matches!(refused, LedgerError::Damaged { .. }), "{edit}: {refused}");
    }
}
