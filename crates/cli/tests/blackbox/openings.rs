//! `import csv`, `jsonl` and `json`: what files say that people had is taken over once.

use std::fs;

use crate::harness::{
    ECONOMY, Pair,
    answers::{Import, exit, kind},
    pair::{D, T},
    wait_until,
};

/// Both bots hold 150 coins of one person, and a file says so too; nothing of ours is anywhere.
struct Home {
    pair: Pair,
    form: &'static str,
}

impl Home {
    fn with(form: &'static str, text: &str) -> Self {
        let pair = Pair::apart(ECONOMY, "delete");
        pair.telegram.earn(T, 150);
        pair.discord.earn(D, 150);
        let home = Self { pair, form };
        home.write(text);
        home
    }

    fn file(&self) -> String {
        format!("people.{}", self.form)
    }

    fn write(&self, text: &str) {
        fs::write(self.pair.world.path(&self.file()), text).unwrap();
    }

    fn args<'a>(&'a self, file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["import", self.form, file], more].concat()
    }

    fn import(&self, more: &[&str]) -> Import {
        let file = self.file();
        let said = self.pair.world.verb(&self.args(&file, &[&["--json"], more].concat()));
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error} in {}", said.all()))
    }

    fn reasons(&self) -> Vec<(u64, String)> {
        self.import(&[]).skipped.into_iter().map(|skipped| (skipped.row, skipped.reason)).collect()
    }
}

const CSV: &str = "person,identity,asset,amount\nanna,telegram:456,coins,150\nanna,discord:123,,\n";
const JSONL: &str = r#"{"identities": ["telegram:456", "discord:123"], "balances": {"coins": 150}}"#;
const JSON: &str = r#"{"users": {"456": {"coins": 150, "discord_id": "123", "username": "anna"}}}"#;

#[test]
fn coins_in_all_three_places_are_counted_once() {
    for (form, text) in [("csv", CSV), ("jsonl", JSONL), ("json", JSON)] {
        let home = Home::with(form, text);
        let world = &home.pair.world;
        let rehearsal = home.import(&["--dry-run"]);
        assert_eq!(
            (rehearsal.counts(), rehearsal.dry_run, rehearsal.rows),
            ([1, 0, 0, 0], true, 1),
            "{form}"
        );
        assert_eq!(world.verb(&["show", "telegram:456"]).code, Some(exit::UNREACHABLE), "no ledger yet");

        assert_eq!(home.import(&[]).counts(), [1, 0, 0, 0], "{form}");
        let opened = world.history("telegram:456");
        assert_eq!(opened.len(), 2, "nothing is said of xp: {opened:?}");
        for entry in &opened {
            assert_eq!((entry.kind.as_str(), entry.reason.as_deref()), (kind::OPENING, Some(&*home.file())));
        }
        let head = world.head();
        let file = home.file();
        let again = world.ok(&home.args(&file, &[]));
        assert!(again.stdout.contains("everything was here already"), "{}", again.all());
        assert_eq!(world.head(), head, "{form}");

        home.pair.syncs_to(150);
        home.pair.discord.earn(D, 50);
        home.pair.syncs_to(200);
        assert_eq!(home.import(&[]).counts(), [0, 0, 1, 0], "what the file says is old by now");
        home.pair.syncs_to(200);
        world.verify();
    }
}

#[test]
fn who_was_attached_before_is_joined() {
    let home = Home::with("jsonl", JSONL);
    home.pair.world.ok(&["attach", "discord"]);
    assert_eq!(home.import(&[]).counts(), [0, 1, 0, 0]);
    home.pair.syncs_to(150);
}

#[test]
fn people_who_cannot_be_are_named_and_the_rest_goes_on() {
    let home = Home::with(
        "csv",
        "identity;asset;amount;person\n\
         telegram:1;coins;10;\ntelegram:1;gems;1;\ntelegram:2;coins;many;\ntelegram:3;coins;1.5;\n456;coins;1;\n\
         ;coins;1;\ntelegram:4;;;\ntelegram:5;coins;5;bob\ntelegram:6;coins;5;bob\ntelegram:7;coins;7;eve\n\
         discord:7;coins;7;eve\ntelegram:8;coins;8;zoe\ntelegram:8;coins;8;\ntelegram:9;coins;-7;\ntelegram:10;coins\n",
    );
    let reasons = [
        (2, "UnknownAsset"),
        (4, "NotANumber"),
        (5, "TooManyDecimals"),
        (6, "NotAnIdentity"),
        (7, "NoIdentity"),
        (8, "NoAmount"),
        (9, "PlatformTwice"),
        (11, "AmountTwice"),
        (13, "Twice"),
        (14, "Twice"),
        (16, "NotReadable"),
    ];
    assert_eq!(home.import(&["--dry-run"]).counts(), [1, 0, 0, 11]);
    assert_eq!(home.reasons(), reasons.map(|(row, reason)| (row, reason.to_owned())));
    let world = &home.pair.world;
    assert_eq!((world.coins("telegram:9"), world.coins("telegram:1")), ("-7".into(), "unknown".into()));
    let words = world.expect(exit::NO, &["import", "csv", "people.csv"]);
    assert!(words.stdout.contains("line 9 (nobody): telegram:5 and telegram:6"), "{}", words.all());

    let home =
        Home::with("json", r#"{"users": {"1": {"coins": 5}, "2": {}, "1": {"coins": 6}, "3": {"xp": 4}}}"#);
    let expected =
        [(1, "Twice"), (2, "NoAmount"), (3, "Twice")].map(|(row, reason)| (row, reason.to_owned()));
    assert_eq!(home.reasons(), expected);
    assert_eq!(home.pair.world.balance("telegram:3", "xp"), "4");
    home.pair.world.verify();
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let mut home = Home::with("csv", "identity,amount\n");
    for (form, file, name, expected) in [
        ("csv", "people.csv", "FileWrong", "no column `asset`"),
        ("json", "people.csv", "FileWrong", r#"{\"users\""#),
        ("csv", "nowhere.csv", "FileUnreadable", "nowhere.csv"),
        ("csv", "telegram/bot.db", "FileWrong", "UTF-8"),
    ] {
        let said = home.pair.world.expect(exit::USAGE, &["import", form, file, "--json"]);
        assert!(said.stderr.contains(name) && said.stderr.contains(expected), "{}", said.all());
        assert!(said.stdout.is_empty(), "{}", said.all());
    }
    home.write("identity,asset,amount\n");
    let said = home.pair.world.ok(&["import", "csv", "people.csv"]);
    assert!(said.stdout.contains("The file says nothing of anybody"), "{}", said.all());
    home.write(CSV);
    home.pair.world.configure(|config| config.language = "ru");
    let said = home.pair.world.ok(&["import", "csv", "people.csv"]);
    assert!(said.stdout.contains("Людей в people.csv: 1"), "{}", said.all());
}

#[test]
fn a_long_file_tells_how_far_it_is_and_can_be_run_again_after_a_kill() {
    const MANY: u64 = 12_000;
    let line = |n| {
        format!(
            "{{\"identities\": [\"telegram:t{n}\", \"discord:d{n}\"], \"balances\": {{\"coins\": {n}}}}}\n"
        )
    };
    let home = Home::with("jsonl", &(1..=MANY).map(line).collect::<String>());
    let mut first = home.pair.world.start(&["import", "jsonl", "people.jsonl"]);
    wait_until("it is on its way", || first.output().contains("5000 of 12000 rows"));
    first.kill();
    let again = home.import(&[]);
    assert!(again.imported + again.known == MANY && again.known >= 5_000, "{again:?}");
    assert_eq!(home.import(&[]).counts(), [0, 0, MANY, 0]);
    home.pair.world.verify();
}

#[test]
fn decimals_enter_exactly() {
    let mut home = Home::with("jsonl", r#"{"identities": ["website:a@b.c"], "balances": {"coins": "0.07"}}"#);
    home.pair.world.configure(|config| config.assets = vec![("coins", 2)]);
    assert_eq!(home.import(&[]).counts(), [1, 0, 0, 0]);
    assert_eq!(home.pair.world.coins("website:a@b.c"), "0.07");
}
