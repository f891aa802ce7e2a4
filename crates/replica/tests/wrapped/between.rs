//! A way to the server that is cut in the middle of anything: what was noted and not acknowledged is found out, and counts
//! once.

use onepurse_core::Amount;
use onepurse_replica::wrap::{Place, Sidecar};
use onepurse_servers::{Proxy, Way};

use super::{did, due, places::Wrapped, telegram};
use crate::support::{coins, fixture::Fixture, postgres::Postgres};

const WHOSE: &str = "456";

/// A sidecar behind a proxy.
struct Behind {
    server: Postgres,
    proxy: Proxy,
    sidecar: Sidecar,
}

impl Behind {
    fn new() -> Self {
        let server: Postgres = Wrapped::fresh();
        let Place::Schema(address) = server.place() else { unreachable!() };
        let shown = address.to_string();
        let (front, rest) = shown.rsplit_once(':').unwrap();
        let (port, name) = rest.split_once('/').unwrap();
        let proxy = Proxy::before(port.parse().unwrap());
        let place = format!("{front}:{}/{name}?sslmode=disable", proxy.port()).parse().unwrap();
        let mut sidecar = Sidecar::open(&place, &telegram(), &[coins()]).unwrap();
        sidecar.capture(&[did(WHOSE, 1, 1)]).unwrap();
        Self { server, proxy, sidecar }
    }

    /// What the purse has, and what the store shows.
    fn row(&self) -> (i64, i64) {
        let read = |column: &str| {
            let sql =
                format!("SELECT {column} FROM onepurse_sidecar_telegram.balance_coins WHERE id = '{WHOSE}'");
            self.server.read(&sql).unwrap().parse().unwrap()
        };
        (read("value"), read("shown"))
    }

    /// Cuts the way in each piece that something sends or hears, one after the other. How often it failed.
    fn cut_everywhere(&mut self, mut does: impl FnMut(&mut Self) -> u32) -> u32 {
        let mut failed = 0;
        for way in [Way::There, Way::Back] {
            for piece in 0.. {
                self.proxy.cut_in(way, piece);
                failed += does(self);
                if self.proxy.is_trouble_due() {
                    break;
                }
            }
        }
        failed
    }
}

#[test]
fn what_the_bot_did_counts_once() {
    let mut behind = Behind::new();
    let mut now = 1;
    let failed = behind.cut_everywhere(|behind| {
        let (mut failed, mut delta) = (0, 10);
        now += 10;
        while behind.sidecar.capture(&[did(WHOSE, now, delta)]).is_err() {
            // The bot goes on meanwhile, and it is sent together.
            (failed, now, delta) = (failed + 1, now + 10, delta + 10);
        }
        assert_eq!(behind.row(), (now, now));
        failed
    });
    assert!(failed > 1, "{failed}");
}

#[test]
fn what_came_in_is_due_until_it_is_known_to_be_intended() {
    let mut behind = Behind::new();
    let mut value = 1;
    let failed = behind.cut_everywhere(|behind| {
        let before = value;
        value += 10;
        let arrives = format!("UPDATE onepurse_sidecar_telegram.balance_coins SET value = {value}");
        behind.server.run(&arrives).unwrap();
        let comes = [due(WHOSE, before, value)];
        let mut failed = 0;
        while behind.sidecar.intend(&comes).is_err() {
            failed += 1;
            let listed = (0..3).find_map(|_| behind.sidecar.due(10).ok()).unwrap();
            assert_eq!(listed, comes, "it was not shown");
        }
        assert_eq!(behind.row(), (value, value));
        failed
    });
    assert!(failed > 1, "{failed}");
    assert_eq!(behind.sidecar.shown(&coins(), WHOSE).unwrap(), Some(Amount::new(value)));
}
