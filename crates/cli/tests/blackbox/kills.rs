//! kill -9 of the program, at random moments, under load: nothing lost, nothing twice.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::harness::{
    Crowd, FOUNDING, Pair,
    answers::{READY, exit, kind},
    database::objects,
    let_run_ms,
};

/// How often `run` is killed.
const KILLS: u32 = 220;

/// People whose bots play all the time; half of them are linked between the kills.
const PEOPLE: u32 = 12;

fn dice() -> StdRng {
    let seed: u64 =
        std::env::var("ONEPURSE_KILL_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    eprintln!("ONEPURSE_KILL_SEED={seed} repeats these moments");
    StdRng::seed_from_u64(seed)
}

#[test]
fn killed_at_any_moment_under_load_nothing_is_lost_and_nothing_doubled() {
    let mut dice = dice();
    let crowd = Crowd::apart(PEOPLE, "delete");
    let mut unlinked: Vec<u32> = (1..=PEOPLE).collect();
    unlinked.drain(..PEOPLE as usize / 2).for_each(|user| crowd.link(user));
    crowd.start(20);

    let before = crowd.world().head();
    let mut were_ready = 0;
    for kill in 0..KILLS {
        let mut run = crowd.world().start(&["run"]);
        // Half of the kills hit the start, wherever it is by then; half hit the work after it.
        if kill % 2 == 0 {
            let_run_ms(dice.random_range(0..200));
        } else {
            run.wait_for_line(READY);
            let_run_ms(dice.random_range(0..60));
        }
        were_ready += u32::from(run.output().contains(READY));
        run.kill();
        if kill % 30 == 29 {
            unlinked.pop().into_iter().for_each(|user| crowd.link(user));
        }
    }
    assert!(unlinked.is_empty());
    assert!(were_ready >= KILLS / 2, "{were_ready} of {KILLS} were ready");

    // After kill -9 it just starts.
    let run = crowd.world().run();
    let load = crowd.stop();
    drop(run);
    assert!(load.errors.is_empty(), "no bot saw an error: {:?}", load.errors);
    assert!(load.writes > u64::from(KILLS), "{} writes are no load", load.writes);
    assert!(crowd.world().head() > before + i64::from(KILLS), "the kills let work through");
    crowd.agrees_on(&load);
}

#[test]
fn attach_and_detach_killed_at_any_moment_take_openings_once() {
    let mut dice = dice();
    let pair = Pair::apart(FOUNDING, "delete");
    (1..=150).for_each(|user| pair.telegram.register(user, 10));
    let clean = objects(&pair.telegram.path);
    for verb in ["attach", "detach"].into_iter().cycle().take(40) {
        let mut process = pair.world.start(&[verb]);
        let_run_ms(dice.random_range(0..80));
        process.kill();
    }
    pair.join();
    pair.telegram.earn(7, 5);
    pair.world.sync();
    let history = pair.world.history("telegram:7");
    assert_eq!(history.iter().filter(|entry| entry.kind == kind::OPENING).count(), 1, "{history:?}");
    assert_eq!(pair.world.coins("telegram:7"), "15");
    assert_eq!(pair.world.coins("telegram:150"), "10");
    pair.world.verify();
    pair.world.ok(&["detach"]);
    assert_eq!(objects(&pair.telegram.path), clean);
}

#[test]
fn link_killed_at_any_moment_is_done_once_or_not_at_all() {
    let mut dice = dice();
    let crowd = Crowd::apart(8, "delete");
    for user in 1..=8 {
        let (one, other) = (crowd.pair.telegram.identity(user), crowd.pair.discord.identity(user));
        for _ in 0..4 {
            let mut process = crowd.world().start(&["link", &one, &other]);
            let_run_ms(dice.random_range(0..40));
            process.kill();
        }
        let said = crowd.world().verb(&["link", &one, &other]);
        let linked_before = said.code == Some(exit::RULE) && said.all().contains("AlreadyLinked");
        assert!(said.code == Some(exit::DONE) || linked_before, "{}", said.all());
    }
    crowd.start(50);
    let load = crowd.stop();
    crowd.agrees_on(&load);
}
