//! The thread that has the sidecar: whatever is done with it is done there, in the order in which it was asked for.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use super::desk::Desk;

/// How long a call of the bot waits for the sidecar. What was asked for is done all the same, a little later.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long whoever drops the last of a wrapper waits for its threads.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

type Work = Box<dyn FnOnce(&mut Desk) + Send>;

/// The way to that thread, which ends when this is dropped and everything asked for is done.
#[derive(Debug)]
pub(super) struct Keeper {
    works: Sender<Work>,
    /// It has kept somebody waiting: until it has caught up, nobody waits.
    is_late: Arc<AtomicBool>,
}

impl Keeper {
    /// Where there can be no thread, everything that is asked for comes to nothing.
    pub(super) fn start(mut desk: Desk) -> (Self, Option<Running>) {
        let (works, todo) = mpsc::channel::<Work>();
        let thread = Running::start("onepurse sidecar", move || {
            for work in todo {
                work(&mut desk);
            }
            desk.close();
        });
        (Self { works, is_late: Arc::default() }, thread)
    }

    /// Has it done, and waits for nothing.
    pub(super) fn tell(&self, work: impl FnOnce(&mut Desk) + Send + 'static) {
        // Nobody is there where no thread could be started, which was said.
        let _ = self.works.send(Box::new(work));
    }

    /// Waits for the answer for as long as it takes: not for a bot's own thread.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> T + Send + 'static,
    ) -> Option<T> {
        self.asked(work).recv().ok()
    }

    /// Waits for the answer, unless it takes too long.
    pub(super) fn ask_soon<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> T + Send + 'static,
    ) -> Option<T> {
        let answer = self.asked(work);
        if self.is_late.load(Ordering::Relaxed) {
            return None;
        }
        let answer = answer.recv_timeout(PATIENCE).ok();
        if answer.is_none() {
            self.is_late.store(true, Ordering::Relaxed);
        }
        answer
    }

    fn asked<T: Send + 'static>(&self, work: impl FnOnce(&mut Desk) -> T + Send + 'static) -> Receiver<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        let is_late = Arc::clone(&self.is_late);
        self.tell(move |desk| {
            // Whoever asked may have gone on.
            let _ = answer.send(work(desk));
            is_late.store(false, Ordering::Relaxed);
        });
        answered
    }
}

/// A thread at work. Whoever lets go of it waits until it has ended, for a moment.
#[derive(Debug)]
pub(super) struct Running(Mutex<Receiver<()>>);

impl Running {
    pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Option<Self> {
        let (ends, ended) = mpsc::channel::<()>();
        let started = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _ends = ends;
            work();
        });
        match started {
            Ok(_) => Some(Self(Mutex::new(ended))),
            Err(error) => {
                tracing::error!(%error, "balance sync is off: there can be no thread for it");
                None
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It says nothing, and hangs up when it ends.
        let ended = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(STOPS_WITHIN);
    }
}
