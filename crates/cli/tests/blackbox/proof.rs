//! The hash chain, held against a checker that shares nothing with the program: `docs/ledger-format.md` is all it knows.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use onepurse_servers::Postgres;
use serde_json::Value;

use crate::harness::{World, answers::exit, config::url, database};

const WITHOUT_SAFEGUARDS: &str = "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed;";

/// What the checker says of a ledger, if nothing is wrong with it: its head.
fn checked(place: &str, kept: Option<&str>) -> Result<String, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/blackbox/python/check_ledger.py");
    let mut command = Command::new("python3");
    command.args(["-B", script, place]).args(kept).stderr(Stdio::inherit());
    let output = command.output().expect("the checker needs python3");
    let said = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(said),
        Some(1) if !said.is_empty() => Err(said),
        code => panic!("the checker ended with {code:?} and said `{said}`; it needs the package blake3"),
    }
}

/// So many people with two accounts, opened in coins and xp: four entries each.
fn people(world: &World, count: u32) {
    let unified = world.path("unified.db");
    database::make(
        &unified,
        &format!(
            "CREATE TABLE unified_users (telegram_id, discord_id, website_email, coins, xp);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO unified_users SELECT 't' || i, 'd' || i, NULL, i, 7 FROM n"
        ),
    );
    let imported = world.import(&["--from", &url(&unified)]);
    assert_eq!(imported.imported, u64::from(count), "{imported:?}");
}

/// A little of everything that the command line can do.
fn business(world: &World) {
    let spent = world.ok(&["spend", "telegram:t1", "1", "--json"]);
    let spent: Value = serde_json::from_str(&spent.stdout).unwrap();
    let spent = spent["entries"][0]["seq"].to_string();
    for args in [
        &["earn", "telegram:t1", "30", "--reason", "победа в викторине", "--actor", "ada"][..],
        &["transfer", "discord:d2", "telegram:t1", "2", "--reason", "\u{10fffd}0 подарок"],
        &["adjust", "telegram:t1", "-3", "--reason", "paid twice", "--actor", "ada"],
        &["unlink", "discord:d2", "--reason", ""],
        &["link", "telegram:t2", "discord:d2"],
        &["reverse", &spent, "--actor", "ada"],
    ] {
        world.ok(args);
    }
}

fn a_ledger(people_count: u32) -> World {
    let mut world = World::new();
    world.configure(|_| {});
    people(&world, people_count);
    business(&world);
    world
}

/// The program's word, and its exit code.
fn verdict(world: &World, args: &[&str]) -> (Option<i32>, Value) {
    let said = world.verb(&[&["verify", "--json"], args].concat());
    let text = if said.stdout.is_empty() { &said.stderr } else { &said.stdout };
    (said.code, serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {}", said.all())))
}

fn head(world: &World) -> String {
    let (code, verdict) = verdict(world, &[]);
    assert_eq!(code, Some(exit::DONE), "{verdict}");
    verdict["head"].as_str().unwrap().to_owned()
}

fn names(verdict: &Value) -> Vec<&str> {
    verdict["problems"].as_array().unwrap().iter().map(|problem| problem["name"].as_str().unwrap()).collect()
}

fn place(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn another_program_agrees_on_a_long_ledger_and_finds_a_flipped_bit() {
    let world = a_ledger(25_000);
    let ledger = world.ledger();
    let said = world.ok(&["verify"]);
    assert!(said.stderr.contains("100000 of 1000"), "it says how far it is: {}", said.all());
    let head = checked(place(&ledger), None).unwrap();
    assert!(said.stdout.contains(&head), "{head} is the head: {}", said.all());
    assert!(head.starts_with("1000"), "{head}");

    database::make(&ledger, WITHOUT_SAFEGUARDS);
    for (column, row) in [("delta", "seq = 50000"), ("reason", "seq = 2"), ("hash", "seq = 99999")] {
        database::flip_bit(&ledger, "entry", column, row);
        let wrong = checked(place(&ledger), None).unwrap_err();
        assert!(wrong.contains("is not the one that its hash was made of"), "{column}: {wrong}");
        database::flip_bit(&ledger, "entry", column, row);
    }
    assert_eq!(checked(place(&ledger), None).as_ref(), Ok(&head));
}

#[test]
fn a_flipped_bit_anywhere_is_found_by_both() {
    let world = a_ledger(3);
    let ledger = world.ledger();
    let whole = head(&world);
    assert_eq!(checked(place(&ledger), None), Ok(whole.clone()));
    database::make(&ledger, WITHOUT_SAFEGUARDS);
    let earned = "kind = 'earn'";
    let entry = ["key", "purse", "identity", "asset", "delta", "balance", "at_ms", "captured_ms", "actor"];
    let cells = entry.iter().chain(&["reason", "hash"]).map(|column| ("entry", *column, earned));
    let others = [
        ("identity", "platform", "external = 't1'"),
        ("identity", "external", "external = 't1'"),
        ("identity", "salt", "id = 1"),
        ("identity", "tag", "id = 1"),
        ("asset", "name", "id = 1"),
        ("balance", "amount", "purse = 1 AND asset = 1"),
        ("ledger", "head_seq", "true"),
        ("ledger", "head_hash", "true"),
    ];
    for (table, column, row) in cells.chain(others) {
        let kept = world.path("kept.db");
        fs::copy(&ledger, &kept).unwrap();
        database::flip_bit(&ledger, table, column, row);
        assert!(checked(place(&ledger), None).is_err(), "{table}.{column}: the checker finds it");
        let (code, verdict) = verdict(&world, &[]);
        assert!(
            code == Some(exit::NO) && !names(&verdict).is_empty(),
            "{table}.{column}: {code:?} {verdict}"
        );
        fs::rename(&kept, &ledger).unwrap();
    }
    assert_eq!(head(&world), whole);
}

#[test]
fn a_rewritten_past_is_told_by_the_head_that_was_kept() {
    let mut world = a_ledger(2);
    let (ledger, backup) = (world.ledger(), world.path("backup.db"));
    let before = head(&world);
    fs::copy(&ledger, &backup).unwrap();
    world.ok(&["earn", "telegram:t1", "500", "--reason", "as it was"]);
    let kept = head(&world);
    for args in [&["--against", &kept][..], &["--against", &before]] {
        assert_eq!(verdict(&world, args).0, Some(exit::DONE), "{args:?}");
    }
    let seq: i64 = before.split(':').next().unwrap().parse().unwrap();
    let since = (seq + 1).to_string();
    let (code, said) = verdict(&world, &["--from", &since, "--against", &before]);
    assert_eq!((code, &said["entries"]), (Some(exit::DONE), &Value::from(1)));

    // Another past, which is as consistent as the first, of the very same length.
    fs::copy(&backup, &ledger).unwrap();
    world.ok(&["earn", "telegram:t1", "5", "--reason", "as they would have it"]);
    let (code, said) = verdict(&world, &["--against", &kept]);
    assert_eq!((code, names(&said)), (Some(exit::NO), vec!["HistoryRewritten"]));
    assert_eq!(checked(place(&ledger), None), Ok(head(&world)), "nothing else tells");
    assert!(checked(place(&ledger), Some(&kept)).unwrap_err().contains("is not in this history"));
    assert_eq!(checked(place(&ledger), Some(&before)), Ok(head(&world)));
    for args in [&["--against", &before][..], &["--from", &since, "--against", &before]] {
        assert_eq!(verdict(&world, args).0, Some(exit::DONE), "{args:?}");
    }

    fs::copy(&backup, &ledger).unwrap();
    assert_eq!(
        names(&verdict(&world, &["--against", &kept]).1),
        ["HistoryRewritten"],
        "a log that ends before"
    );
    let far = (seq + 9).to_string();
    assert_eq!(names(&verdict(&world, &["--from", &far]).1), ["ChainBroken"]);
    let (code, said) = verdict(&world, &["--from", &since, "--against", &format!("1:{}", "0".repeat(64))]);
    assert_eq!((code, said["error"].as_str()), (Some(exit::USAGE), Some("WrongUsage")), "{said}");
    assert_eq!(world.verb(&["verify", "--against", "981"]).code, Some(exit::USAGE));

    world.configure(|config| config.language = "ru");
    let said = world.ok(&["verify", "--against", &before]);
    assert!(said.stdout.contains("есть в этой истории") && said.stdout.contains(&before), "{}", said.all());
    let said = world.expect(exit::NO, &["verify", "--against", &kept]);
    assert!(said.stdout.contains("HistoryRewritten"), "{}", said.all());
}

#[test]
fn what_changed_before_the_point_is_left_to_a_whole_verification() {
    let world = a_ledger(2);
    database::make(&world.ledger(), WITHOUT_SAFEGUARDS);
    database::flip_bit(&world.ledger(), "entry", "captured_ms", "seq = 3");
    assert_eq!(names(&verdict(&world, &[]).1), ["ChainBroken"]);
    assert_eq!(names(&verdict(&world, &["--from", "3"]).1), ["ChainBroken"]);
    assert_eq!(verdict(&world, &["--from", "4"]).0, Some(exit::DONE));
    database::flip_bit(&world.ledger(), "balance", "amount", "purse = 1 AND asset = 1");
    assert_eq!(names(&verdict(&world, &["--from", "4"]).1), ["NotConserved"], "of a purse that was read");
}

#[test]
fn another_program_agrees_on_a_ledger_in_postgresql() {
    let database = Postgres::shared().database();
    let mut world = World::new();
    world.configure(|config| config.ledger = database.url());
    people(&world, 3);
    business(&world);
    let head = head(&world);
    assert_eq!(checked(&database.url(), Some(&head)), Ok(head.clone()));
    assert_eq!(verdict(&world, &["--from", "13", "--against", &head]).0, Some(exit::DONE));
    database.psql(
        "ALTER TABLE onepurse.entry DISABLE TRIGGER ALL;
         UPDATE onepurse.entry SET reason = reason || ' ' WHERE kind = 'transfer'",
    );
    let wrong = checked(&database.url(), None).unwrap_err();
    assert!(wrong.contains("is not the one that its hash was made of"), "{wrong}");
    assert_eq!(names(&verdict(&world, &[]).1), ["ChainBroken", "ChainBroken"]);
}
