//! Where an engine waits: before each call to storage or ledger, and before each answer. The scheduler alone decides
//! when it goes on, and what becomes of the call.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

/// What an engine is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Ask something of its replica.
    Replica(&'static str),
    /// Send a request to the ledger.
    Request(&'static str),
    /// Get the ledger's answer.
    Answer(&'static str),
    /// Begin another cycle.
    Rest,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It happens.
    Go,
    /// It is lost on its way.
    Lose,
    /// Its transaction is cut off after so many looks of the disk.
    Cut(i64),
    /// The process dies while it is done, after so many looks of the disk, or right after it.
    Die(i64),
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replica(call) => write!(f, "{call} on its replica"),
            Self::Request(call) => write!(f, "{call} sent to the ledger"),
            Self::Answer(call) => write!(f, "{call} answered"),
            Self::Rest => f.write_str("a cycle begins"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go => Ok(()),
            Self::Lose => f.write_str(", and lost"),
            Self::Cut(looks) => write!(f, ", cut off after {looks} looks if it takes so long"),
            Self::Die(looks) => write!(f, ", and the process dies after {looks} looks or at its end"),
        }
    }
}

#[derive(Default)]
struct State {
    waiting: Option<Point>,
    verdict: Option<Verdict>,
    /// The call that was made since the scheduler last asked.
    made: Option<Point>,
    /// What was sent or answered, in words.
    said: Option<String>,
    /// Its transaction was cut off.
    cut: bool,
}

/// One engine's gate.
#[derive(Default)]
pub struct Gate(Mutex<State>);

impl Gate {
    /// Waits for the scheduler's verdict.
    pub async fn wait(&self, point: Point) -> Verdict {
        self.state().waiting = Some(point);
        let mut asked = false;
        std::future::poll_fn(|_| {
            let mut state = self.state();
            let Some(verdict) = state.verdict.take().filter(|_| asked) else {
                asked = true;
                return Poll::Pending;
            };
            state.waiting = None;
            state.made = Some(point);
            Poll::Ready(verdict)
        })
        .await
    }

    /// What it waits for; `None` before it has begun and after it has ended.
    pub fn waiting(&self) -> Option<Point> {
        self.state().waiting
    }

    /// Decides; the engine hears of it when it is polled.
    pub fn decide(&self, verdict: Verdict) {
        self.state().verdict = Some(verdict);
    }

    /// Notes whether the call's transaction was cut off, as it was to be if it took so long.
    pub fn note_cut(&self, cut: bool) {
        self.state().cut = cut;
    }

    /// Notes what is sent, or what was answered.
    pub fn say(&self, what: String) {
        self.state().said = Some(what);
    }

    /// What was sent or answered since this was last asked.
    pub fn take_said(&self) -> Option<String> {
        self.state().said.take()
    }

    /// Whether the last call's transaction was cut off.
    pub fn take_cut(&self) -> bool {
        std::mem::take(&mut self.state().cut)
    }

    /// The call that was let through since this was last asked.
    pub fn take_made(&self) -> Option<Point> {
        self.state().made.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
