//! What is kept breaks nothing any more, what is planted is found, and a seed says what is tried.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::Path};

use fuzz::{Broken, Campaign, Corpus, Tally, Target, Until, attempt, mutate::Mutator, targets};
use onepurse_core::Clock;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Inputs within which the planted crash is found.
const CRASH_INPUTS: u64 = 5_000;
/// Histories within which the planted fault of capture is found.
const FAULT_INPUTS: u64 = 400;

/// Time does not pass: only inputs are counted.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        0
    }
}

fn campaign(target: &Target, seed: u64, inputs: u64) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::kept().finding_into(folder.path());
    let targets = [*target];
    let until = Until::Inputs(inputs);
    let campaign = Campaign { targets: &targets, corpus: &corpus, seed, until, clock: &Still };
    campaign.run(|_| {}).unwrap().remove(0)
}

#[test]
fn what_is_kept_breaks_nothing() {
    for target in targets::ALL {
        let kept = Corpus::kept().of(target.name).unwrap();
        assert!(kept.len() >= 5, "{} has hardly a corpus", target.name);
        for (path, input) in kept {
            if let Err(broken) = attempt(&target, &input) {
                panic!("{}: {broken}", path.display());
            }
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_a_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folders: BTreeSet<_> =
        fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    let targets = targets::ALL.iter().chain(&targets::PLANTED);
    assert_eq!(folders, targets.map(|one| one.name.to_owned()).collect());
}

#[test]
fn a_planted_crash_is_found() {
    let [crash, _] = targets::PLANTED;
    for seed in 1..=5 {
        let tally = campaign(&crash, seed, CRASH_INPUTS);
        let [found] = &tally.findings[..] else { panic!("seed {seed}: {tally:?}") };
        let Broken::Panic { message, place } = &found.broken else { panic!("{found:?}") };
        assert!(message.starts_with("planted: ") && place.contains("planted.rs"), "{found:?}");
        assert!(found.nth.is_some_and(|nth| nth <= CRASH_INPUTS), "{found:?}");
        // A platform, and an id of three parts of which one is empty, and not much besides.
        assert!(found.input.len() <= 8, "{}", found.story());
    }
}

#[test]
fn a_planted_fault_of_capture_is_found() {
    let [_, fault] = targets::PLANTED;
    let tally = campaign(&fault, 1, FAULT_INPUTS);
    let rules = tally.findings.iter().map(|one| match &one.broken {
        Broken::Rule(wrong) => (wrong.rule, wrong.how.contains("planted")),
        Broken::Panic { .. } => ("", false),
    });
    assert!(
        rules.clone().any(|one| one == ("a bot's statement answers as without capture", true)),
        "{:?}",
        rules.collect::<Vec<_>>()
    );
}

#[test]
fn a_seed_says_what_is_tried() {
    for target in targets::ALL {
        let kept: Vec<_> =
            Corpus::kept().of(target.name).unwrap().into_iter().map(|(_, input)| input).collect();
        let tried = |seed| {
            let mut mutator = Mutator::new(&target, Xoshiro256PlusPlus::seed_from_u64(seed));
            (0..200).map(|_| mutator.next(&kept)).collect::<Vec<_>>()
        };
        assert_eq!(tried(7), tried(7), "{}", target.name);
        assert_ne!(tried(7), tried(8), "{}", target.name);
        let inputs = if target.name == targets::rows::TARGET.name { 30 } else { 500 };
        assert_eq!(campaign(&target, 7, inputs), campaign(&target, 7, inputs), "{}", target.name);
    }
}
