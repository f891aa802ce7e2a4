//! Wrong usage and wrong configurations: the place, the remedy, and exit code 2.

use crate::world::World;

#[test]
fn help_lists_the_exit_codes() {
    let help = World::new("").run(&["--help"]);
    assert_eq!(help.code, 0);
    for expected in ["Exit codes:", "  5  a platform is paused", "onepurse demo", "--config", "verify"] {
        assert!(help.out.contains(expected), "{expected}: {}", help.out);
    }
    assert!(!help.out.contains("demo-bot"), "{}", help.out);
}

#[test]
fn a_wrong_command_line_is_told_in_words_or_json() {
    let world = World::new("");
    let words = world.run(&["show", "telegram"]);
    assert_eq!((words.code, words.out.as_str()), (2, ""));
    assert!(words.err.contains("write platform:id, like telegram:456"), "{words:?}");
    let json = world.run(&["show", "telegram", "--json"]);
    assert_eq!((json.code, json.error()["error"].as_str()), (2, Some("WrongUsage")), "{json:?}");
    assert!(json.error()["message"].as_str().unwrap().contains("`telegram` is no identity"), "{json:?}");
    assert_eq!(world.run(&[]).code, 2);
}

#[test]
fn a_wrong_configuration_names_its_place() {
    let world = World::new("[legder]\nurl = 1");
    let words = world.run(&["show", "telegram:456"]);
    assert_eq!(words.code, 2);
    assert_eq!(words.err, "error: onepurse.toml:1:2: unknown key `legder`\nhint: did you mean `ledger`?\n");
    let json = world.run(&["show", "telegram:456", "--json"]);
    assert_eq!(json.error()["error"], "ConfigWrong");
    assert_eq!(json.error()["hint"], "did you mean `ledger`?");
}

#[test]
fn a_missing_configuration_shows_one() {
    let world = World::new("");
    let missing = world.run(&["show", "telegram:456", "--config", "other.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.starts_with("error: there is no configuration at other.toml\nhint: "), "{missing:?}");
    assert!(missing.err.contains("onepurse demo"), "{missing:?}");
}

#[test]
fn the_demos_bot_is_a_process_that_writes_sql() {
    let world = World::new("");
    let made = world.run(&["demo-bot", "bot.db", "CREATE TABLE users (coins INTEGER)"]);
    assert_eq!((made.code, made.out.as_str()), (0, "committed 0\n"), "{made:?}");
    let wrote = world.run(&["demo-bot", "bot.db", "INSERT INTO users VALUES (1), (2)"]);
    assert_eq!(wrote.out, "committed 2\n", "{wrote:?}");
    let refused = world.run(&["demo-bot", "bot.db", "UPDATE nobody SET coins = 1"]);
    assert_eq!((refused.code, refused.out.as_str()), (4, ""), "{refused:?}");
    assert!(refused.err.contains("no such table: nobody"), "{refused:?}");
}

#[test]
fn the_demo_writes_over_nothing() {
    let world = World::new("");
    let refused = world.run(&["demo", "--folder", "."]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{refused:?}");
    assert!(refused.err.contains(". is there already and not empty"), "{refused:?}");
    assert_eq!(world.run(&["demo", "--folder", "onepurse.toml"]).code, 2);
}
