//! What is logged, handed over line by line to a program that has a log of its own.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{EnvFilter, Layer, layer::Context, layer::SubscriberExt, util::SubscriberInitExt};

/// Lines that nobody has fetched: the oldest go first.
const LINES_MAX: usize = 1_000;
/// What is logged where `RUST_LOG` says nothing else.
const QUIETEST: &str = "info,tokio_postgres=warn";

/// Lines that wait to be fetched.
#[derive(Debug, Clone, Default)]
pub struct Lines(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    lines: Mutex<VecDeque<(Level, String)>>,
    came: Condvar,
}

/// Has everything that is logged in this process wait there, from the first call on.
#[must_use]
pub fn listen() -> Lines {
    let lines = Lines::default();
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| !filter.is_empty());
    let filter = EnvFilter::builder().parse_lossy(wanted.as_deref().unwrap_or(QUIETEST));
    // A program that logs elsewhere already goes on with that.
    let _ = tracing_subscriber::registry().with(filter).with(lines.clone()).try_init();
    lines
}

impl Lines {
    /// Those that wait, or the next that comes within the time.
    #[must_use]
    pub fn fetch(&self, within: Duration) -> Vec<(Level, String)> {
        let lines = self.hold();
        let waited = self.0.came.wait_timeout_while(lines, within, |lines| lines.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.drain(..).collect()
    }

    fn hold(&self) -> MutexGuard<'_, VecDeque<(Level, String)>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let mut lines = self.hold();
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back((*event.metadata().level(), message.0));
        self.0.came.notify_all();
    }
}

/// The words of a line, which say everything to people.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // A String takes everything.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
