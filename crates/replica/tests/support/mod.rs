pub(crate) mod fixture;
pub(crate) mod ledger;
pub(crate) mod mariadb;
pub(crate) mod postgres;
pub(crate) mod world;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
};

use onepurse_core::{AssetName, ExternalId, Random};
use tokio::runtime::{Builder, EnterGuard, Runtime};

/// Bytes that never repeat.
pub(crate) struct Counting(pub(crate) AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (at, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = next[7 - at % 8];
        }
    }
}

/// Connections live on between calls, so there is one runtime for all of them.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// Sets it when it goes, also where the test fails: who waits for it ends.
pub(crate) struct Over<'a>(pub(crate) &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// Drives a call until it has waited so many times, and drops it there: as a program that is killed.
pub(crate) fn cut<T>(call: impl Future<Output = T>, waits: usize) -> Option<T> {
    let mut left = waits;
    wait(async {
        let mut call = pin!(call);
        poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        })
        .await
    })
}

/// Tasks are begun in the runtime as long as this lives.
pub(crate) fn enter() -> EnterGuard<'static> {
    RUNTIME.enter()
}

pub(crate) fn coins() -> AssetName {
    AssetName::default()
}

pub(crate) fn who(id: &str) -> ExternalId {
    id.parse().unwrap()
}
