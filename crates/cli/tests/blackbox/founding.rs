//! The founding names that must keep working: the SQL, the log lines, the demo.

use std::path::Path;

use crate::harness::{
    ECONOMY, FOUNDING, Pair, World,
    answers::exit,
    database,
    pair::{D, T},
    wait_for, wait_until,
};

#[test]
fn the_founding_query_of_unified_users() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 150);
    pair.syncs_to(150);
    let ledger: &Path = &pair.world.ledger();
    let found =
        database::rows(ledger, "SELECT * FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'");
    assert_eq!(found.len(), 1, "one person, one row: {found:?}");
    for value in ["456", "123", "150"] {
        assert!(found[0].iter().any(|column| column == value), "{value} in {found:?}");
    }
    let coins = "SELECT coins FROM unified_users WHERE telegram_id = '456' AND discord_id = '123'";
    assert_eq!(database::rows(ledger, coins), [["150"]]);
}

#[test]
fn the_founding_log_lines_in_russian() {
    let pair = Pair::with(FOUNDING, "delete", |config| config.language = "ru");
    let run = pair.world.run();
    wait_until("the line at attach", || {
        run.process.output().contains("✅ Синхронизация баланса включена (Discord)")
    });
    pair.discord.earn(D, 50);
    wait_until("the line of a change", || {
        run.process.output().contains("✅ Монеты синхронизированы: discord_id=123, delta=50")
    });
    // The bot saves the balance that it has read: it must have read the 50.
    pair.comes_to(50);
    pair.telegram.spend(T, 20);
    wait_until("the line of another", || {
        run.process.output().contains("✅ Монеты синхронизированы: telegram_id=456, delta=-20")
    });
}

#[test]
fn the_log_of_a_run_is_on_standard_output() {
    let pair = Pair::of(ECONOMY);
    let run = pair.world.run();
    pair.telegram.earn(T, 37);
    wait_until("the line of the change", || run.process.output().contains("telegram_id=456, delta=37"));
    run.process.signal("TERM");
    let said = run.process.finish();
    assert_eq!((said.code, said.stderr.as_str()), (Some(exit::DONE), ""), "{}", said.stdout);
    for expected in ["Balance sync is on (Telegram)", "delta=37", "ready: http://", "Stopping"] {
        assert!(said.stdout.contains(expected), "{expected}: {}", said.stdout);
    }
}

#[test]
fn the_log_of_a_verb_is_not_where_its_result_is() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 37);
    let said = pair.world.ok(&["sync", "--until-idle", "--json"]);
    assert!(said.stderr.contains("telegram_id=456, delta=37"), "{}", said.all());
    let result: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(result.is_object(), "{}", said.stdout);
}

#[test]
fn the_log_can_be_json() {
    let pair = Pair::of(ECONOMY);
    let run = pair.world.start(&["run", "--log", "json"]);
    wait_until("it is ready", || run.output().contains("\"url\":\"http://127.0.0.1:"));
    pair.telegram.earn(T, 37);
    wait_until("a line of the change", || run.output().contains("delta=37"));
    run.signal("TERM");
    let said = run.finish();
    assert_eq!(said.stderr, "", "{}", said.stdout);
    for line in said.stdout.lines() {
        let told: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(told["timestamp"].is_string() && told["message"].is_string(), "{line}");
    }
}

#[test]
fn the_demo_plays_the_founding_scenarios_and_stays_until_it_is_stopped() {
    let world = World::new();
    let demo = world.start(&["demo", "--listen", "127.0.0.1:0"]);
    let url = wait_for("the demo names its website", || {
        let output = demo.output();
        let at = output.find("http://127.0.0.1:")?;
        let url: String = output[at..].chars().take_while(|c| !c.is_whitespace()).collect();
        output[at + url.len()..].starts_with(char::is_whitespace).then_some(url)
    });
    let base = url.trim_end_matches(|c: char| !c.is_ascii_digit());
    wait_until("both scenarios have been told", || demo.output().contains("150"));
    wait_until("the website shows the 150", || {
        let page = ureq::get(base).call().map(|mut answer| answer.body_mut().read_to_string().unwrap());
        page.is_ok_and(|page| page.contains("150"))
    });
    wait_until("it says how to go on by hand", || demo.output().contains("sqlite3"));
    demo.signal("INT");
    let said = demo.finish();
    assert_eq!(said.code, Some(exit::DONE), "{}", said.all());
    let bye = said.stdout.split_once("Goodbye").map(|(_, bye)| bye).unwrap_or_default();
    assert!(bye.contains("$ cd ") && bye.contains(" run\n") && bye.contains("$ rm -r "), "{}", said.all());
}
