pub(crate) mod fixture;
pub(crate) mod ledger;
pub(crate) mod world;

use std::{
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};

use onepurse_core::{AssetName, ExternalId, Random};

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

/// Runs a future that never waits.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a replica waits for nothing"),
    }
}

pub(crate) fn coins() -> AssetName {
    AssetName::default()
}

pub(crate) fn who(id: &str) -> ExternalId {
    id.parse().unwrap()
}
