use std::time::Duration;

use clap::CommandFactory;

use super::{platforms::duration, *};

#[test]
fn the_command_line_is_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn every_verb_shows_an_example() {
    let command = Arguments::command();
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains(&format!("onepurse {}", verb.get_name())), "{}: {help}", verb.get_name());
    }
}

#[test]
fn a_timeout_reads_as_people_write_it() {
    for (text, ms) in [("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000)] {
        assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
    }
    for text in ["", "30", "soon", "-5s"] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (line, expected) in [
        ("onepurse show telegram", "`telegram` is no identity: write platform:id, like telegram:456"),
        ("onepurse show telegram:", "an id cannot be empty"),
        ("onepurse detach Telegram", "is no platform name"),
        ("onepurse sync", "--until-idle"),
        ("onepurse history telegram:1 --limit 0", "0 is not in 1.."),
        ("onepurse history telegram:1 --kind gift", "[possible values: opening, change, repair, "),
        ("onepurse history telegram:1 --since yesterday", "--since"),
        ("onepurse shwo telegram:1", "a similar subcommand exists: 'show'"),
    ] {
        let error = Arguments::try_parse_from(line.split(' ')).unwrap_err().to_string();
        assert!(error.contains(expected), "{line}: {error}");
    }
}
