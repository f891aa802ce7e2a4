//! Hazards 7 and 25: what a bot's own CHECK, triggers and floor make of an inbound balance.

use serde_json::json;

use crate::harness::{
    ECONOMY, FOUNDING, Pair,
    answers::Status,
    pair::{D, T},
};

/// A pair whose telegram has the founding shape with constraints of its own.
fn constrained(coins: &str, more: &str, mapping: &str) -> Pair {
    let mut pair = Pair::apart(FOUNDING, "delete");
    let table = format!(
        "CREATE TABLE users(id TEXT PRIMARY KEY, username TEXT, coins INTEGER DEFAULT 0 {coins},
            xp INTEGER DEFAULT 0, rank_id INTEGER DEFAULT 1, last_daily TEXT)"
    );
    pair.telegram.steps(&[("DROP TABLE users", json!([])), (&table, json!([]))]);
    if !more.is_empty() {
        pair.telegram.sql(more, &json!([]));
    }
    pair.telegram.register(T, 0);
    pair.world.configure(|config| config.add("telegram", mapping));
    pair.join();
    pair
}

/// 100 shared; while the program is away each side spends 80 of them: the purse owes 60.
fn run_into_debt(pair: &Pair) {
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    pair.telegram.spend(T, 80);
    pair.discord.spend(D, 80);
    pair.world.sync();
    assert_eq!(pair.coins(), "-60");
}

fn held(status: &Status) -> [Option<i64>; 2] {
    ["telegram", "discord"].map(|name| status.of(name).held)
}

/// Nothing waits behind what is held: someone else's coins still come through.
fn others_go_on(pair: &Pair) {
    pair.telegram.register(7, 0);
    pair.discord.register(8, 0);
    pair.world.sync();
    pair.world.link("telegram:7", "discord:8");
    pair.discord.earn(8, 33);
    pair.world.sync();
    assert_eq!(pair.telegram.stored(7), "33");
}

#[test]
fn hazard_07_a_check_that_refuses_a_debt_holds_it() {
    let pair = constrained("CHECK (coins >= 0)", "", "floor = -1000\n");
    run_into_debt(&pair);
    let shown: i64 = pair.telegram.stored(T).parse().unwrap();
    assert!(shown >= 0, "the CHECK stands: {shown}");
    let status = pair.world.status();
    assert_eq!(held(&status), [Some(1), Some(1)], "the CHECK and discord's floor: {status:?}");
    others_go_on(&pair);
    pair.world.verify();

    pair.discord.earn(D, 200);
    pair.syncs_to(140);
    assert_eq!(held(&pair.world.status()), [Some(0); 2]);
    pair.world.verify();
}

#[test]
fn hazard_07_a_check_that_refuses_riches_holds_them() {
    let pair = constrained("CHECK (coins <= 500)", "", "");
    pair.discord.earn(D, 450);
    pair.syncs_to(450);
    pair.discord.earn(D, 150);
    pair.world.sync();
    assert_eq!((pair.coins().as_str(), pair.discord.stored(D).as_str()), ("600", "600"));
    let shown: i64 = pair.telegram.stored(T).parse().unwrap();
    assert!((450..=500).contains(&shown), "at most what is allowed: {shown}");
    assert_eq!(held(&pair.world.status()), [Some(1), Some(0)]);
    others_go_on(&pair);
    pair.world.verify();

    pair.telegram.spend(T, 200);
    pair.syncs_to(400);
    assert_eq!(held(&pair.world.status()), [Some(0); 2]);
    pair.world.verify();
}

#[test]
fn hazard_07_a_trigger_of_the_bot_that_changes_the_same_row_counts() {
    let cap = "CREATE TRIGGER cap AFTER UPDATE OF coins ON users WHEN NEW.coins > 1000
        BEGIN UPDATE users SET coins = 1000 WHERE id = NEW.id; END";
    let pair = constrained("", cap, "");
    pair.telegram.call("add_coins", &json!([T, 900]));
    pair.telegram.call("add_coins", &json!([T, 900]));
    pair.syncs_to(1000);
    pair.world.verify();

    pair.discord.earn(D, 500);
    pair.world.sync();
    let shown = pair.three();
    assert_eq!(shown, ["1500", "1000", "1500"], "the cap is telegram's own, and stays there");
    assert_eq!(held(&pair.world.status()), [Some(1), Some(0)]);
    others_go_on(&pair);
    pair.discord.spend(D, 700);
    pair.syncs_to(800);
    pair.world.verify();
}

#[test]
fn hazard_07_a_trigger_of_the_bot_that_changes_another_row_counts() {
    let tax = "CREATE TRIGGER tax AFTER UPDATE OF coins ON users WHEN NEW.coins > OLD.coins AND NEW.id <> '1'
        BEGIN UPDATE users SET coins = coins + (NEW.coins - OLD.coins) / 10 WHERE id = '1'; END";
    let pair = constrained("", tax, "");
    pair.telegram.register(1, 0);
    pair.telegram.call("add_coins", &json!([T, 100]));
    pair.syncs_to(100);
    assert_eq!(pair.telegram.stored(1), "10");
    assert_eq!(pair.world.coins("telegram:1"), "10", "the treasury's share is an event of its own");

    // The bot's trigger fires for an inbound change as well; what it does to the treasury is the bot's own doing.
    pair.discord.earn(D, 200);
    pair.syncs_to(300);
    assert_eq!(
        pair.world.coins("telegram:1"),
        pair.telegram.stored(1),
        "the ledger has what the treasury shows"
    );
    pair.world.verify();
}

#[test]
fn hazard_07_a_trigger_of_the_bot_that_forbids_a_row_stops_nobody_else() {
    let frozen = "CREATE TRIGGER frozen BEFORE UPDATE OF coins ON users WHEN OLD.id = '456'
        BEGIN SELECT RAISE(ABORT, 'this account is frozen'); END";
    let pair = constrained("", frozen, "");
    pair.discord.earn(D, 50);
    pair.world.sync();
    assert_eq!(pair.three(), ["50", "0", "50"]);
    assert_eq!(held(&pair.world.status()), [Some(1), Some(0)]);
    others_go_on(&pair);

    pair.telegram.sql("DROP TRIGGER frozen", &json!([]));
    pair.discord.earn(D, 1);
    pair.syncs_to(51);
    pair.world.verify();
}

#[test]
fn hazard_25_a_debt_is_held_below_the_floor_and_never_forgiven() {
    let pair = Pair::of(ECONOMY);
    run_into_debt(&pair);
    assert_eq!(pair.three(), ["-60", "0", "0"], "both bots clamp at zero, so zero is what they are shown");
    assert_eq!(held(&pair.world.status()), [Some(1), Some(1)]);

    // `MAX(0, 0 + 10)`: the bot believes in 10 coins, the purse owes 50.
    pair.telegram.earn(T, 10);
    pair.world.sync();
    assert_eq!(pair.three(), ["-50", "0", "0"]);
    pair.telegram.spend(T, 500);
    pair.world.sync();
    assert_eq!(pair.coins(), "-50", "a clamp at zero takes nothing and gives nothing");
    others_go_on(&pair);
    pair.world.verify();

    pair.discord.earn(D, 120);
    pair.syncs_to(70);
    assert_eq!(held(&pair.world.status()), [Some(0); 2]);
    pair.world.verify();
}

#[test]
fn hazard_25_a_floor_below_zero_shows_the_debt_down_to_it() {
    let pair = Pair::with(FOUNDING, "delete", |config| {
        config.add("telegram", "floor = -1000\n");
        config.add("discord", "floor = -20\n");
    });
    run_into_debt(&pair);
    assert_eq!(pair.three(), ["-60", "-60", "-20"]);
    assert_eq!(held(&pair.world.status()), [Some(0), Some(1)]);
    pair.world.verify();
}
