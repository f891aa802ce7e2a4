//! The program itself, as people run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Output, Stdio},
};

fn sim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.args(arguments);
    command
}

/// The exit code, and what was said on both ways out.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_unknown_name_is_wrong_usage_and_the_known_ones_are_listed() {
    for (arguments, unknown, known) in [
        (["bugs", "no such thing"].as_slice(), "no bug `no such thing`", "apply without suppression"),
        (&["--seed", "1", "--bug", "no rule"], "no bug `no rule`", "merge counted twice"),
        (&["exhaustive", "atach"], "no config `atach`", "attach-both"),
        (&["scenario", "stale"], "no scenario `stale`", "spent-to-nothing"),
        (&["scenario", "stale-write", "x"], "no scenario `x`", "stale-write"),
    ] {
        let (code, out, err) = said(&sim(arguments).output().unwrap());
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(unknown) && err.contains(known), "{arguments:?}: {err}");
        assert_eq!(out, "", "{arguments:?}");
    }
}

#[test]
fn scenarios_are_performed_by_name() {
    let arguments = ["scenario", "stale-write.sim", "spent-to-nothing"];
    let (code, out, err) = said(&sim(&arguments).output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let named: Vec<_> = out.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
    assert_eq!(named, ["spent-to-nothing", "stale-write"]);
}

#[test]
fn a_planted_bug_is_told_as_a_story() {
    let (code, out, _) = said(&sim(&["--seed", "1", "--steps", "2000", "--bug", "merge"]).output().unwrap());
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("invariant 2") && out.contains("who thought what"), "{out}");
}

/// More worlds than anyone has the patience for: what was seen until Ctrl-C is told.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_summary_of_what_was_run() {
    let arguments = ["--seeds", "1..98", "--steps", "2000", "--jobs", "1"];
    let mut running = sim(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut first = String::new();
    told.read_line(&mut first).unwrap();
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let rest: Vec<String> = told.lines().map(Result::unwrap).collect();
    let (code, out, _) = said(&running.wait_with_output().unwrap());
    assert_eq!(code, Some(130), "{out}");
    assert!(out.contains(" worlds, ") && out.contains("requests lost"), "{out}");
    assert!(rest.iter().any(|line| line.starts_with("interrupted: ")), "{rest:?}");
}
