//! Callers that come at the same time share a commit.

use std::{collections::VecDeque, io, pin::Pin, sync::Arc, thread};

use async_trait::async_trait;
use onepurse_core::{
    Answer, Asset, AssetName, Balance, Cursor, Entry, Event, Identity, LedgerId, Platform, PurseId, Question,
};
use tokio::{
    runtime,
    sync::{mpsc, oneshot, watch},
};

use crate::{
    Audit, EntryFilter, Ledger, LedgerError, Link, Outcome, Purse, Quarantined, Rank, Records, Registration,
};

/// Events that one commit takes at most. One caller's events are never divided.
const EVENTS_MAX: usize = 10_000;

/// A ledger whose callers share commits: while one transaction is under way, those who come wait together and are
/// entered by the next.
///
/// The inner ledger works on two threads of its own, one for what writes and one for what reads, so that a ledger
/// which blocks never blocks the caller's runtime. Both end when this is dropped.
pub struct GroupCommit<L: Ledger + ?Sized> {
    inner: Arc<L>,
    writer: Worker,
    reader: Worker,
}

impl<L: Ledger + ?Sized + 'static> GroupCommit<L> {
    /// Starts the two threads. An error is the operating system's, which has no thread to give.
    pub fn new(inner: Arc<L>) -> io::Result<Self> {
        let appending = Arc::clone(&inner);
        let append = move |events| {
            let inner = Arc::clone(&appending);
            Box::pin(async move { inner.append(events).await }) as Appending
        };
        Ok(Self {
            inner,
            writer: Worker::start("ledger-write", append.clone())?,
            reader: Worker::start("ledger-read", append)?,
        })
    }
}

type Appending = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, LedgerError>> + Send>>;
type Answered = oneshot::Sender<Result<Vec<Outcome>, LedgerError>>;

/// What a thread is asked to do.
enum Task {
    /// Enter these, together with others.
    Append(Vec<Event>, Answered),
    /// Anything else.
    Other(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// A thread that does tasks in the order in which they come.
struct Worker {
    tasks: Option<mpsc::UnboundedSender<Task>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Worker {
    fn start(name: &str, append: impl Fn(Vec<Event>) -> Appending + Send + 'static) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (tasks, waiting) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(work(waiting, append)))?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Does `work` on this thread. It is done also when the caller stops waiting for it.
    async fn run<T: Send + 'static>(
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
        let ended = || LedgerError::Unavailable {
            place: "behind the group commit".to_owned(),
            source: Arc::new(io::Error::other("its thread has ended")),
        };
        let sent = self.tasks.as_ref().is_some_and(|tasks| tasks.send(task).is_ok());
        if !sent {
            return Err(ended());
        }
        answered.await.map_err(|_| ended())?
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

async fn work(mut tasks: mpsc::UnboundedReceiver<Task>, append: impl Fn(Vec<Event>) -> Appending) {
    let mut next = VecDeque::new();
    while let Some(task) = match next.pop_front() {
        Some(task) => Some(task),
        None => tasks.recv().await,
    } {
        match task {
            Task::Other(other) => other.await,
            Task::Append(events, answer) => {
                let mut group = Group::of(events, answer);
                while group.events.len() < EVENTS_MAX {
                    match tasks.try_recv() {
                        Ok(Task::Append(events, answer)) => group.add(events, answer),
                        Ok(other) => {
                            next.push_back(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                group.commit(&append).await;
            }
        }
    }
}

/// Appends that wait for the same commit.
struct Group {
    events: Vec<Event>,
    callers: Vec<(usize, Answered)>,
}

impl Group {
    fn of(events: Vec<Event>, answer: Answered) -> Self {
        Self { callers: vec![(events.len(), answer)], events }
    }

    fn add(&mut self, events: Vec<Event>, answer: Answered) {
        self.callers.push((events.len(), answer));
        self.events.extend(events);
    }

    /// Each caller hears of its own events; all of them of a failure.
    async fn commit(self, append: &impl Fn(Vec<Event>) -> Appending) {
        let mut outcomes = append(self.events).await.map(Vec::into_iter);
        for (count, answer) in self.callers {
            let own = match &mut outcomes {
                Ok(outcomes) => Ok(outcomes.take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            // The caller may be gone.
            let _ = answer.send(own);
        }
    }
}

/// Passes a call through to the inner ledger on one of the two threads.
macro_rules! pass {
    ($self:ident.$thread:ident, $method:ident($($argument:ident),*)) => {{
        let inner = Arc::clone(&$self.inner);
        $self.$thread.run(async move { inner.$method($($argument),*).await }).await
    }};
}

#[async_trait]
impl<L: Ledger + ?Sized + 'static> Ledger for GroupCommit<L> {
    async fn id(&self) -> Result<LedgerId, LedgerError> {
        pass!(self.reader, id())
    }

    async fn head(&self) -> Result<Cursor, LedgerError> {
        pass!(self.reader, head())
    }

    async fn append(&self, events: Vec<Event>) -> Result<Vec<Outcome>, LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.writer.ask(Task::Append(events, answer), answered).await
    }

    async fn pull(&self, question: Question) -> Result<Answer, LedgerError> {
        pass!(self.reader, pull(question))
    }

    async fn link(&self, link: Link) -> Result<Cursor, LedgerError> {
        pass!(self.writer, link(link))
    }

    async fn declare(&self, assets: Vec<Asset>) -> Result<(), LedgerError> {
        pass!(self.writer, declare(assets))
    }

    async fn registration(&self, platform: Platform) -> Result<Option<Registration>, LedgerError> {
        pass!(self.reader, registration(platform))
    }

    async fn register(&self, registration: Registration) -> Result<(), LedgerError> {
        pass!(self.writer, register(registration))
    }

    fn hints(&self) -> watch::Receiver<u64> {
        self.inner.hints()
    }
}

#[async_trait]
impl<L: Ledger + Records + ?Sized + 'static> Records for GroupCommit<L> {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        pass!(self.reader, purse_of(identity))
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        pass!(self.reader, purse(id))
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        pass!(self.reader, entries(filter))
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        pass!(self.reader, captured_with(platform, captured_ms))
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        pass!(self.reader, entry_after(seq))
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        pass!(self.reader, leaderboard(asset, offset, limit))
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        pass!(self.reader, assets())
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        pass!(self.reader, quarantined(platform))
    }

    async fn audit(&self) -> Result<Audit, LedgerError> {
        pass!(self.reader, audit())
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        pass!(self.reader, balances_at(platform, at))
    }
}
