//! Opening: many programs at once, older and newer ones, and what is no ledger.

use std::{sync::Barrier, thread};

use onepurse_core::ReplicaId;
use onepurse_ledger::{Ledger, LedgerError, Open, PostgresLedger, Registration};

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

fn open(place: &Postgres, open: Open) -> Result<PostgresLedger, LedgerError> {
    let address = place.database.url().parse().unwrap();
    wait(PostgresLedger::open(address, open, clock(), random(2)))
}

#[track_caller]
fn refused<T>(result: Result<T, LedgerError>) -> LedgerError {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

#[test]
fn programs_that_start_at_once_make_one_ledger() {
    const PROGRAMS: usize = 8;
    let (place, ready) = (Postgres::new(), Barrier::new(PROGRAMS));
    let start = || {
        ready.wait();
        let ledger = place.ledger();
        wait(ledger.declare(vec![whole("coins"), whole("xp")])).unwrap();
        wait(ledger.id()).unwrap()
    };
    let ids: Vec<_> = thread::scope(|scope| {
        let programs: Vec<_> = (0..PROGRAMS).map(|_| scope.spawn(start)).collect();
        programs.into_iter().map(|program| program.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(place.database.psql("SELECT count(*) FROM onepurse.asset").trim(), "2");
    place.ledger().assert_sound();
}

#[test]
fn where_there_is_no_ledger_none_is_made_unasked() {
    let place = Postgres::new();
    let missing = refused(open(&place, Open::Existing));
    assert!(matches!(missing, LedgerError::Missing { .. }) && missing.is_retryable(), "{missing}");
    assert_eq!(place.database.psql("SELECT to_regnamespace('onepurse') IS NULL").trim(), "t");
    drop(place.open());
    open(&place, Open::Existing).unwrap();
}

#[test]
fn a_schema_that_somebody_made_before_is_filled() {
    let place = Postgres::new();
    place.database.psql("CREATE SCHEMA onepurse");
    assert_eq!(place.open().end().seq, 0);
}

#[test]
fn what_is_no_ledger_is_left_alone() {
    let place = Postgres::new();
    place.database.psql("CREATE SCHEMA onepurse; CREATE TABLE onepurse.entry (a int)");
    let error = refused(open(&place, Open::Create));
    assert!(matches!(error, LedgerError::NotALedger { .. }), "{error}");
}

#[test]
fn a_ledger_that_vanishes_is_missing_and_comes_back() {
    let (place, ledger) = Postgres::start();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    place.database.psql("ALTER SCHEMA onepurse RENAME TO hidden");
    let error = refused(wait(ledger.append(vec![change(2, "telegram:1", 5)])));
    assert!(matches!(error, LedgerError::Missing { .. }) && error.is_retryable(), "{error}");
    place.database.psql("ALTER SCHEMA hidden RENAME TO onepurse");
    ledger.enter(&[change(2, "telegram:1", 5)]);
    assert_eq!(ledger.coins("telegram:1"), 10);
}

#[test]
fn an_older_program_goes_on_beside_a_newer_one() {
    let (place, running) = Postgres::start();
    place.database.psql("UPDATE onepurse.ledger SET schema = 99");
    running.enter(&[change(1, "telegram:1", 5)]);
    let started_after = open(&place, Open::Create).unwrap();
    started_after.enter(&[change(2, "telegram:1", 5)]);
    assert_eq!(place.database.psql("SELECT schema FROM onepurse.ledger").trim(), "99");
}

#[test]
fn an_older_ledger_is_brought_up_to_date_with_all_that_it_has() {
    let (place, running) = Postgres::start();
    let registration = |revision| Registration {
        platform: platform("telegram"),
        replica: ReplicaId([1; 16]),
        location: "sqlite:///bot.db".to_owned(),
        fingerprint: None,
        left_at: None,
        held: vec![],
        revision,
    };
    wait(running.register(registration(1))).unwrap();
    place
        .database
        .psql("DROP TABLE onepurse.bookmark; DROP TABLE onepurse.code; DROP TABLE onepurse.code_try; ALTER TABLE onepurse.asset DROP COLUMN merge, DROP COLUMN overdraft; DROP TABLE onepurse.request; ALTER TABLE onepurse.platform DROP COLUMN fingerprint, DROP COLUMN left_held; DROP INDEX onepurse.identity_forgotten; ALTER TABLE onepurse.identity DROP CONSTRAINT identity_forgotten, ALTER COLUMN external SET NOT NULL, ALTER COLUMN purse SET NOT NULL, ALTER COLUMN salt SET NOT NULL; DROP FUNCTION onepurse.enter; DROP TABLE onepurse.place; DROP TABLE onepurse.places; DROP INDEX onepurse.entry_captured; ALTER TABLE onepurse.balance DROP COLUMN last_seq; ALTER TABLE onepurse.entry DROP COLUMN previous; ALTER TABLE onepurse.ledger DROP COLUMN revision; CREATE INDEX entry_purse ON onepurse.entry (purse, seq); CREATE INDEX entry_captured ON onepurse.entry (captured_ms); CREATE INDEX balance_amount ON onepurse.balance (asset, amount DESC, purse); UPDATE onepurse.ledger SET schema = 1, writable = 1");
    let newer = open(&place, Open::Existing).unwrap();
    assert_eq!(wait(newer.registration(platform("telegram"))).unwrap(), Some(registration(1)));
    let known = Registration { fingerprint: Some("one".to_owned()), ..registration(2) };
    wait(newer.register(known.clone())).unwrap();
    assert_eq!(wait(newer.registration(platform("telegram"))).unwrap(), Some(known));
    assert_eq!(place.database.psql("SELECT schema FROM onepurse.ledger").trim(), "9");
}

#[test]
fn a_program_that_is_too_old_to_write_stops() {
    let (place, running) = Postgres::start();
    place.database.psql("UPDATE onepurse.ledger SET schema = 99, writable = 98");
    for error in [
        refused(wait(running.append(vec![change(1, "telegram:1", 5)]))),
        refused(wait(running.declare(vec![whole("xp")]))),
        refused(open(&place, Open::Create)),
    ] {
        assert!(matches!(error, LedgerError::NewerSchema { found: 98, known: 9, .. }), "{error}");
    }
    assert_eq!(running.end().seq, 0);
}

#[test]
fn a_server_that_is_not_there_is_told_without_a_password() {
    let address = "postgres://ada:secret@127.0.0.1:1/coins".parse().unwrap();
    let error = refused(wait(PostgresLedger::open(address, Open::Create, clock(), random(1))));
    assert!(matches!(error, LedgerError::Unavailable { .. }) && error.is_retryable());
    let told = error.to_string();
    assert!(told.contains("ada@127.0.0.1:1/coins") && told.contains("refused"), "{told}");
    assert!(!told.contains("secret") && !format!("{error:?}").contains("secret"), "{told}");
}
