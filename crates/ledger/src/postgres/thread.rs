use std::io;

use tokio::runtime;

use super::fault::Fault;

/// The thread that serves the connections.
pub(super) struct Thread(Option<runtime::Runtime>);

impl Thread {
    pub(super) fn start() -> io::Result<Self> {
        let mut builder = runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("ledger-postgres").enable_all();
        builder.build().map(|runtime| Self(Some(runtime)))
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, io::Error> {
        let ended = || io::Error::other("its thread has ended");
        let runtime = self.0.as_ref().ok_or_else(ended)?;
        runtime.spawn(work).await.map_err(io::Error::other)
    }

    /// Starts what nobody waits for.
    pub(super) fn leave(&self, work: impl Future<Output = Result<(), Fault>> + Send + 'static) {
        let Some(runtime) = &self.0 else { return };
        runtime.spawn(async move {
            if let Err(fault) = work.await {
                tracing::debug!(%fault, "a hint was not sent");
            }
        });
    }
}

impl Drop for Thread {
    /// Also where blocking is not allowed: nobody waits for what is left.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
