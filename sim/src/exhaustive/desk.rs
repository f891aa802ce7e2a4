//! Where an engine of this world sits: it asks, and waits until it is told.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use onepurse_core::{Clock, Random};

use super::{
    names::{FRESH, Names},
    words::{Call, Said},
};

/// What the engine sees of the world, in each of its roles.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) platform: usize,
    pub(super) names: Arc<Names>,
    inbox: Arc<Mutex<Inbox>>,
}

#[derive(Default)]
struct Inbox {
    asked: Option<Call>,
    said: Option<Said>,
    now_ms: i64,
    clock_was_read: bool,
}

impl Desk {
    pub(super) fn new(platform: usize, names: Arc<Names>, now_ms: i64) -> Self {
        let inbox = Inbox { now_ms, ..Inbox::default() };
        Self { platform, names, inbox: Arc::new(Mutex::new(inbox)) }
    }

    /// Nobody panics while holding it.
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and gets the answer once there is one.
    pub(super) async fn question(&self, call: Call) -> Said {
        self.inbox().asked = Some(call);
        poll_fn(|_| match self.inbox().said.take() {
            Some(said) => Poll::Ready(said),
            None => Poll::Pending,
        })
        .await
    }

    /// Lays an answer down, and the time at which it came.
    pub(super) fn tell(&self, said: Said, now_ms: i64) {
        *self.inbox() = Inbox { asked: None, said: Some(said), now_ms, clock_was_read: false };
    }

    /// What was asked since.
    pub(super) fn asked(&self) -> Option<Call> {
        self.inbox().asked.take()
    }

    /// Whether the time was looked at since the last answer.
    pub(super) fn clock_was_read(&self) -> bool {
        self.inbox().clock_was_read
    }
}

/// The time stands still between two answers.
impl Clock for Desk {
    fn now_ms(&self) -> i64 {
        let mut inbox = self.inbox();
        inbox.clock_was_read = true;
        inbox.now_ms
    }
}

/// Only for the id of a new replica.
impl Random for Desk {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(FRESH);
    }
}
