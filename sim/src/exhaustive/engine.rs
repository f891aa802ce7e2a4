//! The engine that ships, in the middle of a cycle.
//!
//! The search goes on from one state in many ways, and a future cannot be copied. So an engine is what it was told
//! since its cycle began: to go on, a new one is told all that again, and then makes its next call. Between cycles it
//! is nothing at all, which is the same as a process that was just started.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use onepurse_sync::{Engine, Options, Parts, Progress, Silent, SyncError};

use super::{
    config::Setting,
    desk::Desk,
    words::{Call, PLATFORMS, Said},
};

/// For so long what is included is kept.
pub(super) const KEEP_MS: i64 = 30_000_000;

/// How an engine goes on.
#[derive(Debug, Clone)]
pub(super) enum Next {
    Asks(Call),
    Ends(Progress),
    Fails(String),
}

type Cycle = Pin<Box<dyn Future<Output = Result<Progress, SyncError>>>>;

/// An engine at work.
pub(super) struct Working {
    desk: Desk,
    cycle: Cycle,
}

impl Working {
    /// A new engine that begins a cycle, up to its first call.
    pub(super) fn begin(setting: &Setting, platform: usize, lingers: bool, now_ms: i64) -> (Self, Next) {
        let desk = Desk::new(platform, setting.names.clone(), now_ms);
        let parts = Parts {
            replica: Box::new(desk.clone()),
            ledger: Arc::new(desk.clone()),
            clock: Arc::new(desk.clone()),
            random: Arc::new(desk.clone()),
            observer: Arc::new(Silent),
        };
        let linger_ms = if lingers { i64::MAX } else { 0 };
        let mut engine =
            Engine::new(parts, Options { keep_ms: KEEP_MS, decision: None }).lingering(linger_ms);
        let mut working = Self { desk, cycle: Box::pin(async move { engine.cycle().await }) };
        let next = working.go_on();
        (working, next)
    }

    /// Tells it what it waits for; it goes on to its next call, or to its end.
    pub(super) fn hear(&mut self, said: Said, now_ms: i64) -> Next {
        self.desk.tell(said, now_ms);
        self.go_on()
    }

    fn go_on(&mut self) -> Next {
        match self.cycle.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(progress)) => Next::Ends(progress),
            Poll::Ready(Err(error)) => Next::Fails(error.to_string()),
            Poll::Pending => match self.desk.asked() {
                Some(call) => Next::Asks(call),
                None => Next::Fails("it waits for nothing".to_owned()),
            },
        }
    }
}

/// An answer, as an engine hears it.
pub(super) struct Heard {
    pub(super) said: Said,
    pub(super) now_ms: i64,
    /// The time at which a cycle begins that begins now.
    pub(super) began_ms: i64,
}

/// What an engine was told in its cycle, and how it goes on.
#[derive(Debug)]
pub(super) struct Transcript {
    /// When its cycle began.
    began_ms: i64,
    told: Vec<(Arc<Said>, i64)>,
    print: u64,
    pub(super) next: Next,
}

impl Transcript {
    pub(super) const fn print(&self) -> u64 {
        self.print
    }

    /// It does nothing now.
    pub(super) const fn is_idle(&self) -> bool {
        self.told.is_empty()
    }
}

/// All engines: what the one that ships does is a function of what it was told, and is asked once.
pub(super) struct Engines {
    setting: Setting,
    idle: Vec<Arc<Transcript>>,
    known: HashMap<u64, (Next, bool)>,
}

impl Engines {
    pub(super) fn new(setting: Setting) -> Self {
        let idle = (0..PLATFORMS).map(|platform| {
            let (_, next) = Working::begin(&setting, platform, setting.config.lingers, 0);
            Arc::new(Transcript { began_ms: 0, told: vec![], print: platform as u64, next })
        });
        Self { idle: idle.collect(), setting, known: HashMap::new() }
    }

    pub(super) fn idle(&self, platform: usize) -> Arc<Transcript> {
        self.idle[platform].clone()
    }

    /// The same engine after it was told this at this time; idle where its cycle is over. An idle one begins right
    /// before, at `began_ms`.
    pub(super) fn told(&mut self, platform: usize, engine: &Transcript, heard: Heard) -> Arc<Transcript> {
        let Heard { said, now_ms, began_ms } = heard;
        let began_ms = if engine.is_idle() { began_ms } else { engine.began_ms };
        let with_time = print(engine.print, &said, (began_ms, now_ms));
        let said = Arc::new(said);
        let (next, clock_was_read) = if let Some(known) = self.known.get(&with_time) {
            known.clone()
        } else {
            let mut working = self.again(platform, &engine.told, began_ms);
            let next = working.hear(Said::clone(&said), now_ms);
            let found = (next, working.desk.clock_was_read());
            self.known.insert(with_time, found.clone());
            found
        };
        if matches!(next, Next::Ends(_)) {
            return self.idle(platform);
        }
        // Whoever did not look at the clock does not know what time it was.
        let now_ms = if clock_was_read { now_ms } else { 0 };
        let mut told = engine.told.clone();
        let print = print(engine.print, &said, (began_ms, now_ms));
        told.push((said, now_ms));
        Arc::new(Transcript { began_ms, told, print, next })
    }

    /// An engine that was told all this.
    fn again(&self, platform: usize, told: &[(Arc<Said>, i64)], began_ms: i64) -> Working {
        let (mut working, _) = Working::begin(&self.setting, platform, self.setting.config.lingers, began_ms);
        for (said, now_ms) in told {
            working.hear(Said::clone(said), *now_ms);
        }
        working
    }
}

fn print(before: u64, said: &Said, times: (i64, i64)) -> u64 {
    let mut hasher = DefaultHasher::new();
    (before, said, times).hash(&mut hasher);
    hasher.finish()
}
