//! Breadth first through all that can happen: the first way found to a violation is a shortest one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    act::{self, Act},
    audit::{self, Rest},
    config::{Setting, Start},
    engine::Engines,
    step::step,
    tale,
    world::World,
};

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) states: usize,
    pub(super) transitions: u64,
    pub(super) depth: usize,
    /// There was more to see than was looked at.
    pub(super) is_capped: bool,
    /// Different contents of ledger and databases, from each of which everything was let come to rest.
    pub(super) rests: usize,
    /// Of those, in how many an operator is asked.
    pub(super) asks: usize,
    /// Each violation with a shortest way to it, in words.
    pub(super) violations: BTreeMap<String, Vec<String>>,
}

struct Search<'a> {
    setting: &'a Setting,
    engines: Engines,
    start: World,
    seen: HashSet<u64>,
    /// For every state, where it was come to from, and how.
    came: Vec<(u32, Act)>,
    rested: HashMap<u64, Option<String>>,
    found: Found,
}

/// Explores a world, up to so many states; where a rule is taken away, up to the first violation.
pub(super) fn explore(setting: &Setting, states_max: usize) -> Found {
    let engines = Engines::new(setting.clone());
    let mut start = World::new(&setting.config, &engines);
    if setting.config.start != Start::Detached
        && let Err(violation) = audit::work(&mut start, setting)
    {
        return Found { violations: [(violation, vec![])].into(), ..Found::default() };
    }
    let mut search = Search {
        setting,
        engines,
        seen: HashSet::from([start.print()]),
        start: start.clone(),
        came: vec![(0, Act::Age)],
        rested: HashMap::new(),
        found: Found::default(),
    };
    search.widen(start, states_max);
    search.found.states = search.came.len();
    search.found.rests = search.rested.len();
    search.found
}

impl Search<'_> {
    fn widen(&mut self, start: World, states_max: usize) {
        let mut frontier = vec![(0, start)];
        while !frontier.is_empty() {
            let mut next = Vec::new();
            for (at, world) in frontier {
                for act in act::acts(&world, &self.setting.config) {
                    next.extend(self.go(at, &world, act));
                    if self.came.len() >= states_max {
                        self.found.is_capped = true;
                        return;
                    }
                    if self.setting.without.is_some() && !self.found.violations.is_empty() {
                        self.found.is_capped = true;
                        return;
                    }
                }
            }
            self.found.depth += usize::from(!next.is_empty());
            frontier = next;
        }
    }

    /// The state after a step, unless it was seen before or is wrong.
    fn go(&mut self, at: u32, world: &World, act: Act) -> Option<(u32, World)> {
        self.found.transitions += 1;
        let stepped = step(world, act, self.setting, &mut self.engines);
        if let Ok(next) = &stepped
            && !self.seen.insert(next.print())
        {
            return None;
        }
        self.came.push((at, act));
        let me = u32::try_from(self.came.len() - 1).unwrap_or(u32::MAX);
        let violation = match stepped {
            Err(ref violation) => Some(violation.clone()),
            Ok(ref next) => audit::check(next).map(str::to_owned).or_else(|| self.rest(next)),
        };
        if let Some(violation) = violation {
            if !self.found.violations.contains_key(&violation) {
                let story = self.story(me);
                self.found.violations.insert(violation, story);
            }
            return None;
        }
        stepped.ok().map(|next| (me, next))
    }

    /// From every content of ledger and databases everything must come to rest as it should.
    fn rest(&mut self, world: &World) -> Option<String> {
        let durable = world.durable();
        if let Some(known) = self.rested.get(&durable) {
            return known.clone();
        }
        let violation = match audit::rest(world, self.setting) {
            Rest::Converged => None,
            Rest::Violated(violation) => Some(violation),
            Rest::Asks => {
                self.found.asks += 1;
                None
            }
        };
        self.rested.insert(durable, violation.clone());
        violation
    }

    /// The way to a state, in words, played once more.
    fn story(&mut self, mut at: u32) -> Vec<String> {
        let mut way = Vec::new();
        while at != 0 {
            let (before, act) = self.came[at as usize];
            way.push(act);
            at = before;
        }
        let (mut world, mut story) = (self.start.clone(), Vec::new());
        for act in way.into_iter().rev() {
            story.push(tale::tell(act, &world, &self.setting.names));
            if let Ok(next) = step(&world, act, self.setting, &mut self.engines) {
                world = next;
            }
        }
        story
    }
}
