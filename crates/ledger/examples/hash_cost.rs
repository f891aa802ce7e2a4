//! What the hash chain costs of an event that is appended to a ledger in an SQLite file: docs/performance.md has figures.
//!
//! The entries of each batch are read back and chained again right after it was appended, as often as takes about as long:
//! so whatever else the machine does weighs on both alike. It is the very same work: the hashes have to come out as they
//! are in the log.

use std::{
    error::Error,
    hint::black_box,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use onepurse_core::{Amount, Asset, AssetName, Clock, Event, EventKey, EventKind, Identity, Random, Scale};
use onepurse_ledger::{Ledger, Open, Records, SqliteLedger};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// People whom the ledger knows before anything is measured.
const PEOPLE: u32 = 10_000;
/// Events of a batch.
const BATCH: u32 = 1_000;
/// Batches of a round, with a reason and as many without.
const BATCHES: usize = 40;
const ROUNDS: usize = 5;
/// So often a batch is chained again: once would be over before anything else gets its turn, as an append is not.
const AGAIN: u32 = 50;
/// Why, as a bot might say it: 40 characters.
const REASON: &str = "won the quiz of this evening, third time";

/// Each look at it is a millisecond later.
struct StepClock(AtomicI64);

impl Clock for StepClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// The same each time.
struct SeededRandom(Mutex<StdRng>);

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// What a batch took.
#[derive(Clone, Copy)]
struct Cost {
    append: Duration,
    hash: Duration,
}

impl Cost {
    /// The one in the middle.
    fn median(costs: &[Self]) -> Self {
        Self::ranked(costs, costs.len() / 2)
    }

    /// The quickest: what was disturbed least.
    fn least(costs: &[Self]) -> Self {
        Self::ranked(costs, 0)
    }

    /// Each of the two by itself: a batch that waited for the disk says nothing of hashing.
    fn ranked(costs: &[Self], rank: usize) -> Self {
        let at_rank = |of: fn(&Self) -> Duration| {
            let mut all: Vec<_> = costs.iter().map(of).collect();
            all.sort_unstable();
            all[rank]
        };
        Self { append: at_rank(|cost| cost.append), hash: at_rank(|cost| cost.hash) }
    }

    fn tell(self, what: &str) {
        let (append, hash) = ((self.append / BATCH).as_nanos(), (self.hash / BATCH).as_nanos());
        let percent = 100.0 * self.hash.div_duration_f64(self.append);
        println!("{what:<26}  append {append:>6} ns an event  hash {hash:>5} ns  {percent:>5.2} %");
    }
}

/// Runs `work` and says how long it took.
#[expect(clippy::disallowed_methods, reason = "a measurement is of real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// What bots send, and the ledger that takes it.
struct Scene {
    ledger: SqliteLedger,
    runtime: tokio::runtime::Runtime,
    dice: StdRng,
    now_ms: i64,
}

impl Scene {
    fn event(&mut self, person: u32, kind: EventKind, reason: Option<&str>) -> Result<Event, Box<dyn Error>> {
        self.now_ms += 1;
        Ok(Event {
            key: EventKey::captured(self.now_ms, self.dice.random()),
            identity: format!("telegram:{}", 700_000_000 + person).parse::<Identity>()?,
            asset: AssetName::default(),
            delta: Amount::new(self.dice.random_range(1..=100)),
            kind,
            captured_ms: self.now_ms,
            reason: reason.map(ToOwned::to_owned),
        })
    }

    /// Everybody was seen once: a first sight costs more, and comes once.
    fn seen(&mut self) -> Result<(), Box<dyn Error>> {
        let coins = Asset::new(AssetName::default(), Scale::WHOLE);
        self.runtime.block_on(self.ledger.declare(vec![coins]))?;
        let events = (0..PEOPLE).map(|person| self.event(person, EventKind::Change, None));
        let events = events.collect::<Result<_, _>>()?;
        self.runtime.block_on(self.ledger.append(events))?;
        Ok(())
    }

    /// Appends a batch, and chains its entries again.
    fn batch(&mut self, reason: Option<&str>) -> Result<Cost, Box<dyn Error>> {
        let events = (0..BATCH).map(|_| {
            let person = self.dice.random_range(0..PEOPLE);
            self.event(person, EventKind::Change, reason)
        });
        let events = events.collect::<Result<_, _>>()?;
        let head = self.runtime.block_on(self.ledger.head())?;
        let (outcomes, append) = timed(|| self.runtime.block_on(self.ledger.append(events)));
        outcomes?;
        let entries = self.runtime.block_on(self.ledger.log(head.seq, BATCH))?;
        let chain = || entries.iter().fold(black_box(head.hash), |before, entry| entry.chained(before));
        let (last, hash) = timed(|| (1..AGAIN).fold(chain(), |_, _| black_box(chain())));
        let is_whole = u32::try_from(entries.len())? == BATCH;
        if !is_whole || entries.last().is_none_or(|entry| entry.hash != last) {
            return Err("what was chained is not what the log has".into());
        }
        Ok(Cost { append, hash: hash / AGAIN })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(StepClock(AtomicI64::new(1_795_416_720_000)));
    let random = Arc::new(SeededRandom(Mutex::new(StdRng::seed_from_u64(1))));
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), Open::Create, clock, random)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let dice = StdRng::seed_from_u64(2);
    let mut scene = Scene { ledger, runtime, dice, now_ms: 1_795_416_720_000 };
    scene.seen()?;
    let (mut plain, mut reasoned) = (vec![], vec![]);
    for round in 1..=ROUNDS {
        let (mut without, mut with) = (vec![], vec![]);
        for _ in 0..BATCHES {
            without.push(scene.batch(None)?);
            with.push(scene.batch(Some(REASON))?);
        }
        Cost::median(&without).tell(&format!("{round}, without a reason"));
        Cost::median(&with).tell(&format!("{round}, 40 characters"));
        plain.append(&mut without);
        reasoned.append(&mut with);
    }
    for (what, costs) in [("without a reason", &plain), ("40 characters", &reasoned)] {
        Cost::median(costs).tell(&format!("median, {what}"));
        Cost::least(costs).tell(&format!("quickest, {what}"));
    }
    Ok(())
}
