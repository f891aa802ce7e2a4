//! The simulator itself: everything in a world follows from its seed, and a world injects what it says.

use std::collections::BTreeSet;

use sim::world::{End, Fault, Faults, Options, run};

const STEPS: u64 = 1_500;

fn told(seed: u64) -> End {
    run(Options { seed, steps: STEPS, is_told: true, bug: None })
}

fn untold(seed: u64) -> End {
    run(Options { seed, steps: STEPS, is_told: false, bug: None })
}

#[test]
fn the_same_seed_twice_gives_the_same_bytes() {
    for seed in [1, 2, 3] {
        let (first, second) = (told(seed), told(seed));
        let differs = first.told.iter().zip(&second.told).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.told.len(), second.told.len(), "seed {seed}");
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert!(first.told.len() > 200, "seed {seed} tells little: {} lines", first.told.len());
    }
}

#[test]
fn another_seed_is_another_world() {
    let digests: BTreeSet<u64> = (1..=4).map(|seed| untold(seed).digest).collect();
    assert_eq!(digests.len(), 4);
}

#[test]
fn a_world_is_the_same_whether_it_is_told_or_not() {
    for seed in [4, 5] {
        let (told, untold) = (told(seed), untold(seed));
        assert_eq!(told.digest, untold.digest, "seed {seed}");
        assert!(untold.told.is_empty());
        assert_eq!(
            (told.entries, told.events, &told.faults),
            (untold.entries, untold.events, &untold.faults)
        );
    }
}

#[test]
fn much_goes_wrong_and_no_invariant_breaks() {
    let (mut faults, mut events) = (Faults::default(), 0);
    for seed in 10..18 {
        let end = untold(seed);
        assert!(end.broken.is_none(), "seed {seed}: {:?}", end.broken);
        events += end.events;
        faults.add(&end.faults);
    }
    assert!(events > 500, "bots made only {events} events");
    let injected = Fault::ALL.iter().filter(|&&fault| faults.of(fault) > 0).count();
    assert!(injected >= 15, "only {injected} kinds of faults:\n{faults}");
}
