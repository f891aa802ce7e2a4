//! Connections that end, rows that are held, programs elsewhere.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use onepurse_core::Event;
use onepurse_ledger::{Ledger, LedgerError, Outcome};

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

const END_ALL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Sends the same events until the ledger answers, as an engine does.
pub(super) fn send(ledger: &impl Ledger, events: &[Event]) -> Vec<Outcome> {
    loop {
        match wait(ledger.append(events.to_vec())) {
            Ok(outcomes) => return outcomes,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

#[test]
fn connections_that_end_cost_nothing_but_another_try() {
    let (place, ledger) = Postgres::start();
    let events: Vec<_> =
        (1..=300_u64).map(|n| change(n, if n % 2 == 1 { "telegram:1" } else { "discord:2" }, 1)).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                place.database.psql(END_ALL);
            }
        });
        for pair in events.chunks(2) {
            send(&*ledger, pair);
        }
        done.store(true, Ordering::Relaxed);
    });
    for (outcome, seq) in send(&*ledger, &events).into_iter().zip(1..) {
        assert_eq!(outcome, Outcome::Known { seq });
    }
    assert_eq!((ledger.coins("telegram:1"), ledger.coins("discord:2")), (150, 150));
    ledger.assert_sound();
}

#[test]
fn an_append_waits_for_the_head_and_readers_wait_for_nobody() {
    let (place, ledger) = Postgres::start();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    let database = place.database.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            database.psql("BEGIN; SELECT FROM onepurse.ledger FOR UPDATE; SELECT pg_sleep(1); COMMIT")
        });
        let locks = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
            WHERE datname = current_database() AND mode = 'RowShareLock'";
        until(|| database.psql(locks).trim() != "0");
        assert_eq!(ledger.coins("telegram:1"), 5);
        assert_eq!(ledger.enter(&[change(2, "telegram:1", 5)]), [Outcome::Entered { seq: 2 }]);
    });
    assert_eq!(ledger.coins("telegram:1"), 10);
}

#[test]
fn a_server_that_takes_no_writes_says_so_and_can_be_read() {
    let (place, ledger) = Postgres::start();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    place.database.psql(
        "CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$;
         CREATE TRIGGER zz BEFORE INSERT ON onepurse.entry EXECUTE FUNCTION public.full()",
    );
    let error = wait(ledger.append(vec![change(2, "telegram:1", 5)])).unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable { .. }) && error.is_retryable(), "{error}");
    assert_eq!(ledger.coins("telegram:1"), 5);
    place.database.psql("DROP TRIGGER zz ON onepurse.entry");
    assert_eq!(ledger.enter(&[change(2, "telegram:1", 5)]), [Outcome::Entered { seq: 2 }]);
    ledger.assert_sound();
}

#[test]
fn deadlocks_and_serialization_failures_are_tried_again() {
    let (place, ledger) = Postgres::start();
    place.database.psql("CREATE SEQUENCE public.tried");
    for (n, condition) in [(1, "serialization_failure"), (2, "deadlock_detected")] {
        place.database.psql(&format!(
            "CREATE OR REPLACE FUNCTION public.twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF nextval('public.tried') % 3 <> 0 THEN RAISE {condition}; END IF; RETURN NULL; END $$;
             DROP TRIGGER IF EXISTS zz ON onepurse.entry;
             CREATE TRIGGER zz BEFORE INSERT ON onepurse.entry EXECUTE FUNCTION public.twice()"
        ));
        let seq = i64::try_from(n).unwrap();
        assert_eq!(ledger.enter(&[change(n, "telegram:1", 5)]), [Outcome::Entered { seq }], "{condition}");
    }
    assert_eq!(place.database.psql("SELECT last_value FROM public.tried").trim(), "6");
    ledger.assert_sound();
}

#[test]
fn programs_hear_of_what_others_append() {
    let (place, ledger) = Postgres::start();
    let other = place.open();
    let mut hints = ledger.hints();
    for n in 1..=3 {
        hints.mark_unchanged();
        other.enter(&[change(n, "telegram:1", 1)]);
        until(|| hints.has_changed().unwrap());
    }
}

#[track_caller]
pub(super) fn until(mut is_true: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if is_true() {
            return;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    panic!("it did not come true");
}
