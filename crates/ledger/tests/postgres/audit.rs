//! An audit finds what other hands did to the tables.

use onepurse_ledger::{Audit, AuditScope, Ledger, LedgerError, Records};

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

const WITHOUT_SAFEGUARDS: &str = "DROP TRIGGER entry_is_never_changed ON onepurse.entry;
    DROP INDEX onepurse.entry_key; DROP INDEX onepurse.entry_opening;";

/// A ledger with a little of everything in it, edited by somebody who took the safeguards away first: what an audit
/// says, and what an append.
fn tampered(edit: &str) -> (Audit, Result<(), LedgerError>) {
    let (place, ledger) = Postgres::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 10), change(2, "telegram:1", 20), change(3, "discord:2", 30)]);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    ledger.assert_sound();
    place.database.psql(&format!("{WITHOUT_SAFEGUARDS} {edit}"));
    let audit = wait(ledger.audit(AuditScope::default())).unwrap();
    (audit, wait(ledger.append(vec![change(9, "telegram:1", 1)])).map(drop))
}

#[test]
fn what_other_hands_did_is_found() {
    for (edit, found) in [
        ("UPDATE onepurse.entry SET delta = 21 WHERE seq = 2", "entry 2 is not the one that its hash"),
        ("UPDATE onepurse.entry SET delta = 21 WHERE seq = 2", "entry 2: 10 and 21 coins are not 30"),
        ("UPDATE onepurse.entry SET reason = 'a gift' WHERE seq = 2", "entry 2 is not the one"),
        (
            "UPDATE onepurse.balance SET amount = 1000 WHERE purse = 1",
            "purse 1 has 1000, its entries come to 60",
        ),
        ("DELETE FROM onepurse.balance WHERE purse = 2", "purse 2 has nothing, its entries come to 0 coins"),
        ("INSERT INTO onepurse.balance VALUES (9, 1, 5)", "purse 9 has 5 coins and no entry of it"),
        (
            "UPDATE onepurse.identity SET external = '7' WHERE external = '1'",
            "telegram:7 is not the identity",
        ),
        ("DELETE FROM onepurse.entry WHERE seq = 2", "entry 3 follows entry 1"),
        (
            "UPDATE onepurse.entry SET key = (SELECT key FROM onepurse.entry WHERE seq = 3) WHERE seq = 2",
            "is in the log 2 times",
        ),
        (
            "UPDATE onepurse.entry SET kind = 'opening' WHERE seq = 2",
            "telegram:1 was opened 2 times in coins",
        ),
        ("UPDATE onepurse.ledger SET head_seq = 8", "the head is entry 8 of"),
    ] {
        let (audit, _) = tampered(edit);
        let all = [&audit.twice[..], &audit.not_conserved, &audit.broken].concat();
        assert!(all.iter().any(|line| line.contains(found)), "{edit}: `{found}` is not in {all:#?}");
    }
}

#[test]
fn nothing_is_appended_to_a_log_whose_end_is_not_its_head() {
    for edit in [
        "DELETE FROM onepurse.entry WHERE seq = (SELECT max(seq) FROM onepurse.entry)",
        "UPDATE onepurse.ledger SET head_seq = head_seq - 1",
        "UPDATE onepurse.ledger SET head_hash = decode(repeat('ab', 32), 'hex')",
    ] {
        let (_, appended) = tampered(edit);
        assert!(matches!(appended, Err(LedgerError::Damaged { .. })), "{edit}: {appended:?}");
    }
}

#[test]
fn the_log_cannot_be_changed_by_mistake() {
    let (place, ledger) = Postgres::start();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    for edit in ["UPDATE onepurse.entry SET delta = 1", "DELETE FROM onepurse.entry WHERE seq = 7"] {
        place.database.psql(&format!(
            "DO $$ BEGIN {edit}; RAISE 'it was done'; EXCEPTION WHEN raise_exception THEN
               IF SQLERRM NOT LIKE '%a correction is a new entry' THEN RAISE; END IF; END $$"
        ));
    }
    ledger.assert_sound();
}
