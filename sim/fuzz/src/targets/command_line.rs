//! The words after the program's name.

use std::ffi::OsString;

use onepurse::written;

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "command-line",
    what: "the words after the program's name, one a line",
    words: &[
        "run",
        "sync",
        "attach",
        "detach",
        "link",
        "resume",
        "show",
        "history",
        "status",
        "verify",
        "demo",
        "--json",
        "--config",
        "--config=",
        "--timeout",
        "--until-idle",
        "--limit",
        "--answer",
        "--force",
        "--help",
        "--version",
        "--language",
        "ru",
        "--log",
        "telegram:456",
        "discord:123",
        "telegram",
        "--",
        "-",
        "ledger",
    ],
    lines: &["show", "telegram:456", "--json", "history", "--limit", "20", "sync", "--timeout", "2m", "--"],
    bytes_max: 300,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let words: Vec<OsString> = text(input).split('\n').map(OsString::from).collect();
    match written::command_line(&words) {
        Ok(()) => Ok(Seen::new(("read", words.len(), words.first().cloned()))),
        Err(message) => {
            Wrong::unless(!message.trim().is_empty(), "a refusal says something", String::new)?;
            Ok(Seen::shape(message.lines().next().unwrap_or_default()))
        }
    }
}
