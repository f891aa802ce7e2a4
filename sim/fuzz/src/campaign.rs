//! Trying targets for a while: first what is kept, then what is like it.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use onepurse_core::Clock;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    Broken, Corpus, CorpusError, Seen, Target, attempt, escaped, minimise::minimise, mutate::Mutator,
};

/// Inputs tried between two looks at the clock.
const SLICE_INPUTS: u64 = 16;
/// Inputs kept in mind at the most: what is new after that is not changed further.
const POOL_MAX: usize = 4_000;
/// Findings of one target that are made small and kept.
const FINDINGS_MAX: usize = 12;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After so much time for all targets together, in milliseconds.
    Elapsed(i64),
    /// After so many inputs for each target, those of the corpus not counted.
    Inputs(u64),
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How the target was broken.
    pub broken: Broken,
    /// The smallest input known that does it.
    pub input: Vec<u8>,
    /// The number of the input that did it first; `None` for one of the corpus.
    pub nth: Option<u64>,
    /// Where it is kept.
    pub path: Option<PathBuf>,
}

/// What was done with one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The target.
    pub target: &'static str,
    /// Inputs of the kept corpus, all of which were tried.
    pub corpus: usize,
    /// Inputs tried besides.
    pub inputs: u64,
    /// How long that took, in milliseconds.
    pub elapsed_ms: i64,
    /// Inputs that were something new, so that they were changed further.
    pub interesting: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// One target under way.
struct Run<'a> {
    target: &'a Target,
    mutator: Mutator<'a>,
    pool: Vec<Vec<u8>>,
    seen: HashSet<Seen>,
    kinds: HashSet<(String, Seen)>,
    tally: Tally,
}

/// What to try, how, and for how long.
pub struct Campaign<'a> {
    /// What to try.
    pub targets: &'a [Target],
    /// Where the kept inputs are, and where what is found goes.
    pub corpus: &'a Corpus,
    /// Which inputs: the same seed over the same corpus makes the same ones.
    pub seed: u64,
    /// When to stop.
    pub until: Until,
    /// The time.
    pub clock: &'a dyn Clock,
}

impl Campaign<'_> {
    /// Tries everything, and tells `progress` what was done every second or so.
    pub fn run(&self, mut progress: impl FnMut(&[&Tally])) -> Result<Vec<Tally>, CorpusError> {
        let mut runs = Vec::new();
        for target in self.targets {
            runs.push(self.replay(target)?);
        }
        let (start_ms, mut told_ms) = (self.clock.now_ms(), self.clock.now_ms());
        while let Some(run) = self.next(&mut runs, self.clock.now_ms() - start_ms) {
            let began_ms = self.clock.now_ms();
            run.slice(self)?;
            run.tally.elapsed_ms += self.clock.now_ms() - began_ms;
            if self.clock.now_ms() - told_ms >= 1_000 {
                told_ms = self.clock.now_ms();
                progress(&runs.iter().map(|run| &run.tally).collect::<Vec<_>>());
            }
        }
        Ok(runs.into_iter().map(|run| run.tally).collect())
    }

    /// Tries what is kept for a target. What breaks it is a finding that is kept already.
    fn replay<'t>(&self, target: &'t Target) -> Result<Run<'t>, CorpusError> {
        let mut run = Run::new(target, self.seed);
        for (path, input) in self.corpus.of(target.name)? {
            run.tally.corpus += 1;
            match attempt(target, &input) {
                Ok(seen) => {
                    run.seen.insert(seen);
                }
                Err(broken) => {
                    run.kinds.insert(broken.kind());
                    let input = input.clone();
                    run.tally.findings.push(Finding { broken, input, nth: None, path: Some(path) });
                }
            }
            run.pool.push(input);
        }
        Ok(run)
    }

    /// Whose turn it is: theirs who had the least of their share.
    fn next<'r, 't>(&self, runs: &'r mut [Run<'t>], elapsed_ms: i64) -> Option<&'r mut Run<'t>> {
        match self.until {
            Until::Elapsed(end_ms) if elapsed_ms >= end_ms => None,
            Until::Elapsed(_) => {
                runs.iter_mut().min_by_key(|run| run.tally.elapsed_ms * 100 / i64::from(run.target.share))
            }
            Until::Inputs(end) => runs.iter_mut().find(|run| run.tally.inputs < end),
        }
    }
}

impl<'a> Run<'a> {
    fn new(target: &'a Target, seed: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        (seed, target.name).hash(&mut hasher);
        let tally = Tally {
            target: target.name,
            corpus: 0,
            inputs: 0,
            elapsed_ms: 0,
            interesting: 0,
            findings: Vec::new(),
        };
        let mutator = Mutator::new(target, Xoshiro256PlusPlus::seed_from_u64(hasher.finish()));
        Self { target, mutator, pool: Vec::new(), seen: HashSet::new(), kinds: HashSet::new(), tally }
    }

    fn slice(&mut self, campaign: &Campaign<'_>) -> Result<(), CorpusError> {
        for _ in 0..SLICE_INPUTS {
            if campaign.until == Until::Inputs(self.tally.inputs) {
                break;
            }
            let input = self.mutator.next(&self.pool);
            self.tally.inputs += 1;
            match attempt(self.target, &input) {
                Ok(seen) if self.pool.len() < POOL_MAX && self.seen.insert(seen) => {
                    self.tally.interesting += 1;
                    self.pool.push(input);
                }
                Ok(_) => {}
                Err(broken) => self.find(campaign.corpus, &input, broken)?,
            }
        }
        Ok(())
    }

    /// What broke the target in a way of its own is made small, and kept.
    fn find(&mut self, corpus: &Corpus, input: &[u8], broken: Broken) -> Result<(), CorpusError> {
        if !self.kinds.insert(broken.kind()) || self.tally.findings.len() >= FINDINGS_MAX {
            return Ok(());
        }
        let input = minimise(self.target, input, &broken);
        let path = Some(corpus.keep(self.target.name, &input)?);
        self.tally.findings.push(Finding { broken, input, nth: Some(self.tally.inputs), path });
        Ok(())
    }
}

impl Finding {
    /// The finding for people, with the input on a line of its own.
    #[must_use]
    pub fn story(&self) -> String {
        let nth = self.nth.map_or("of the corpus".to_owned(), |nth| format!("number {nth}"));
        let path =
            self.path.as_ref().map(|path| format!("\n  kept as {}", path.display())).unwrap_or_default();
        format!("{}\n  by input {nth}: {}{path}", self.broken, escaped(&self.input))
    }
}
