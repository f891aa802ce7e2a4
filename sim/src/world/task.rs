//! The programs that run: engines as they are in `onepurse run`, and verbs that operators type.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use onepurse_core::ExternalId;
use onepurse_replica::{Decision, Replica, SqliteReplica};
use onepurse_sync::{Engine, Options, Parts, Progress, Silent, SyncError, operate};

use super::{Process, World, build::planted};
use crate::{
    bugs::BuggyReplica,
    gate::{Gate, Point},
    gated_ledger::GatedLedger,
    gated_replica::{GatedReplica, next_part},
};

/// How long what is included is kept.
pub(super) const KEEP_MS: i64 = 30 * 86_400_000;
/// How long an engine lets its own news wait.
const LINGER_MS: i64 = 200;

/// How many rows are opened in one transaction: few, so that there is something to be stopped between.
const OPENED_AT_ONCE: usize = 2;

/// What a task is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `run`: keeps a platform in step, for ever.
    Run,
    /// `detach`.
    Detach,
    /// `resume`.
    Resume(Decision),
    /// The half of `forget` that is about the platform's database.
    Forget(ExternalId),
}

/// How a cycle ended last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Last {
    #[default]
    Nothing,
    InStep,
    Lingering,
    Again,
    Paused,
    Failed(String),
    /// The verb is through; whether it did what it was for.
    Ended(bool),
}

/// One program's work on one platform.
pub(super) struct Task {
    pub(super) platform: usize,
    pub(super) kind: Kind,
    pub(super) gate: Arc<Gate>,
    last: Arc<Mutex<Last>>,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

impl Task {
    /// Lets it go on to where it waits next; true when it has ended.
    pub(super) fn poll(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        matches!(self.future.as_mut().poll(&mut context), Poll::Ready(()))
    }

    pub(super) fn last(&self) -> Last {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It is between two cycles.
    pub(super) fn is_resting(&self) -> bool {
        self.gate.waiting() == Some(Point::Rest)
    }
}

impl World {
    /// Starts a program's work on a platform.
    pub(super) fn start(&self, process: &Process, platform: usize, kind: Kind) -> Option<Task> {
        let gate = Arc::new(Gate::default());
        let engine = self.engine(process, platform, &gate)?;
        let last = Arc::new(Mutex::new(Last::default()));
        let (inner_gate, inner_last) = (gate.clone(), last.clone());
        let set = move |now: Last| *inner_last.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let future: Pin<Box<dyn Future<Output = ()>>> = match kind.clone() {
            Kind::Run => Box::pin(run(engine, inner_gate, set)),
            Kind::Detach => Box::pin(async move { set(Last::Ended(detach(engine, &inner_gate).await)) }),
            Kind::Forget(external) => {
                Box::pin(async move { set(Last::Ended(forget(engine, &inner_gate, &external).await)) })
            }
            Kind::Resume(decision) => Box::pin(async move {
                let mut engine = engine;
                set(Last::Ended(operate::resume(&mut engine, decision).await.is_ok()));
            }),
        };
        let mut task = Task { platform, kind, gate, last, future };
        task.poll();
        Some(task)
    }

    fn engine(&self, process: &Process, platform: usize, gate: &Arc<Gate>) -> Option<Engine> {
        let home = &self.platforms[platform];
        let name = home.name.parse().ok()?;
        let machine = home.machine.clone();
        let mappings = home.shape.mappings(self.scale);
        let (between, disk) = (gate.clone(), machine.disk.clone());
        let replica = SqliteReplica::new(name, &home.path, mappings, process.machine.bytes.clone())
            .on_connect(move |db| machine.connect(db))
            .opening(OPENED_AT_ONCE, move || Box::pin(next_part("attach", between.clone(), disk.clone())));
        let replica = self.planted(Box::new(replica), platform, gate);
        let parts = Parts {
            replica: Box::new(GatedReplica { replica, disk: home.machine.disk.clone(), gate: gate.clone() }),
            ledger: Arc::new(GatedLedger {
                ledger: planted(process.ledger.clone()?, &self.plant, &process.machine),
                disk: process.machine.disk.clone(),
                gate: gate.clone(),
                copies: self.copies.clone(),
            }),
            clock: process.machine.clock.clone(),
            random: process.machine.bytes.clone(),
            observer: Arc::new(Silent),
        };
        let options = Options { keep_ms: KEEP_MS, decision: home.decision };
        Some(Engine::new(parts, options).lingering(LINGER_MS).limited(self.limits))
    }
}

impl World {
    /// A replica, with the world's bug around it if it has one.
    fn planted(&self, replica: Box<dyn Replica>, platform: usize, gate: &Arc<Gate>) -> Box<dyn Replica> {
        if self.plant.bug.is_none() {
            return replica;
        }
        let (home, gate) = (&self.platforms[platform], gate.clone());
        let (path, machine, plant) = (home.path.clone(), home.machine.clone(), self.plant.clone());
        let (shape, scale) = (home.shape, self.scale);
        Box::new(BuggyReplica { replica, path, machine, gate, plant, shape, scale })
    }
}

async fn run(mut engine: Engine, gate: Arc<Gate>, set: impl Fn(Last)) {
    loop {
        let end = engine.cycle().await;
        set(Last::of(end));
        gate.wait(Point::Rest).await;
    }
}

impl Last {
    fn of(end: Result<Progress, SyncError>) -> Self {
        match end {
            Ok(Progress::InStep) => Self::InStep,
            Ok(Progress::Lingering) => Self::Lingering,
            Ok(Progress::Again) => Self::Again,
            Ok(Progress::Paused(_)) => Self::Paused,
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

/// As the verb does it: everything is sent first. Where it fails, whoever wants it tries again.
async fn detach(mut engine: Engine, gate: &Gate) -> bool {
    let rest = async || {
        gate.wait(Point::Rest).await;
    };
    for _ in 0..10 {
        match operate::settle_down(&mut engine, rest).await {
            Ok(Progress::InStep) => {}
            Ok(Progress::Paused(_)) => return false,
            _ => {
                rest().await;
                continue;
            }
        }
        if matches!(operate::detach(&mut engine, false).await, Ok(true)) {
            return true;
        }
    }
    false
}

/// As the verb does it: whoever is in step is asked.
async fn forget(mut engine: Engine, gate: &Gate, external: &ExternalId) -> bool {
    let rest = async || {
        gate.wait(Point::Rest).await;
    };
    matches!(operate::settle_down(&mut engine, rest).await, Ok(Progress::InStep))
        && onepurse_sync::forget(&mut engine, external).await.is_ok()
}

/// The answer of something that never waits.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}
