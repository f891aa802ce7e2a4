use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onepurse_core::{Order, Rejection};
use tokio::sync::oneshot;

use crate::{LedgerError, Orders, Receipt};

/// Orders that one commit takes at most. One caller's orders are never divided.
const ORDERS_MAX: usize = 10_000;

/// What became of one caller's orders.
pub(super) type Filled = Result<Vec<Result<Receipt, Rejection>>, LedgerError>;

/// Orders that wait for the writer. Whoever is served first takes the others' along.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<Vec<Asked>>>);

/// One caller's orders.
struct Asked {
    orders: Vec<Order>,
    answer: oneshot::Sender<Filled>,
}

impl Waiting {
    /// Orders that are done by the next call of [`Waiting::serve`].
    pub(super) fn add(&self, orders: Vec<Order>) -> oneshot::Receiver<Filled> {
        let (answer, answered) = oneshot::channel();
        self.hold().push(Asked { orders, answer });
        answered
    }

    /// Does what waits in one commit, if others have not done it by now. Each caller hears of its own orders; all of them of
    /// a failure.
    pub(super) async fn serve<L: Orders + ?Sized>(&self, ledger: &L) {
        let mut group = self.take();
        if group.is_empty() {
            return;
        }
        let counts: Vec<_> = group.iter().map(|asked| asked.orders.len()).collect();
        let orders = group.iter_mut().flat_map(|asked| asked.orders.drain(..)).collect();
        let mut filled = ledger.order(orders).await.map(Vec::into_iter);
        for (asked, count) in group.into_iter().zip(counts) {
            let own = match &mut filled {
                Ok(filled) => Ok(filled.take(count).collect()),
                Err(error) => Err(error.clone()),
            };
            // The caller may be gone.
            let _ = asked.answer.send(own);
        }
    }

    fn take(&self) -> Vec<Asked> {
        let mut waiting = self.hold();
        let mut count = 0;
        let fits = waiting.iter().take_while(|asked| {
            let is_first = count == 0;
            count += asked.orders.len();
            is_first || count <= ORDERS_MAX
        });
        let fits = fits.count();
        waiting.drain(..fits).collect()
    }

    fn hold(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
