//! A server that dies in the middle of load, and its standby that takes over.

use std::{
    slice,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use onepurse_ledger::{Ledger, Outcome};
use onepurse_servers::{Postgres as Server, Proxy, Settings};

use super::trouble::{send, until};
use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

const PROGRAMS: u64 = 3;

#[test]
fn a_failover_loses_nothing_that_was_acknowledged() {
    let primary = Server::start(Settings::default());
    let proxy = Proxy::before(primary.port());
    let place = Postgres { database: primary.database().through(&proxy) };
    let ledger = place.open();
    wait(ledger.declare(vec![whole("coins")])).unwrap();
    let standby = primary.standby();

    // Every event that was acknowledged, and its entry.
    let (acknowledged, done) = (Mutex::new(vec![]), AtomicBool::new(false));
    let load = &|program: u64| {
        let ledger = place.open();
        for n in (1..).map(|n| n * PROGRAMS + program) {
            if done.load(Ordering::Relaxed) {
                return;
            }
            let event = change(n, "telegram:1", 1);
            match send(&*ledger, slice::from_ref(&event))[..] {
                [Outcome::Entered { seq } | Outcome::Known { seq }] => {
                    acknowledged.lock().unwrap().push((event, seq));
                }
                ref other => panic!("{other:?}"),
            }
        }
    };
    let so_many = || acknowledged.lock().unwrap().len();
    thread::scope(|scope| {
        for program in 0..PROGRAMS {
            scope.spawn(move || load(program));
        }
        until(|| so_many() >= 50);
        primary.stop_immediate();
        let before = so_many();
        standby.promote();
        proxy.lead_to(standby.port());
        until(|| so_many() >= before + 50);
        done.store(true, Ordering::Relaxed);
    });

    let (events, seqs): (Vec<_>, Vec<_>) = acknowledged.into_inner().unwrap().into_iter().unzip();
    let known: Vec<_> = seqs.into_iter().map(|seq| Outcome::Known { seq }).collect();
    assert_eq!(ledger.enter(&events), known);
    assert_eq!(ledger.coins("telegram:1"), i64::try_from(events.len()).unwrap());
    ledger.assert_sound();
}
