//! A person is forgotten: by the ledger, beside their bot's tables, and while everything goes on.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{
    ECONOMY, Pair,
    answers::exit,
    pair::{D, T},
    wait::wait_for,
};

fn forget(pair: &Pair, identity: &str) -> Value {
    serde_json::from_str(&pair.world.expect(exit::DONE, &["forget", identity, "--json"]).stdout).unwrap()
}

/// How many rows of ours in Telegram's database have the id.
fn traces(pair: &Pair, id: u32) -> i64 {
    let database = Connection::open(&pair.telegram.path).unwrap();
    let of = |table: &&str| {
        let rows = format!("SELECT count(*) FROM onepurse_{table} WHERE id = '{id}'");
        database.query_row(&rows, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    ["identity", "outbox", "kept", "gone", "note"].iter().map(of).sum()
}

#[test]
fn who_is_forgotten_while_all_goes_on_has_nothing_and_the_other_keeps_it() {
    let pair = Pair::of(ECONOMY);
    let running = pair.world.run();
    pair.telegram.earn(T, 100);
    pair.comes_to(100);
    let told = forget(&pair, "telegram:456");
    let had = [&told["stays_with"], &told["balances"]["coins"], &told["traces"]];
    assert_eq!(had, [&json!(["discord:123"]), &json!(100), &json!("row")]);
    assert_eq!([pair.telegram.stored(T), pair.discord.stored(D)], ["0", "100"]);
    let named: Vec<_> = pair.world.history("discord:123").into_iter().map(|entry| entry.identity).collect();
    assert!(named.contains(&None) && !named.contains(&Some("telegram:456".to_owned())), "{named:?}");
    let (_, page) = running.get("/purses/1");
    assert!(page.contains("(forgotten)") && !page.contains("456"), "{page}");
    // The bot has kept its row: whoever plays on is somebody new, with nothing of the old.
    pair.telegram.earn(T, 7);
    wait_for("somebody new", || {
        (pair.world.verb(&["show", "telegram:456"]).code == Some(exit::DONE)).then_some(())
    });
    let new = pair.world.show("telegram:456");
    assert_eq!((new.identities.len(), pair.discord.stored(D).as_str()), (1, "100"));
    drop(running);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn what_is_kept_beside_a_bots_tables_goes_with_its_row() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 100);
    pair.world.sync();
    assert_eq!(forget(&pair, "telegram:456")["traces"], "row");
    assert!(traces(&pair, T) > 0);
    pair.telegram.sql("DELETE FROM economy WHERE user_id = ?", &json!([T]));
    assert_eq!(forget(&pair, "telegram:456")["traces"], "removed");
    assert_eq!(traces(&pair, T), 0);
    pair.world.expect(exit::RULE, &["forget", "telegram:456"]);
    pair.world.verify();
}

#[test]
fn what_their_bot_did_before_is_done_by_who_they_were() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 150);
    pair.world.sync();
    // Spent, and nobody has heard of it yet.
    pair.telegram.spend(T, 120);
    forget(&pair, "telegram:456");
    pair.world.sync();
    assert_eq!([pair.world.coins("discord:123"), pair.discord.stored(D)], ["30", "30"]);
    pair.world.verify();
}

#[test]
fn a_row_in_a_detached_database_would_count_again() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 150);
    pair.world.sync();
    pair.world.ok(&["detach", "discord"]);
    let said = pair.world.expect(exit::USAGE, &["forget", "discord:123"]);
    assert!(said.stderr.contains("onepurse attach discord"), "{}", said.stderr);
    assert_eq!(pair.world.show("telegram:456").identities.len(), 2);
    pair.discord.sql("DELETE FROM users WHERE id = ?", &json!([D.to_string()]));
    pair.world.ok(&["forget", "discord:123", "--detached"]);
    pair.world.ok(&["attach", "discord"]);
    pair.world.sync();
    assert_eq!(pair.world.coins("telegram:456"), "150");
    pair.world.expect(exit::RULE, &["show", "discord:123"]);
    pair.world.verify();
}

#[test]
fn nobody_is_forgotten_whose_bot_could_not_hear_of_it() {
    let mut pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 100);
    pair.world.sync();
    let head = pair.world.head();
    let all = pair.world.config.platforms.clone();
    pair.world.configure(|config| config.platforms.retain(|platform| platform.name != "telegram"));
    let said = pair.world.expect(exit::USAGE, &["forget", "telegram:456"]);
    assert!(said.stderr.contains("onepurse detach telegram"), "{}", said.stderr);
    pair.world.configure(|config| config.platforms = all);
    let said = pair.world.expect(exit::DONE, &["forget", "telegram:456", "--dry-run"]);
    assert!(said.stdout.contains("100 coins"), "{}", said.stdout);
    assert_eq!((pair.world.head(), pair.telegram.stored(T).as_str()), (head, "100"));
    // Its database cannot be reached: nothing is done, not even half of it.
    let away = pair.world.path("away.db");
    std::fs::rename(&pair.telegram.path, &away).unwrap();
    pair.world.expect(exit::UNREACHABLE, &["forget", "telegram:456"]);
    std::fs::rename(&away, &pair.telegram.path).unwrap();
    assert_eq!((pair.world.head(), pair.world.show("telegram:456").identities.len()), (head, 2));
}
