//! The founding query, as somebody with the `sqlite3` program asks it.

use onepurse_core::{Asset, Event, Scale};
use onepurse_ledger::Ledger;
use rusqlite::types::Value;

use crate::{
    contract::{Fixture, Sqlite},
    support::*,
};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn rows(place: &Sqlite, query: &str) -> Vec<Vec<Value>> {
    let connection = place.by_hand();
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_founding_query_works() {
    let (place, ledger) = Sqlite::start();
    let query = "SELECT * FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'";
    assert!(rows(&place, query).is_empty());
    ledger.enter(&[change(1, "telegram:456", 100), change(2, "discord:123", 50), change(3, "telegram:9", 1)]);
    let one = vec![text("1"), text("456"), Value::Null, Value::Null, 100.into(), 0.into()];
    let other = vec![text("2"), Value::Null, text("123"), Value::Null, 50.into(), 0.into()];
    assert_eq!(rows(&place, query), [one, other]);
    wait(ledger.link(link(1, "telegram:456", "discord:123"))).unwrap();
    let both = vec![text("1"), text("456"), text("123"), Value::Null, 150.into(), 0.into()];
    assert_eq!(rows(&place, query), [both]);
    let everyone = rows(&place, "SELECT id FROM unified_users");
    assert_eq!(everyone, [[text("1")], [text("3")]], "a purse that nobody has is not shown");
}

#[test]
fn every_column_is_filled() {
    let (place, ledger) = Sqlite::start();
    let xp = Asset::new(asset("xp"), Scale::new(2).unwrap());
    wait(ledger.declare(vec![xp, whole("gems")])).unwrap();
    let of = |n, name: &str, delta| Event { asset: asset(name), ..change(n, "website:a@b.c", delta) };
    ledger.enter(&[of(1, "xp", -1234), of(2, "gems", 7)]);
    let columns = "SELECT id, telegram_id, discord_id, website_email, coins, xp FROM unified_users";
    let person = vec![text("1"), Value::Null, Value::Null, text("a@b.c"), 0.into(), Value::Real(-12.34)];
    assert_eq!(rows(&place, columns), [person]);
}
