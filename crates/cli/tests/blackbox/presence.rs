//! Two programs on one platform: harmless with `--shared`, and without it the second says who is there.

use crate::harness::{
    Crowd, ECONOMY, Pair,
    answers::exit,
    let_run_ms,
    pair::{D, T},
};

#[test]
fn two_shared_runs_under_load_are_harmless() {
    let crowd = Crowd::of(10, "delete");
    let one = crowd.world().run_with(&["--shared"]);
    let other = crowd.world().run_with(&["--shared"]);
    crowd.start(20);
    let_run_ms(3_000);
    drop(one); // kill -9 of one is nothing to the other.
    let_run_ms(1_000);
    let load = crowd.stop();
    drop(other);
    assert!(load.errors.is_empty(), "no bot saw an error: {:?}", load.errors);
    assert!(load.writes > 100, "{} writes are no load", load.writes);
    crowd.agrees_on(&load);
}

#[test]
fn a_second_run_says_who_is_there_and_stops() {
    let pair = Pair::of(ECONOMY);
    let first = pair.world.run();
    let second = pair.world.verb(&["run"]);
    assert!(second.code.is_some_and(|code| code != exit::DONE), "{second:?}");
    let pid = first.process.pid().to_string();
    assert!(second.stderr.contains(&pid), "it names process {pid}: {}", second.all());

    pair.telegram.earn(T, 5);
    pair.comes_to(5);
    pair.discord.earn(D, 6);
    pair.comes_to(11);
}

#[test]
fn a_run_right_after_kill_9_just_starts() {
    let pair = Pair::of(ECONOMY);
    for round in 1..=5 {
        let mut run = pair.world.run();
        pair.telegram.earn(T, 1);
        run.process.kill();
        let run = pair.world.run();
        pair.comes_to(round);
        drop(run);
    }
}
