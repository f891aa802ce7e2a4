//! Coins that move by somebody's word, straight on the ledger: every bot's database follows.

use serde_json::{Value, json};

use crate::harness::{
    ECONOMY, Pair,
    answers::exit,
    bot::Bot,
    database::make,
    pair::{D, T},
    wait_until,
};

fn ordered(pair: &Pair, args: &[&str]) -> Value {
    let said = pair.world.ok(&[args, &["--json", "--actor", "ada"]].concat());
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error} in {}", said.all()))
}

fn refused(pair: &Pair, name: &str, args: &[&str]) {
    let said = pair.world.expect(exit::RULE, args);
    assert!(said.stderr.contains(name), "{}", said.all());
}

#[test]
fn orders_reach_every_bot() {
    let pair = Pair::of(ECONOMY);
    let run = pair.world.run();
    ordered(&pair, &["earn", "telegram:456", "100", "--reason", "won the quiz"]);
    pair.comes_to(100);
    ordered(&pair, &["spend", "discord:123", "30"]);
    pair.comes_to(70);
    pair.telegram.earn(T, 5);
    pair.comes_to(75);
    refused(&pair, "InsufficientFunds", &["spend", "telegram:456", "76"]);
    let adjusted = ordered(&pair, &["adjust", "telegram:456", "-5", "--reason", "paid twice"]);
    assert_eq!(adjusted["entries"][0]["balance"], 70);
    pair.comes_to(70);
    let seq = adjusted["entries"][0]["seq"].to_string();
    ordered(&pair, &["reverse", &seq]);
    pair.comes_to(75);
    refused(&pair, "AlreadyReversed", &["reverse", &seq, "--actor", "ada"]);
    drop(run);
    pair.world.sync();
    pair.world.verify();
    assert_eq!(pair.deltas(), ["100", "-30", "5", "-5", "5"]);
}

#[test]
fn coins_are_handed_over_between_people() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.register(7, 0);
    pair.discord.earn(D, 40);
    let run = pair.world.run();
    pair.comes_to(40);
    wait_until("the other is known", || pair.world.coins("telegram:7") == "0");
    refused(&pair, "SamePurse", &["transfer", "telegram:456", "discord:123", "1"]);
    refused(&pair, "IdentityUnknown", &["transfer", "telegram:456", "telegram:8", "1"]);
    let handed = ordered(&pair, &["transfer", "discord:123", "telegram:7", "15", "--reason", "a gift"]);
    assert_eq!(handed["entries"].as_array().unwrap().len(), 2);
    pair.comes_to(25);
    wait_until("the other has 15", || pair.telegram.stored(7) == "15");
    drop(run);
    pair.world.verify();
}

#[test]
fn an_order_that_is_sent_again_is_done_once() {
    let pair = Pair::of(ECONOMY);
    pair.world.sync();
    let order = ["earn", "telegram:456", "10", "--key", "quiz-7"];
    assert_eq!(ordered(&pair, &order)["was_known"], false);
    assert_eq!(ordered(&pair, &order)["was_known"], true);
    refused(
        &pair,
        "SameKeyDifferentContent",
        &["earn", "telegram:456", "11", "--key", "quiz-7", "--actor", "ada"],
    );
    pair.syncs_to(10);
    for (args, code) in [
        (&["earn", "telegram:456", "0"], exit::USAGE),
        (&["spend", "telegram:456", "-5"], exit::USAGE),
        (&["earn", "telegram:456", "1.5"], exit::USAGE),
        (&["earn", "telegram:456", "9223372036854775807"], exit::RULE),
    ] {
        pair.world.expect(code, args);
    }
    let strange = ["earn", "telegram:456", "1", "--asset", "gems"];
    refused(&pair, "UnknownAsset", &strange);
    refused(&pair, "ReasonMissing", &["adjust", "telegram:456", "-1", "--actor", "ada"]);
    assert_eq!(pair.deltas(), ["10"]);
}

/// The code that somebody was given, as a bot would hand it on.
fn code(pair: &Pair, identity: &str) -> String {
    let said = pair.world.ok(&["code", identity]);
    let code = said.stdout.trim().to_owned();
    assert_eq!((code.len(), said.stdout.lines().count()), (8, 1), "it stands alone: {}", said.all());
    assert!(!said.stderr.contains(&code), "the log does not have it");
    code
}

#[test]
fn people_link_their_accounts_by_a_code_and_part_again() {
    let pair = Pair::apart(ECONOMY, "delete");
    pair.telegram.earn(T, 100);
    pair.discord.earn(D, 50);
    let run = pair.world.run();
    let made = code(&pair, "discord:123").to_lowercase();
    let typed = format!("{}-{}", &made[..4], &made[4..]);
    pair.world.ok(&["redeem", "telegram:456", &typed]);
    pair.comes_to(150);
    refused(&pair, "CodeUsed", &["redeem", "telegram:456", &typed]);
    refused(&pair, "CodeUnknown", &["redeem", "telegram:456", "00000000"]);
    let again = code(&pair, "telegram:456");
    refused(&pair, "AlreadyLinked", &["redeem", "discord:123", &again]);
    refused(&pair, "SameIdentity", &["redeem", "telegram:456", &again]);

    pair.world.ok(&["unlink", "telegram:456", "--reason", "sold the account"]);
    wait_until("telegram starts with nothing", || pair.telegram.stored(T) == "0");
    assert_eq!(pair.discord.stored(D), "150", "the coins stay with whom they were left");
    pair.telegram.earn(T, 7);
    wait_until("telegram earns for itself", || pair.world.coins("telegram:456") == "7");
    refused(&pair, "NotLinked", &["unlink", "telegram:456"]);
    let once_more = code(&pair, "telegram:456");
    pair.world.ok(&["redeem", "discord:123", &once_more]);
    pair.comes_to(157);
    drop(run);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn what_an_asset_does_where_two_purses_become_one_is_configured() {
    for (policy, expected) in [("max", 100), ("keep", 50)] {
        let mut pair = Pair::apart(ECONOMY, "delete");
        pair.world.configure(|config| {
            config.more = format!("\n[[asset]]\nname = \"coins\"\nmerge = \"{policy}\"\n");
        });
        pair.telegram.earn(T, 100);
        pair.discord.earn(D, 50);
        pair.world.sync();
        let made = code(&pair, "discord:123");
        pair.world.ok(&["redeem", "telegram:456", &made]);
        pair.syncs_to(expected);
    }
    let mut pair = Pair::apart(ECONOMY, "delete");
    pair.world
        .configure(|config| config.more = "\n[[asset]]\nname = \"coins\"\nmerge = \"min\"\n".to_owned());
    let said = pair.world.expect(exit::USAGE, &["status"]);
    assert!(said.stderr.contains("sum") && said.stderr.contains("keep"), "{}", said.all());
}

/// Hazard 4: everybody's coins are gone by one statement, and come back by one order.
#[test]
fn a_season_reset_is_undone_as_one() {
    let pair = Pair::of(ECONOMY);
    for user in 1..=30 {
        pair.telegram.register(user, 10 * i64::from(user));
    }
    pair.telegram.earn(T, 1_000);
    pair.world.sync();
    make(&pair.telegram.path, "UPDATE economy SET money = 0");
    pair.telegram.earn(T, 3);
    pair.syncs_to(3);
    let entries = pair.world.history("telegram:456");
    let reset = entries.iter().find(|entry| entry.is_bulk()).expect("the reset shows as one");
    let undo =
        |args: &[&str]| ordered(&pair, &[&["reverse", &reset.seq.to_string(), "--bulk"], args].concat());
    let undone = undo(&["--reason", "reset by mistake"]);
    assert_eq!((&undone["reversed"], &undone["already"]), (&31.into(), &0.into()), "{undone}");
    assert_eq!((&undo(&[])["reversed"], &undo(&[])["already"]), (&0.into(), &31.into()));
    pair.syncs_to(1_003);
    for user in 1..=30 {
        assert_eq!(pair.telegram.stored(user), (10 * user).to_string());
    }
    let others = pair.world.history("telegram:456").iter().find(|entry| entry.delta == "3").unwrap().seq;
    assert!(!pair.world.history("telegram:456").iter().any(|entry| entry.delta == "-3"), "{others} stays");
    refused(&pair, "NotReversible", &["reverse", "1", "--bulk", "--actor", "ada"]);
    pair.world.verify();
}

#[test]
fn what_the_rules_rejected_is_decided() {
    let pair = Pair::of(ECONOMY);
    ordered(&pair, &["earn", "discord:123", &i64::MAX.to_string()]);
    pair.telegram.earn(T, 5);
    pair.world.try_sync();
    let waits: Value = serde_json::from_str(&pair.world.ok(&["quarantine", "--json"]).stdout).unwrap();
    let [waits] = &waits["waiting"].as_array().unwrap()[..] else { panic!("one waits: {waits}") };
    assert_eq!((&waits["rejection"], &waits["delta"]), (&"WouldOverflow".into(), &5.into()));
    let key = &waits["key"].as_str().unwrap()[..20];
    refused(&pair, "WouldOverflow", &["quarantine", "release", key]);
    refused(&pair, "ReasonMissing", &["quarantine", "dismiss", key]);
    refused(&pair, "nothing waits", &["quarantine", "dismiss", "ffff", "--reason", "why"]);
    pair.world.ok(&["quarantine", "dismiss", key, "--reason", "a bug of the bot"]);
    pair.syncs_to(i64::MAX);
    let empty = pair.world.ok(&["quarantine"]);
    assert!(empty.stdout.contains("Nothing waits"), "{}", empty.all());
    pair.world.verify();
}

#[test]
fn who_spends_on_both_sides_owes_and_repays() {
    let pair = Pair::of(ECONOMY);
    ordered(&pair, &["earn", "telegram:456", "10"]);
    pair.syncs_to(10);
    for bot in [&pair.telegram, &pair.discord] {
        bot.spend(if bot.name == "telegram" { T } else { D }, 10);
    }
    pair.world.sync();
    let debts: Value = serde_json::from_str(&pair.world.ok(&["debts", "--json"]).stdout).unwrap();
    assert_eq!(debts["debts"][0]["balance"], -10);
    let status = pair.world.ok(&["status"]);
    assert!(status.stdout.contains("1 purse has less than nothing"), "{}", status.all());
    refused(&pair, "InsufficientFunds", &["spend", "telegram:456", "1"]);
    ordered(&pair, &["earn", "discord:123", "15"]);
    pair.world.sync();
    assert!(pair.world.ok(&["debts"]).stdout.contains("Nobody"));
    pair.syncs_to(5);
}

/// What a bot reads in its own database, in its own process.
fn undone(bot: &Bot) -> Value {
    bot.ask(&json!({ "do": "open", "name": "shop", "path": bot.path }));
    let sql = "SELECT id, asset, delta, length(key) FROM onepurse_reversal";
    let read = bot.ask(&json!({ "do": "execute", "name": "shop", "sql": sql }));
    bot.ask(&json!({ "do": "close", "name": "shop" }));
    read["rows"].clone()
}

#[test]
fn what_is_spent_twice_is_undone_where_that_is_configured() {
    let lines = "\n[[asset]]\nname = \"coins\"\noverdraft = \"reverse\"\n";
    let pair = Pair::with(ECONOMY, "delete", |config| lines.clone_into(&mut config.more));
    ordered(&pair, &["earn", "telegram:456", "10"]);
    pair.syncs_to(10);
    pair.telegram.spend(T, 10);
    pair.discord.spend(D, 8);
    pair.world.sync();
    let left = pair.coins();
    assert!(
        ["0", "2"].contains(&left.as_str()),
        "whoever comes first has spent, and the other has not: {left}"
    );
    pair.syncs_to(left.parse().unwrap());
    assert!(pair.world.ok(&["debts"]).stdout.contains("Nobody"));
    let back = if left == "0" { (&pair.discord, "123", 8) } else { (&pair.telegram, "456", 10) };
    for bot in [&pair.telegram, &pair.discord] {
        let told = if bot.name == back.0.name { json!([[back.1, "coins", back.2, 16]]) } else { json!([]) };
        assert_eq!(undone(bot), told, "{} reads what was undone of what it sold", bot.name);
    }
    assert_eq!(pair.world.history("telegram:456").iter().filter(|entry| entry.kind == "reversal").count(), 1);
    pair.world.verify();
}
