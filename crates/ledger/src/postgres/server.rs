use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use onepurse_core::{Clock, Random};
use onepurse_postgres::{Address, Begin, Client, Limits, connect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{append::Remembered, fault::Fault};

/// Connections that one ledger has open at most, besides those that watch it.
const CONNECTIONS: usize = 4;
/// Waiting for the head row is waiting for other programs' batches, each of which is short.
const WRITES: Limits =
    Limits { lock: Duration::from_secs(10), idle: Duration::from_secs(5), statement: Duration::from_mins(1) };
/// A read waits for nothing but for somebody who changes the tables themselves.
const READS: Limits =
    Limits { lock: Duration::from_secs(2), idle: Duration::from_secs(5), statement: Duration::from_mins(1) };
/// An audit reads everything.
const AUDITS: Limits = Limits { statement: Duration::ZERO, ..READS };
/// Durable before it is answered, whatever the database's own setting is; a stronger one stays.
const DURABLE: &str = "SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
    WHERE pg_catalog.current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";
/// How often a transaction that was in another's way is tried again.
const TRIES: u32 = 10;
/// The longest pause before the second try; it doubles each time.
const PAUSE_MS: u64 = 4;

/// The server, as the ledger's calls use it.
pub(super) struct Server {
    pub(super) address: Address,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// The head that was last heard of.
    pub(super) heads: watch::Sender<u64>,
    idle: Mutex<Vec<Client>>,
    free: Arc<Semaphore>,
    /// What batches are entered by.
    pub(super) remembered: Remembered,
    /// Calls of this program wait for each other here rather than for the head row, with a connection each.
    writing: tokio::sync::Mutex<()>,
}

/// A connection in a transaction. When it is dropped before it has come to its end the connection is closed: whatever
/// went wrong, nobody has to know what state it is in.
pub(super) struct Session<'s> {
    pub(super) client: Client,
    server: &'s Server,
    _free: OwnedSemaphorePermit,
}

impl Server {
    pub(super) fn new(address: Address, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            address,
            clock,
            random,
            heads: watch::Sender::new(0),
            idle: Mutex::new(vec![]),
            free: Arc::new(Semaphore::new(CONNECTIONS)),
            remembered: Remembered::nothing(),
            writing: tokio::sync::Mutex::new(()),
        }
    }

    /// A connection, not in a transaction yet.
    pub(super) async fn session(&self) -> Result<Session<'_>, Fault> {
        let closed = |_| Fault::Damaged("the connections are closed".to_owned());
        let free = Arc::clone(&self.free).acquire_owned().await.map_err(closed)?;
        let client = match self.take_idle() {
            Some(client) => client,
            None => connect(&self.address).await?,
        };
        Ok(Session { client, server: self, _free: free })
    }

    fn take_idle(&self) -> Option<Client> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|client| !client.is_closed());
        idle.pop()
    }

    /// A snapshot to read from.
    pub(super) async fn read(&self) -> Result<Session<'_>, Fault> {
        self.begin(begin_look()).await
    }

    /// A snapshot to read for as long as it takes.
    pub(super) async fn read_all(&self) -> Result<Session<'_>, Fault> {
        self.begin(Begin::Read.statements(&AUDITS)).await
    }

    async fn begin(&self, statements: String) -> Result<Session<'_>, Fault> {
        let session = self.session().await?;
        session.client.batch_execute(&statements).await?;
        Ok(session)
    }

    /// Does `work`, which is one transaction, one call after the other; again while it was in another program's way.
    pub(super) async fn write<T, F>(&self, work: impl Fn() -> F + Send + Sync) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let _writing = self.writing.lock().await;
        for longest in (0..TRIES).map(|tried| PAUSE_MS << tried) {
            match Box::pin(work()).await {
                Err(fault) if fault.is_conflict() => tokio::time::sleep(self.jitter(longest)).await,
                done => return done,
            }
        }
        Box::pin(work()).await
    }

    fn jitter(&self, longest_ms: u64) -> Duration {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        Duration::from_millis(u64::from_le_bytes(bytes) % longest_ms)
    }

    /// The log ends here now.
    pub(super) fn tell(&self, seq: i64) {
        let seq = seq.cast_unsigned();
        self.heads.send_if_modified(|told| mem::replace(told, seq) != seq);
    }
}

/// What begins a transaction that writes.
pub(super) fn begin_write() -> String {
    format!("{}; {DURABLE}", Begin::Write.statements(&WRITES))
}

/// What begins a transaction that is one call of our function, which sets the rest itself.
pub(super) const BEGIN_AT_ONCE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// How long such a call waits for a lock, and what it locks for its client, at most.
pub(super) fn write_limits_ms() -> [i64; 2] {
    [WRITES.lock, WRITES.idle].map(|limit| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))
}

/// What begins a transaction that looks at one snapshot.
pub(super) fn begin_look() -> String {
    Begin::Read.statements(&READS)
}

impl Session<'_> {
    /// Ends the transaction: what it wrote is durable.
    pub(super) async fn commit(self) -> Result<(), Fault> {
        self.client.batch_execute("COMMIT").await?;
        self.keep();
        Ok(())
    }

    /// Ends the transaction as if it had not been.
    pub(super) async fn undo(self) -> Result<(), Fault> {
        self.client.batch_execute("ROLLBACK").await?;
        self.keep();
        Ok(())
    }

    /// The connection is not in a transaction: another call may use it.
    pub(super) fn keep(self) {
        self.server.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.client);
    }
}
