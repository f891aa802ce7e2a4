//! Every scenario ends as it says; and one that says something else would be noticed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use sim::{bugs::Bug, scenario};

/// The name and the text of every scenario.
fn all() -> Vec<(String, String)> {
    scenario::files().unwrap().into_iter().map(|(name, text)| (format!("{name}.sim"), text)).collect()
}

#[test]
fn every_scenario_ends_as_it_says() {
    let scenarios = all();
    assert!(scenarios.len() >= 12, "only {} scenarios", scenarios.len());
    let mut failures = Vec::new();
    for (name, text) in &scenarios {
        match scenario::run(text, name) {
            Ok(ran) => assert!(ran.expectations > 0 && ran.worlds > 0, "{name} expects nothing"),
            Err(failure) => failures.push(format!("{failure}\n  {}", failure.story.join("\n  "))),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The text with each of its numbers of coins wrong in turn, and the line that it stands on.
fn wrong_by_one(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let wrong = |line: &str| match *line.split(' ').collect::<Vec<_>>().as_slice() {
        [verb @ ("show" | "purse"), who, coins] => {
            Some(format!("{verb} {who} {}", coins.parse::<i64>().unwrap() + 1))
        }
        _ => None,
    };
    let with = |at: usize, line: String| {
        let changed = lines.iter().enumerate().map(|(n, &old)| if n == at { line.as_str() } else { old });
        (at + 1, changed.collect::<Vec<_>>().join("\n"))
    };
    lines.iter().enumerate().filter_map(|(at, line)| Some(with(at, wrong(line)?))).collect()
}

#[test]
fn every_wrong_number_is_noticed_on_its_line() {
    let mut noticed = 0;
    for (name, text) in all() {
        for (line, text) in wrong_by_one(&text) {
            let failure = scenario::run(&text, &name).expect_err(&format!("{name}:{line} is not noticed"));
            assert_eq!(failure.line, line, "{failure}");
            assert!(failure.what.contains("is expected"), "{failure}");
            noticed += 1;
        }
    }
    assert!(noticed > 100, "only {noticed} numbers");
}

const BEGIN: &str = "platforms telegram, discord (never below zero)\n\
                     telegram: INSERT INTO users (id, coins) VALUES ('456', 100)\n\
                     discord: INSERT INTO users (id) VALUES ('123')\n\
                     rest\n";

/// What a scenario that goes on with these lines says.
fn said(lines: &str) -> String {
    scenario::run(&format!("{BEGIN}{lines}"), "story")
        .map_or_else(|failure| failure.to_string(), |_| "ok".to_owned())
}

#[test]
fn other_wrong_expectations_are_noticed_too() {
    assert_eq!(said("absent telegram:7\nshow telegram:456 100\npurse telegram:456 100"), "ok");
    for (lines, expected) in [
        ("absent telegram:456", "story:5: telegram:456 shows 100, and no row is expected"),
        ("show telegram:7 0", "story:5: telegram:7 shows no row, and 0 is expected"),
        ("purse telegram:7 0", "story:5: telegram:7 has no purse, and 0 is expected"),
        ("paused telegram", "story:5: telegram does not wait for an answer, and is expected to"),
        ("resume telegram count", "story:5: invariant 0: it does not wait for an answer"),
        ("telegram fails: UPDATE users SET coins = 1", "story:5: this is done, and is expected to fail"),
        ("link fails telegram:456 discord:123", "story:5: this is done, and is expected to fail"),
        ("unlink telegram:456", "story:5: this fails: NotLinked: "),
        ("earn fails telegram:456 1", "story:5: this is done, and is expected to fail"),
        ("spend telegram:456 101", "story:5: this fails: InsufficientFunds: "),
        ("redeem discord:123 telegram:456", "story:5: invariant 0: telegram:456 was given no code"),
        ("reverse gift", "story:5: nothing was done as `gift`"),
        ("discord: UPDATE users SET coins = -1", "story:5: this fails: CHECK constraint failed: coins >= 0"),
        ("kill\nrest", "story:6: invariant 0: the program does not run"),
        ("put back discord", "story:5: invariant 0: there is no backup of it"),
        ("attach discord", "story:5: invariant 0: it is attached"),
    ] {
        assert!(said(lines).starts_with(expected), "{lines}: {}", said(lines));
    }
}

#[test]
fn a_failure_tells_what_happened_and_who_thought_what() {
    let failure = scenario::run(&format!("{BEGIN}show telegram:456 7"), "story").unwrap_err();
    let story = failure.story.join("\n");
    assert!(story.contains("> telegram: INSERT INTO users"), "{story}");
    assert!(story.contains("coins of 456: shows 100"), "{story}");
}

#[test]
fn a_line_that_cannot_be_read_is_named_with_what_is_expected() {
    for (lines, expected) in [
        (
            "dance",
            "story:5: `dance` is no command: `PLATFORM: SQL` or `PLATFORM fails: SQL` or `rest` or `link",
        ),
        ("# dance\n\n  cut discord", "story:7: `cut discord` is no command: `cut off PLATFORM` is expected"),
        (
            "show telegram:456",
            "story:5: `show telegram:456` is no command: `show PLATFORM:ID COINS` is expected",
        ),
        ("show telegram:456 many", "story:5: `many` is no number of coins: a whole number is expected"),
        ("show 456 1", "story:5: `456` is nobody: someone like `telegram:456` is expected"),
        (
            "show dicsord:123 1",
            "story:5: `dicsord` is no platform here: one of telegram, discord is expected",
        ),
        ("website: UPDATE users SET coins = 1", "story:5: `website` is no platform here"),
        (
            "telegram: DELETE FROM users; DELETE FROM users",
            "story:5: one statement stands on a line, without a `;`",
        ),
        ("resume telegram maybe", "story:5: `maybe` is no answer: `ledger` or `count` is expected"),
        (
            "spend telegram:456",
            "story:5: `spend telegram:456` is no command: `spend PLATFORM:ID COINS` or `spend fails PLATFORM:ID COINS` is expected",
        ),
        ("step 0", "story:5: `0` is no number of calls: `7` or `1..40` is expected, 1000 at the most"),
        ("wait 0 days", "story:5: `0` is no number of days: 1 to 1000 is expected"),
        ("begin discord", "story:5: `begin discord` is no command: `begin to detach PLATFORM` is expected"),
        ("step 9..3", "story:5: `9..3` is no number of calls"),
        ("step 1..3\nstep 1..3", "story:6: a scenario has one `step FIRST..LAST` at the most"),
    ] {
        assert!(said(lines).starts_with(expected), "{lines}: {}", said(lines));
    }
}

#[test]
fn a_scenario_begins_with_its_platforms() {
    for (text, expected) in [
        (
            "# nothing",
            "story:1: a scenario begins with its platforms: `platforms telegram, discord`; this one is empty",
        ),
        ("\nrest", "story:2: a scenario begins with its platforms: `platforms telegram, discord`"),
        ("platforms telegram, telegram", "story:1: `telegram` has a meaning already"),
        ("platforms ledger", "story:1: `ledger` has a meaning already"),
        ("platforms Tele gram", "story:1: `Tele gram`: "),
        ("platforms telegram (in a hurry)", "story:1: `in a hurry` is nothing that can be said of users: "),
        (
            "platforms telegram (never below zero",
            "story:1: `telegram (never below zero` has no `)` at its end",
        ),
    ] {
        let failure = scenario::run(text, "story").unwrap_err();
        assert!(failure.to_string().starts_with(expected), "{failure}");
    }
}

/// For each rule taken away, a scenario that ends otherwise without it.
const FOUND_BY: &[(Bug, &str)] = &[
    (Bug::Captures, "earned-in-telegram.sim"),
    (Bug::AppliesAnything, "replica-put-back-anywhere.sim"),
    (Bug::IncludesLater, "two-funded-purses.sim"),
    (Bug::TrustsAcknowledgements, "killed-anywhere.sim"),
    (Bug::AcknowledgesEarly, "ledger-down.sim"),
    (Bug::MovesSilently, "earned-in-discord.sim"),
    (Bug::NamesNoNothing, "spent-to-nothing.sim"),
    (Bug::ForgetsHash, "ledger-put-back-and-overtaken.sim"),
    (Bug::PrunesAtOnce, "ledger-put-back.sim"),
    (Bug::OpensAtRandom, "killed-while-attaching.sim"),
    (Bug::HoldsWhatItMeant, "spent-on-both-sides.sim"),
    (Bug::MergesTwice, "two-funded-purses.sim"),
    (Bug::TakesTwice, "ledger-put-back.sim"),
    (Bug::RewindsHalf, "ledger-put-back.sim"),
    (Bug::IgnoresNothing, "earned-in-telegram.sim"),
    (Bug::NeverMends, "triggers-dropped.sim"),
    (Bug::GoesOn, "ledger-put-back.sim"),
    (Bug::ShowsDebts, "spent-on-both-sides.sim"),
    (Bug::DetachesUnsent, "detached-while-writing.sim"),
    (Bug::RejectsSpending, "linked-while-spending.sim"),
    (Bug::CountsTwice, "mass-deletion-meant.sim"),
    (Bug::CountsFromToday, "detached-and-counted.sim"),
    (Bug::RepairsAtRandom, "stale-write-repaired.sim"),
    (Bug::NeverPrunes, "kept-for-weeks.sim"),
    (Bug::KeepsUnnamed, "forgotten-by-the-ledger.sim"),
    (Bug::RegistersLate, "registered-late.sim"),
    (Bug::LeavesAnywhere, "detached-while-put-back.sim"),
    (Bug::OrdersTwice, "earned-on-the-ledger.sim"),
    (Bug::ReversesTwice, "handed-over.sim"),
    (Bug::PartsWithCoins, "unlinked-and-linked-again.sim"),
    (Bug::SpendsTooMuch, "spent-on-the-ledger.sim"),
    (Bug::UndoesSilently, "overdrawn-and-undone.sim"),
    (Bug::MixesPurses, "handed-over.sim"),
    (Bug::ForgetsSilently, "forgotten-for-good.sim"),
    (Bug::ErasesAnyone, "forgotten-for-good.sim"),
];

#[test]
fn every_rule_taken_away_is_missed_by_a_scenario() {
    let scenarios: BTreeMap<String, String> = all().into_iter().collect();
    for bug in Bug::ALL {
        let found = FOUND_BY.iter().find(|(found, _)| *found == bug);
        let (_, name) =
            found.unwrap_or_else(|| panic!("no scenario for a world without a rule: {}", bug.name()));
        let ended = scenario::run_with(&scenarios[*name], name, Some(bug));
        assert!(ended.is_err(), "{name} goes on without a rule: {}", bug.name());
    }
}
