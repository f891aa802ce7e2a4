use super::{config::Budget, rule::Rule, search::explore, *};

/// A config like one that there is, with a few things less.
fn like(name: &str, change: impl FnOnce(&mut Config)) -> Config {
    let mut config = config::all().into_iter().find(|known| known.name == name).unwrap();
    change(&mut config);
    config
}

/// Explores it; what was found comes with a text, so that a failure is told as a story.
fn found(config: &Config, without: Option<Rule>, states_max: usize) -> (Found, String) {
    let names = Arc::new(Names::new().unwrap());
    let found = explore(&Setting { config: config.clone(), names, without }, states_max);
    let mut out = Vec::new();
    write_line(&mut out, config, &found).unwrap();
    (found, String::from_utf8(out).unwrap())
}

#[test]
fn small_worlds_are_exhausted_and_clean() {
    for name in ["replica", "link", "both", "attach", "attach-both", "prune", "prune-engines"] {
        let config = like(name, |config| config.budget.writes = 1);
        let (found, told) = found(&config, None, 100_000);
        println!("{told}");
        assert!(!found.is_capped && found.violations.is_empty(), "{told}");
        assert!(found.states > 1_000 && found.rests > 5, "nothing happens: {told}");
    }
}

#[test]
fn every_world_begins_clean() {
    let mut out = Vec::new();
    let is_clean = run(&[], 2_000, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    println!("{told}");
    assert!(is_clean, "{told}");
    assert_eq!(told.lines().count(), config::all().len() + 1, "{told}");
}

#[test]
fn only_configs_that_there_are_are_explored() {
    let mut out = Vec::new();
    assert!(run(&["attach".to_owned()], 100, &mut out).unwrap());
    assert!(String::from_utf8(out).unwrap().starts_with("attach "));
    let error = run(&["atach".to_owned()], 100, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("`atach`") && error.to_string().contains("attach-both"), "{error}");
}

/// Each rule, and a world in which it is missed.
fn mutations() -> Vec<(Rule, Config)> {
    let none = Budget { writes: 0, ..Budget::default() };
    let engines = |config: &mut Config| {
        (config.minus, config.losses) = (false, false);
        config.budget.writes = 2;
    };
    let early = |config: &mut Config| config.budget = Budget { writes: 1, early: 1, ..none };
    let first_sight = |config: &mut Config| {
        config.budget = Budget { inserts: 2, replica_restores: [1, 0], ..none };
    };
    let unnamed = |config: &mut Config| {
        config.budget = Budget { inserts: 1, replica_restores: [1, 0], ledger_restores: 1, ..none };
    };
    vec![
        (Rule::CursorCompared, like("engines", engines)),
        (Rule::OwnFromLog, like("engines", engines)),
        (Rule::HashInCursor, like("ledger", |_| ())),
        (Rule::KnownKeysSkipped, like("engines", engines)),
        (Rule::DerivedOpenings, like("insert-both", first_sight)),
        (Rule::RowsKept, like("ledger", |_| ())),
        (Rule::CursorConfirmed, like("prune-engines", |config| config.budget.writes = 1)),
        (Rule::ZeroEntries, like("link", |_| ())),
        (Rule::OpeningsNoted, like("insert-both", first_sight)),
        (Rule::OldestCompared, like("attach", early)),
        (Rule::StoredLowered, like("ledger-link", |_| ())),
        (Rule::UnnamedIsZero, like("insert-both", unnamed)),
    ]
}

#[test]
fn every_rule_that_is_taken_away_is_missed() {
    for (rule, config) in mutations() {
        let (found, told) = found(&config, Some(rule), 200_000);
        println!("{rule:?}: {told}");
        assert!(!found.violations.is_empty(), "{rule:?} is not missed: {told}");
    }
}

#[test]
fn nobody_is_asked_of_a_database_that_was_never_put_back() {
    let (found, told) = found(&like("attach", |_| ()), None, 3_000);
    assert_eq!(found.asks, 0, "{told}");
}
