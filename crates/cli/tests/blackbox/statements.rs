//! Hazards 2 to 4, 8, 9, 14 and 20: whatever statement a bot uses, the change that it made counts, once.

use serde_json::json;

use crate::harness::{
    ACCOUNT, BANK, ECONOMY, FOUNDING, Pair, STORAGE,
    answers::kind,
    database,
    pair::{D, T},
};

#[test]
fn hazard_02_a_row_saved_unchanged_is_no_event() {
    let pair = Pair::of(ACCOUNT);
    pair.telegram.earn(T, 10);
    pair.syncs_to(10);
    let head = pair.world.head();
    for _ in 0..20 {
        pair.telegram.resave(T);
        pair.discord.resave(D);
    }
    pair.telegram.sql("UPDATE account SET amount = amount", &json!([]));
    pair.discord.sql("UPDATE users SET coins = coins + 0, xp = xp + 1", &json!([]));
    pair.syncs_to(10);
    assert_eq!(pair.world.head(), head, "the log has not grown");
}

#[test]
fn hazard_03_a_clamp_counts_what_was_applied() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 30);
    pair.telegram.spend(T, 100);
    pair.telegram.spend(T, 100);
    pair.telegram.earn(T, 5);
    pair.syncs_to(5);
    assert_eq!(pair.deltas(), ["30", "-30", "5"]);
}

#[test]
fn hazard_03_a_before_trigger_of_the_bot_that_refuses_a_row_refuses_its_event() {
    let pair = Pair::apart(FOUNDING, "delete");
    let cap = "CREATE TRIGGER cap BEFORE UPDATE OF coins ON users WHEN NEW.coins > 1000
        BEGIN SELECT RAISE(IGNORE); END";
    pair.discord.sql(cap, &json!([]));
    pair.join();
    pair.discord.call("add_coins", &json!([D, 900]));
    pair.discord.call("add_coins", &json!([D, 900]));
    pair.syncs_to(900);
    assert_eq!(pair.deltas(), ["900"]);
}

#[test]
fn hazard_04_one_statement_changes_everyone_and_is_one_event_a_row() {
    let pair = Pair::of(FOUNDING);
    let everyone: Vec<u32> = (1..=40).collect();
    let rows: Vec<_> = everyone.iter().map(|user| json!([user.to_string(), user])).collect();
    pair.discord.open("bulk");
    let insert = "INSERT INTO users(id, coins) VALUES (?, ?)";
    pair.discord.ask(&json!({ "do": "executemany", "name": "bulk", "sql": insert, "args": rows }));
    pair.discord.end("bulk", "commit");
    pair.world.sync();

    pair.discord.sql("UPDATE users SET coins = coins + 10", &json!([]));
    pair.syncs_to(10);
    for user in &everyone {
        assert_eq!(pair.world.coins(&pair.discord.identity(*user)), (user + 10).to_string());
    }
    let raised = pair.world.history("discord:17").pop().unwrap();
    assert_eq!((raised.delta.as_str(), raised.kind.as_str()), ("10", kind::CHANGE));
    assert!(raised.is_bulk(), "a bulk change is shown as such: {raised:?}");

    pair.discord.sql("UPDATE users SET coins = 0", &json!([]));
    pair.syncs_to(0);
    assert_eq!(pair.world.coins("discord:17"), "0", "a season's end is the bot's own way");

    pair.discord.sql("UPDATE users SET coins = 3 WHERE id = '17'", &json!([]));
    pair.world.sync();
    assert!(!pair.world.history("discord:17").pop().unwrap().is_bulk(), "one row alone is no bulk change");
    pair.world.verify();
}

#[test]
fn hazard_04_executemany_counts_every_row() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.register(7, 0);
    pair.telegram.open("many");
    let update = "UPDATE economy SET money = money + ? WHERE user_id = ?";
    let args = json!([[5, T], [6, 7], [7, T], [0, 7]]);
    pair.telegram.ask(&json!({ "do": "executemany", "name": "many", "sql": update, "args": args }));
    pair.telegram.end("many", "commit");
    pair.syncs_to(12);
    assert_eq!(pair.deltas(), ["5", "7"]);
    assert_eq!(pair.world.coins("telegram:7"), "6");
}

#[test]
fn hazard_04_two_users_in_one_statement() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.register(7, 100);
    let give = "UPDATE economy SET money = CASE user_id WHEN 7 THEN money - 40 ELSE money + 40 END
        WHERE user_id = ? OR user_id = ?";
    pair.telegram.sql(give, &json!([7, T]));
    pair.syncs_to(40);
    assert_eq!(pair.world.coins("telegram:7"), "60");
}

#[test]
fn hazard_08_a_second_process_that_writes_is_captured_as_well() {
    let pair = Pair::of(ECONOMY);
    let webhook = pair.telegram.another();
    for _ in 0..10 {
        pair.telegram.earn(T, 1);
        webhook.earn(T, 10);
    }
    webhook.sql("UPDATE economy SET money = 500 WHERE user_id = ?", &json!([T]));
    pair.telegram.earn(T, 1);
    pair.syncs_to(501);
    assert_eq!(pair.deltas().len(), 22);
    pair.world.verify();
}

#[test]
fn hazard_09_writes_of_other_columns_write_nothing_of_ours() {
    let pair = Pair::of(FOUNDING);
    let ours = || database::contents(&pair.discord.path, &["users"]);
    let before = ours();
    assert!(!before.is_empty(), "capture keeps tables of its own in the bot's database");
    for at in 0..200 {
        pair.discord.sql("UPDATE users SET xp = ?, last_daily = 'today'", &json!([at]));
    }
    assert!(ours() == before, "writes of xp left something in our tables");
    pair.discord.call("add_coins", &json!([D, 1]));
    assert!(ours() != before, "a write of coins does leave something");
}

#[test]
fn hazard_14_the_grant_at_registration_is_an_event_of_its_own() {
    let pair = Pair::of(BANK);
    pair.telegram.register(7, 5000);
    pair.telegram.spend(7, 200);
    pair.world.sync();
    assert_eq!(pair.world.deltas("telegram:7"), ["5000", "-200"]);

    pair.discord.register(8, 100);
    pair.world.sync();
    pair.world.link("telegram:7", "discord:8");
    pair.world.sync();
    let both = [pair.telegram.stored(7), pair.discord.stored(8)];
    assert_eq!(both, ["4900", "4900"], "both grants are in the one purse");
    pair.world.verify();
}

#[test]
fn hazard_14_a_missing_row_that_means_100_opens_with_100() {
    let pair = Pair::with(FOUNDING, "delete", |config| config.add("discord", "missing = 100\n"));
    pair.discord.register(9, 130);
    pair.world.sync();
    assert_eq!(pair.world.deltas("discord:9"), ["100", "30"], "an opening of 100, and what came on top");
    assert_eq!(pair.world.coins("discord:9"), "130");
    pair.world.verify();
}

#[test]
fn hazard_20_a_method_that_lies_about_what_it_does_is_not_believed() {
    let pair = Pair::with(STORAGE, "delete", |config| config.assets.push(("coins", 2)));
    // `set_balance` that adds, as its callers know; an error that nobody sees.
    pair.telegram.sql("UPDATE storage_users SET user_balance = user_balance + 40", &json!([]));
    let refused = "INSERT INTO storage_users(increment, user_id, user_balance) VALUES (1, 456, 9999)";
    assert!(pair.telegram.try_sql(refused, &json!([])).is_err(), "the surrogate key is taken");
    pair.syncs_to(40);
    assert_eq!(pair.deltas(), ["40"]);
}
