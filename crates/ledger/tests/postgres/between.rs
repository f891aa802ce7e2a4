//! What may stand between a program and the server: a pooler, a network that cuts.

use std::{slice, sync::Arc, thread};

use onepurse_ledger::{Ledger, Outcome, PostgresLedger};
use onepurse_servers::{Database, PgBouncer, Postgres as Server, Proxy, Way};

use super::trouble::{send, until};
use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

/// A ledger that is reached in this way.
fn start(database: Database) -> (Postgres, Arc<PostgresLedger>) {
    let place = Postgres { database };
    let ledger = place.open();
    wait(ledger.declare(vec![whole("coins")])).unwrap();
    (place, ledger)
}

#[test]
fn programs_share_a_ledger_behind_a_pooler() {
    let pooler = PgBouncer::before(&Server::shared().database());
    let (place, one) = start(pooler.database().clone());
    let (two, three) = (place.open(), place.open());
    let mut hints = one.hints();
    thread::scope(|scope| {
        for (program, ledger) in (1..).zip([&one, &two, &three]) {
            scope.spawn(move || {
                for n in 0..40_u64 {
                    let own = format!("discord:{program}");
                    let first = program * 1_000 + n * 2;
                    ledger.enter(&[change(first, "telegram:1", 1), change(first + 1, &own, 1)]);
                    assert!(ledger.end().seq >= 2);
                }
            });
        }
    });
    assert_eq!((two.coins("telegram:1"), two.coins("discord:3")), (120, 40));
    wait(three.link(link(1, "telegram:1", "discord:3"))).unwrap();
    assert_eq!(one.coins("discord:3"), 160);
    one.assert_sound();
    // No ping comes through: it is seen by looking.
    for n in 1..=3 {
        hints.mark_unchanged();
        two.enter(&[change(n, "telegram:1", 1)]);
        until(|| hints.has_changed().unwrap());
    }
}

#[test]
fn an_append_that_is_cut_anywhere_is_in_the_log_once() {
    let direct = Server::shared().database();
    let proxy = Proxy::before(direct.port());
    let (_place, ledger) = start(direct.through(&proxy));
    let (mut entered, mut lost) = (vec![], 0);
    for way in [Way::There, Way::Back] {
        // From before the first message to behind the last.
        for bytes in (0..4_000).step_by(37) {
            let n = u64::try_from(entered.len()).unwrap() + 1;
            let event = change(n, "telegram:1", 1);
            proxy.cut_after(way, bytes);
            let outcomes = send(&*ledger, slice::from_ref(&event));
            lost += usize::from(matches!(outcomes[..], [Outcome::Known { .. }]));
            entered.push(event);
        }
    }
    proxy.mend();
    assert!(lost > 0, "an answer was lost after its commit");
    for (outcome, seq) in send(&*ledger, &entered).into_iter().zip(1..) {
        assert_eq!(outcome, Outcome::Known { seq });
    }
    assert_eq!(ledger.coins("telegram:1"), i64::try_from(entered.len()).unwrap());
    ledger.assert_sound();
}
