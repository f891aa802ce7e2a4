//! Hazards 10 and 11: what a bot did not commit never happened, what it did commit stays as the bot left it.

use std::fs;

use serde_json::json;

use crate::harness::{
    ECONOMY, FOUNDING, Pair,
    pair::{D, T},
};

const ADD: &str = "UPDATE users SET coins = coins + ? WHERE id = '123'";

#[test]
fn hazard_10_a_rollback_is_no_event() {
    for journal_mode in ["delete", "wal"] {
        let pair = Pair::with(ECONOMY, journal_mode, |_| ());
        pair.telegram.open("game");
        pair.telegram.execute("game", "UPDATE economy SET money = 999", &json!([]));
        pair.telegram.execute("game", "INSERT INTO economy(user_id, money) VALUES (8, 5)", &json!([]));
        pair.telegram.end("game", "rollback");
        pair.syncs_to(0);
        assert_eq!(pair.world.coins("telegram:8"), "unknown");
        assert_eq!(pair.deltas(), [""; 0]);
    }
}

#[test]
fn hazard_10_what_is_not_committed_is_no_event_until_it_is() {
    let pair = Pair::of(FOUNDING);
    pair.discord.open("game");
    pair.discord.execute("game", ADD, &json!([40]));
    pair.world.try_sync();
    assert_eq!(pair.coins(), "0", "nobody has committed yet");
    pair.discord.end("game", "commit");
    pair.syncs_to(40);
}

#[test]
fn hazard_10_closing_without_a_commit_is_no_event() {
    let pair = Pair::of(FOUNDING);
    pair.discord.open("game");
    pair.discord.execute("game", ADD, &json!([40]));
    pair.discord.end("game", "close");
    pair.syncs_to(0);
    assert_eq!(pair.deltas(), [""; 0]);
}

#[test]
fn hazard_10_a_savepoint_keeps_what_is_released_only() {
    let pair = Pair::of(FOUNDING);
    pair.discord.open("game");
    let script: &[&str] = &[
        "UPDATE users SET coins = coins + 1 WHERE id = '123'",
        "SAVEPOINT risky",
        "UPDATE users SET coins = coins + 20 WHERE id = '123'",
        "ROLLBACK TO risky",
        "UPDATE users SET coins = coins + 300 WHERE id = '123'",
        "RELEASE risky",
    ];
    for statement in script {
        pair.discord.execute("game", statement, &json!([]));
    }
    pair.discord.end("game", "commit");
    pair.syncs_to(301);
    assert_eq!(pair.deltas(), ["1", "300"]);
    pair.world.verify();
}

#[test]
fn hazard_10_autocommit_and_explicit_transactions_are_captured_alike() {
    let pair = Pair::of(FOUNDING);
    pair.discord.open_with("auto", &json!({ "isolation_level": null }), &[]);
    pair.discord.execute("auto", ADD, &json!([5]));
    for statement in ["BEGIN EXCLUSIVE", "UPDATE users SET coins = coins * 3", "COMMIT"] {
        pair.discord.execute("auto", statement, &json!([]));
    }
    pair.discord.end("auto", "close");
    pair.syncs_to(15);
    assert_eq!(pair.deltas(), ["5", "10"]);
}

#[test]
fn hazard_10_a_bot_killed_within_a_transaction_leaves_no_event() {
    let pair = Pair::of(FOUNDING);
    pair.discord.call("add_coins", &json!([D, 10]));
    pair.discord.sql("CREATE TABLE filler(content BLOB)", &json!([]));
    // A cache so small that the transaction's pages reach the file before its commit: a hot journal stays behind.
    pair.discord.open_with("game", &json!({}), &["cache_size = 5"]);
    pair.discord.execute("game", ADD, &json!([500]));
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
        INSERT INTO filler SELECT randomblob(4000) FROM n";
    pair.discord.execute("game", fill, &json!([]));
    pair.discord.kill();
    let journal = pair.discord.path.with_file_name("bot.db-journal");
    assert!(fs::metadata(journal).unwrap().len() > 512, "a hot journal was left");

    pair.syncs_to(10);
    assert_eq!(pair.deltas(), ["10"]);
    pair.world.verify();
}

#[test]
fn hazard_11_an_exchange_killed_between_its_commits_stays_as_the_bot_left_it() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    pair.world.configure(|config| {
        config.assets.push(("credits", 0));
        let credits = "asset = \"credits\"\ntable = \"economy\"\nid = \"user_id\"\ncolumn = \"credits\"\n";
        config.platform("telegram").balances.push(credits.to_owned());
    });
    pair.join();
    pair.telegram.earn(T, 100);
    pair.telegram.call("exchange", &json!([T, 10]));
    pair.telegram.call("pay_with_money", &json!([T, 30]));
    pair.telegram.kill();

    pair.syncs_to(60);
    assert_eq!(pair.world.balance("telegram:456", "credits"), "10", "the second commit never came");
    assert_eq!(pair.telegram.stored_in("credits", T), "10");
    pair.world.verify();
}
