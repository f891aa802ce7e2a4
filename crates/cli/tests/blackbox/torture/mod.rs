//! Torture: the real program and real bots, killed, stopped and starved of space at random moments, as long as one likes.
//!
//! `ONEPURSE_TORTURE_SECONDS` says how long (60 unless set), `ONEPURSE_TORTURE_SEED` repeats the choices of another run,
//! though not its moments. For longer runs there is a profile without the usual deadline:
//!
//!     ONEPURSE_TORTURE_SECONDS=1200 cargo nextest run --profile torture -p onepurse torture

mod ordeal;
mod steps;
mod tally;
mod truth;
mod verbs;
mod writer;

use std::{env, str::FromStr};

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::harness::with_mounts_of_its_own;
use ordeal::{DISCORD, Ordeal, TELEGRAM};
use steps::Step;

/// Dealt again and again in another order, so that even a short run does everything.
const DECK: [(Step, usize); 21] = [
    (Step::KillAtWork, 5),
    (Step::KillAtStart, 3),
    (Step::End, 1),
    (Step::Stop, 3),
    (Step::KillStopped, 1),
    (Step::KillBot(TELEGRAM), 3),
    (Step::KillBot(DISCORD), 3),
    (Step::FillLedgersDisk, 2),
    (Step::FillBotsDisk(TELEGRAM), 2),
    (Step::FillBotsDisk(DISCORD), 2),
    (Step::KillSecond, 1),
    (Step::EndSecond, 1),
    (Step::Sync, 1),
    (Step::Status, 1),
    (Step::Verify, 2),
    (Step::Show, 1),
    (Step::Link, 1),
    (Step::KillLink, 1),
    (Step::Reattach(TELEGRAM), 1),
    (Step::Reattach(DISCORD), 1),
    (Step::Check, 2),
];

#[test]
fn killed_stopped_and_starved_of_space_nothing_is_lost_and_nothing_doubled() {
    let name = "torture::killed_stopped_and_starved_of_space_nothing_is_lost_and_nothing_doubled";
    with_mounts_of_its_own(name, || {
        let seconds = setting("ONEPURSE_TORTURE_SECONDS").unwrap_or(60);
        let seed = setting("ONEPURSE_TORTURE_SEED").unwrap_or_else(rand::random::<u64>);
        eprintln!("ONEPURSE_TORTURE_SEED={seed} repeats these choices");
        torture(StdRng::seed_from_u64(seed), seconds);
    });
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn torture(dice: StdRng, seconds: u64) {
    let mut ordeal = Ordeal::begin(dice, seconds);
    let mut dealt_once = false;
    while !dealt_once || !ordeal.is_over(seconds) {
        let mut deck: Vec<Step> = DECK.iter().flat_map(|&(step, times)| vec![step; times]).collect();
        deck.shuffle(&mut ordeal.dice);
        for step in deck {
            // The first deck is played out, so that everything happens.
            if dealt_once && ordeal.is_over(seconds) {
                break;
            }
            ordeal.step(step);
        }
        dealt_once = true;
    }
    ordeal.check();
    ordeal.end_well();
}
