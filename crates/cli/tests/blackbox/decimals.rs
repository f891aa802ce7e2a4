//! Hazard 17: decimals and floats are exact inside; what a column cannot keep is held.

use serde_json::json;

use crate::harness::{
    FOUNDING, Pair, STORAGE,
    pair::{D, T},
};

/// Telegram keeps REAL, discord INTEGER; the ledger keeps two decimals.
fn decimal() -> Pair {
    Pair::with(STORAGE, "delete", |config| config.assets.push(("coins", 2)))
}

fn earn(pair: &Pair, amount: f64) {
    pair.telegram.call("earn", &json!([T, amount]));
}

#[test]
fn hazard_17_tenths_add_up_exactly() {
    let pair = decimal();
    for _ in 0..10 {
        earn(&pair, 0.1); // Ten times 0.1 is 0.9999999999999999 in the bot's arithmetic.
    }
    pair.world.sync();
    assert_eq!(
        pair.three(),
        ["1", "0.9999999999999999", "1"],
        "less than the scale keeps is left to the bot"
    );
    earn(&pair, 0.2);
    earn(&pair, 0.1);
    pair.world.sync();
    assert_eq!(pair.coins(), "1.3");
    assert_eq!(pair.deltas(), [["0.1"; 10].as_slice(), &["0.2", "0.1"]].concat());
    pair.world.verify();
}

#[test]
fn hazard_17_drift_below_the_scale_is_no_event() {
    let pair = decimal();
    earn(&pair, 12.34);
    pair.world.sync();
    let head = pair.world.head();
    for drift in [0.000_001, -0.000_000_5, 1e-12] {
        earn(&pair, drift);
    }
    pair.telegram.resave(T);
    pair.world.sync();
    assert_eq!((pair.coins().as_str(), pair.world.head()), ("12.34", head));
    pair.world.verify();
}

#[test]
fn hazard_17_a_column_of_whole_numbers_holds_the_rest_back() {
    let pair = decimal();
    earn(&pair, 12.34);
    pair.world.sync();
    assert_eq!(pair.three(), ["12.34", "12.34", "12"]);
    let status = pair.world.status();
    assert_eq!((status.of("telegram").held, status.of("discord").held), (Some(0), Some(1)), "{status:?}");
    pair.world.verify();

    pair.discord.earn(D, 5);
    pair.discord.resave(D);
    pair.world.sync();
    assert_eq!(pair.three(), ["17.34", "17.34", "17"], "the hundredths were only held, not lost");
    earn(&pair, 0.66);
    pair.syncs_to(18);
    assert_eq!(pair.world.status().of("discord").held, Some(0));
    assert_eq!(pair.deltas(), ["12.34", "5", "0.66"]);
    pair.world.verify();
}

#[test]
fn hazard_17_decimals_kept_as_text_and_numeric_count_alike() {
    let mut pair = Pair::apart(FOUNDING, "delete");
    pair.telegram.steps(&[
        ("DROP TABLE users", json!([])),
        ("CREATE TABLE users(id TEXT PRIMARY KEY, username TEXT, coins DECIMAL(12,2) DEFAULT 0, xp INTEGER,
            rank_id INTEGER, last_daily TEXT)", json!([])),
    ]);
    pair.telegram.register(T, 0);
    pair.world.configure(|config| config.assets.push(("coins", 2)));
    pair.join();
    pair.telegram.sql("UPDATE users SET coins = '7.50'", &json!([]));
    pair.world.sync();
    assert_eq!(pair.three(), ["7.5", "7.5", "7"]);
    pair.discord.earn(D, 1);
    pair.world.sync();
    assert_eq!(pair.three(), ["8.5", "8.5", "8"]);
    pair.world.verify();
}
