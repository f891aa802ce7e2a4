//! Against a real server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod tls;
mod watch;

/// Runs a future to its end on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
