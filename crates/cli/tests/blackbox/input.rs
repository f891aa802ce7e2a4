//! Bad input: a message that names place and remedy, a documented exit code, and nothing changed.

use std::fs;

use crate::harness::{
    ECONOMY, Pair,
    answers::{exit, state},
    database::{drop_triggers, make, objects, triggers},
    files::prints,
    pair::{D, T},
    wait_until,
};

/// A change of a good configuration: what to put in place of what, and what the message must name.
const WRONG: [(&str, &str, &[&str]); 14] = [
    ("[ledger]", "[ledger", &["onepurse.toml:3"]),
    ("name = \"telegram\"", "name = \"telegram\"\ncolour = \"red\"", &["onepurse.toml", "colour"]),
    ("table = \"economy\"", "tabel = \"economy\"", &["onepurse.toml", "tabel"]),
    ("column = \"money\"", "", &["onepurse.toml", "column"]),
    ("column = \"money\"", "column = 7", &["onepurse.toml", "column"]),
    ("name = \"telegram\"", "name = \"Telegram Bot\"", &["Telegram Bot"]),
    ("name = \"telegram\"", "name = \"discord\"", &["discord"]),
    ("sqlite://ledger.db", "mysql://ledger", &["MariaDB", "sqlite://"]),
    ("sqlite://ledger.db", "ledger.db", &["ledger.db", "sqlite://"]),
    ("language = \"en\"", "language = \"xx\"", &["onepurse.toml:1", "xx"]),
    ("127.0.0.1:0", "nowhere", &["listen", "nowhere"]),
    ("column = \"money\"", "column = \"money\"\nasset = \"Gold Coins\"", &["Gold Coins"]),
    ("column = \"money\"", "column = \"money\"\nreinsert = \"maybe\"", &["onepurse.toml", "maybe"]),
    ("[ledger]", "[[asset]]\nname = \"coins\"\nscale = 40\n[ledger]", &["scale", "40"]),
];

#[test]
fn a_wrong_configuration_is_told_with_its_place_and_changes_nothing() {
    let pair = Pair::apart(ECONOMY, "delete");
    let file = pair.world.path("onepurse.toml");
    let good = fs::read_to_string(&file).unwrap();
    for (is, becomes, named) in WRONG {
        assert!(good.contains(is), "{is}");
        fs::write(&file, good.replacen(is, becomes, 1)).unwrap();
        let before = prints(file.parent().unwrap());
        for verb in ["attach", "run", "status"] {
            let said = pair.world.expect(exit::USAGE, &[verb]);
            for name in named {
                assert!(said.stderr.contains(name), "`{becomes}`: {verb} names `{name}`: {}", said.stderr);
            }
        }
        assert!(prints(file.parent().unwrap()) == before, "`{becomes}` changed something");
    }
}

#[test]
fn wrong_usage_is_told_and_help_has_an_example() {
    let pair = Pair::apart(ECONOMY, "delete");
    pair.world.expect(exit::USAGE, &["fly"]);
    pair.world.expect(exit::USAGE, &["show"]);
    pair.world.expect(exit::USAGE, &["sync", "--until-idle", "--timeout", "soon"]);
    pair.world.expect(exit::USAGE, &["resume", "nobody"]);
    pair.world.expect(exit::USAGE, &["run", "--config", "elsewhere.toml"]);
    for verb in
        ["run", "sync", "attach", "detach", "link", "resume", "show", "history", "status", "verify", "demo"]
    {
        let help = pair.world.ok(&[verb, "--help"]).stdout;
        assert!(help.contains(&format!("onepurse {verb}")), "{verb} --help has an example: {help}");
    }
}

#[test]
fn the_configuration_is_found_where_it_is_said_to_be() {
    let pair = Pair::of(ECONOMY);
    let elsewhere = pair.world.path("elsewhere.toml");
    fs::rename(pair.world.path("onepurse.toml"), &elsewhere).unwrap();
    pair.world.expect(exit::USAGE, &["status"]);
    pair.world.ok(&["status", "--config", "elsewhere.toml"]);
    let mut command = pair.world.command(&["show", "telegram:456"]);
    let output = command.env("ONEPURSE_CONFIG", &elsewhere).output().unwrap();
    assert_eq!(output.status.code(), Some(exit::DONE));
    let mut command = pair.world.command(&["show", "telegram:456", "--config", "elsewhere.toml"]);
    let output = command.env("DATABASE_URL", "sqlite://another.db").output().unwrap();
    assert_eq!(output.status.code(), Some(exit::UNREACHABLE), "DATABASE_URL overrides the ledger's url");
}

#[test]
fn one_bots_missing_database_stops_nobody_else() {
    let mut pair = Pair::of(ECONOMY);
    let missing = pair.world.empty_database("website");
    pair.world.add_platform("website", &missing, &ECONOMY.mapping());
    let said = pair.world.try_sync();
    assert_eq!(said.code, Some(exit::UNREACHABLE), "{}", said.all());
    assert!(said.all().contains("website"), "{}", said.all());
    assert!(!missing.exists(), "no database was made for a bot that has none");

    let _run = pair.world.start(&["run"]);
    pair.telegram.earn(T, 5);
    pair.discord.earn(D, 6);
    pair.comes_to(11);
    wait_until("status names it", || pair.world.status().of("website").state == state::UNREACHABLE);
}

#[test]
fn a_bots_file_that_is_no_database_stops_nobody_else() {
    let mut pair = Pair::of(ECONOMY);
    let garbage = pair.world.empty_database("website");
    let bytes = b"This is no database. ".repeat(500);
    fs::write(&garbage, &bytes).unwrap();
    pair.world.add_platform("website", &garbage, &ECONOMY.mapping());
    pair.telegram.earn(T, 5);
    let said = pair.world.try_sync();
    assert_ne!(said.code, Some(exit::DONE));
    assert!(said.all().contains("website"), "{}", said.all());
    assert_eq!(pair.three(), ["5"; 3], "the others are in step");
    assert!(fs::read(&garbage).unwrap() == bytes, "and it was left alone");
}

#[test]
fn verify_says_no_when_someone_has_changed_the_ledger() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 5);
    pair.syncs_to(5);
    pair.world.verify();
    let ledger = pair.world.ledger();
    let tables =
        objects(&ledger).into_iter().filter(|(_, row)| row[0] == "table" && row[2].contains("delta"));
    for (table, _) in tables.collect::<Vec<_>>() {
        let forged =
            format!("{} UPDATE \"{table}\" SET delta = delta + 1 WHERE delta = 5", drop_triggers(&ledger));
        make(&ledger, &forged);
    }
    let said = pair.world.expect(exit::NO, &["verify", "--json"]);
    assert!(said.stdout.contains("\"ok\":false") || said.stdout.contains("\"ok\": false"), "{}", said.stdout);
}

#[test]
fn verify_says_no_when_a_replica_shows_what_nobody_earned() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 5);
    pair.syncs_to(5);
    // A change that no trigger saw: capture taken away, the row changed, capture put in again as it was.
    let again: String = triggers(&pair.telegram.path).into_iter().map(|[_, _, sql]| sql + ";").collect();
    let change = "UPDATE economy SET money = money + 999;";
    make(&pair.telegram.path, &format!("{} {change} {again}", drop_triggers(&pair.telegram.path)));
    let said = pair.world.expect(exit::NO, &["verify", "--json"]);
    assert!(said.stdout.contains("telegram:456"), "it names whose: {}", said.stdout);
}
