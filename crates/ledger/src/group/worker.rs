use std::{io, pin::Pin, sync::Arc, thread};

use onepurse_core::Event;
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};

use crate::{Ledger, LedgerError, Outcome};

/// Events that one commit takes at most. One caller's events are never divided.
const EVENTS_MAX: usize = 10_000;

/// A thread that does what it is asked in the order in which it is asked.
pub(super) struct Worker {
    tasks: Option<mpsc::UnboundedSender<Task>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Something to be done on the thread.
type Errand = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Task {
    /// Enter these, together with others.
    Append(Append),
    /// Anything else.
    Other(Errand),
}

/// One caller's events.
struct Append {
    events: Vec<Event>,
    answer: oneshot::Sender<Result<Vec<Outcome>, LedgerError>>,
}

impl Worker {
    pub(super) fn start<L: Ledger + ?Sized + 'static>(name: &str, ledger: Arc<L>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (tasks, asked) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(work(asked, &*ledger)))?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Appends together with whoever else waits to. It is done also when the caller stops waiting for it.
    pub(super) async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Task::Append(Append { events, answer }), answered).await
    }

    /// Does `work` on this thread. It is done also when the caller stops waiting for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, answered) = oneshot::channel();
        let task = Task::Other(Box::pin(async move {
            // The caller may be gone.
            let _ = answer.send(work.await);
        }));
        self.ask(task, answered).await
    }

    async fn ask<T>(
        &self,
        task: Task,
        answered: oneshot::Receiver<Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        match &self.tasks {
            Some(tasks) if tasks.send(task).is_ok() => answered.await.map_err(|_| Self::ended())?,
            _ => Err(Self::ended()),
        }
    }

    pub(super) fn ended() -> LedgerError {
        LedgerError::Unavailable {
            place: "behind the group commit".to_owned(),
            source: Arc::new(io::Error::other("its thread has ended")),
        }
    }
}

impl Drop for Worker {
    /// What was asked is done first.
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread of the ledger ended in a panic");
        }
    }
}

async fn work<L: Ledger + ?Sized>(mut asked: mpsc::UnboundedReceiver<Task>, ledger: &L) {
    while let Some(task) = asked.recv().await {
        match task {
            Task::Other(other) => other.await,
            Task::Append(first) => {
                let (group, next) = gather(first, &mut asked);
                commit(group, ledger).await;
                if let Some(next) = next {
                    next.await;
                }
            }
        }
    }
}

/// Everyone who waits to append, up to the first who waits for something else.
fn gather(first: Append, asked: &mut mpsc::UnboundedReceiver<Task>) -> (Vec<Append>, Option<Errand>) {
    let mut count = first.events.len();
    let mut group = vec![first];
    while count < EVENTS_MAX {
        match asked.try_recv() {
            Ok(Task::Append(append)) => {
                count += append.events.len();
                group.push(append);
            }
            Ok(Task::Other(other)) => return (group, Some(other)),
            Err(_) => break,
        }
    }
    (group, None)
}

/// Each caller hears of its own events; all of them of a failure.
async fn commit<L: Ledger + ?Sized>(mut group: Vec<Append>, ledger: &L) {
    let counts: Vec<_> = group.iter().map(|append| append.events.len()).collect();
    let events = group.iter_mut().flat_map(|append| append.events.drain(..)).collect();
    let mut outcomes = ledger.append(events).await.map(Vec::into_iter);
    for (append, count) in group.into_iter().zip(counts) {
        let own = match &mut outcomes {
            Ok(outcomes) => Ok(outcomes.take(count).collect()),
            Err(error) => Err(error.clone()),
        };
        // The caller may be gone.
        let _ = append.answer.send(own);
    }
}
