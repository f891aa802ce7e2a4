//! What can happen next.

use super::{
    bot,
    config::{Config, Start},
    words::Person,
    world::World,
};

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Write {
        person: Person,
        is_plus: bool,
        is_early: bool,
    },
    Insert {
        person: Person,
        is_empty: bool,
    },
    Delete(Person),
    /// An engine makes its next call, and is answered.
    Call {
        platform: usize,
        engine: usize,
    },
    /// An engine's next call fails, whether it arrives or not.
    Lose {
        platform: usize,
        engine: usize,
        arrives: bool,
    },
    Crash {
        platform: usize,
        engine: usize,
    },
    Link([Person; 2]),
    Repeat(usize),
    BackUp(usize),
    Restore(usize),
    BackUpLedger,
    RestoreLedger,
    Age,
}

/// Everything that can happen in a world now.
pub(super) fn acts(world: &World, config: &Config) -> Vec<Act> {
    let mut acts = Vec::new();
    for platform in 0..config.platforms {
        bots(world, config, platform, &mut acts);
        engines(world, config, platform, &mut acts);
        if world.left.replica_restores[platform] > 0 {
            let is_backed_up = world.sides[platform].backup.is_some();
            acts.push(if is_backed_up { Act::Restore(platform) } else { Act::BackUp(platform) });
        }
    }
    if world.left.links > 0 {
        links(world, &mut acts);
    }
    acts.extend((0..world.sent.len()).map(Act::Repeat));
    if world.left.ledger_restores > 0 {
        acts.push(if world.ledger_backup.is_some() { Act::RestoreLedger } else { Act::BackUpLedger });
    }
    if world.left.ages > 0 {
        acts.push(Act::Age);
    }
    acts
}

fn bots(world: &World, config: &Config, platform: usize, acts: &mut Vec<Act>) {
    let left = world.left;
    let is_bot_awake = config.start == Start::Detached || world.database(platform).capture.is_some();
    for nth in (0..config.people).filter(|_| is_bot_awake) {
        let person = Person::of(platform, nth);
        match world.database(platform).rows[nth] {
            Some(row) => {
                if left.writes > 0 {
                    acts.push(Act::Write { person, is_plus: true, is_early: false });
                    if config.minus && (!config.clamps || bot::all_of(row).is_some()) {
                        acts.push(Act::Write { person, is_plus: false, is_early: false });
                    }
                    if left.early > 0 {
                        acts.push(Act::Write { person, is_plus: true, is_early: true });
                    }
                }
                if left.deletes > 0 {
                    acts.push(Act::Delete(person));
                }
            }
            None if left.inserts > 0 => {
                acts.extend([true, false].map(|is_empty| Act::Insert { person, is_empty }));
            }
            None => {}
        }
    }
}

fn engines(world: &World, config: &Config, platform: usize, acts: &mut Vec<Act>) {
    let side = &world.sides[platform];
    for engine in 0..config.engines {
        if engine == 1 && side.engines[0].print() == side.engines[1].print() {
            continue; // they are alike
        }
        acts.push(Act::Call { platform, engine });
        if side.engines[engine].is_idle() {
            continue;
        }
        acts.push(Act::Crash { platform, engine });
        if config.losses {
            acts.extend([true, false].map(|arrives| Act::Lose { platform, engine, arrives }));
        }
    }
}

fn links(world: &World, acts: &mut Vec<Act>) {
    let purses = world.ledger.purses;
    for (one, purse) in purses.iter().enumerate() {
        let others = purses
            .iter()
            .enumerate()
            .filter(|(_, other)| purse.is_some() && other.is_some() && *other != purse);
        // A purse has one identity a platform at most.
        let has = |purse: &Option<usize>, platform| {
            (0..purses.len()).any(|at| purses[at] == *purse && Person(at).platform() == platform)
        };
        let others =
            others.filter(|(_, other)| !(0..2).any(|platform| has(purse, platform) && has(other, platform)));
        acts.extend(others.map(|(other, _)| Act::Link([Person(one), Person(other)])));
    }
}
