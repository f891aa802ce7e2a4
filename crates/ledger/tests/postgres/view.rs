//! The founding query, as somebody with `psql` asks it, and whose name `unified_users` is.

use onepurse_core::{Asset, Event, Scale};
use onepurse_ledger::Ledger;

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

#[test]
fn the_founding_query_works() {
    let (place, ledger) = Postgres::start();
    let ask = || {
        let query = "SELECT * FROM unified_users WHERE telegram_id = '456' OR discord_id = '123' ORDER BY id";
        place.database.psql(query).trim().to_owned()
    };
    assert_eq!(ask(), "");
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50), change(3, "telegram:9", 1)]);
    assert_eq!(ask(), "1|456|||100|0\n2||123||50|0");
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    assert_eq!(ask(), "1|456|123||150|0");
    let everyone = place.database.psql("SELECT id FROM unified_users ORDER BY id");
    assert_eq!(everyone.trim(), "1\n3", "a purse that nobody has is not shown");
}

#[test]
fn every_column_is_filled() {
    let (place, ledger) = Postgres::start();
    let xp = Asset::new(asset("xp"), Scale::new(2).unwrap());
    wait(ledger.declare(vec![xp, whole("gems")])).unwrap();
    let of = |n, name: &str, delta| Event { asset: asset(name), ..change(n, "website:a@b.c", delta) };
    ledger.enter(&[of(1, "xp", -1234), of(2, "gems", 7)]);
    let columns = "SELECT id, telegram_id, discord_id, website_email, coins, xp FROM unified_users";
    assert_eq!(place.database.psql(columns).trim(), "1|||a@b.c|0|-12.34");
}

#[test]
fn a_table_of_that_name_stays_what_it_is() {
    let place = Postgres::new();
    let database = &place.database;
    database.psql(
        "CREATE TABLE unified_users (telegram_id text, coins int); INSERT INTO unified_users VALUES ('9', 3)",
    );
    let ledger = place.open();
    wait(ledger.declare(vec![whole("coins")])).unwrap();
    ledger.enter(&[change(1, "telegram:456", 100)]);
    drop(place.open());
    assert_eq!(database.psql("SELECT * FROM unified_users").trim(), "9|3");
    for view in ["public.onepurse_unified_users", "onepurse.unified_users"] {
        assert_eq!(database.psql(&format!("SELECT telegram_id, coins FROM {view}")).trim(), "456|100");
    }
}

#[test]
fn where_nothing_can_be_made_in_public_there_is_a_ledger_all_the_same() {
    let place = Postgres::new();
    place.database.psql("DROP SCHEMA public");
    let ledger = place.open();
    wait(ledger.declare(vec![whole("coins")])).unwrap();
    ledger.enter(&[change(1, "telegram:456", 100)]);
    assert_eq!(place.database.psql("SELECT coins FROM onepurse.unified_users").trim(), "100");
}
