//! What a group commit adds: callers that come together share a transaction, and its failure; nobody's runtime waits.

use std::{collections::BTreeSet, fs, sync::Arc};

use onepurse_core::Movement;
use onepurse_ledger::{
    EntryFilter, GroupCommit, Ledger, LedgerError, Orders, Outcome, Records, SqliteLedger,
};
use tokio::task::{JoinSet, yield_now};

use crate::{
    contract::{Fixture, Sqlite},
    support::*,
};

const CALLERS: u64 = 40;

fn grouped() -> (Sqlite, Arc<GroupCommit<SqliteLedger>>) {
    let (place, inner) = Sqlite::start();
    (place, Arc::new(GroupCommit::new(inner).unwrap()))
}

/// Callers of two events each, all of whom have asked when this returns.
async fn ask(ledger: &Arc<GroupCommit<SqliteLedger>>) -> JoinSet<(u64, Result<Vec<Outcome>, LedgerError>)> {
    let mut callers = JoinSet::new();
    for n in 0..CALLERS {
        let ledger = Arc::clone(ledger);
        let events = vec![change(2 * n + 1, "telegram:1", 1), change(2 * n + 2, "telegram:1", 1)];
        callers.spawn(async move { (n, ledger.append(events).await) });
    }
    // Tasks of this runtime run when this one yields, each as far as it can.
    yield_now().await;
    callers
}

#[test]
fn callers_that_come_together_share_a_commit() {
    let (place, ledger) = grouped();
    let answers = wait(async {
        let other = place.by_hand();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let callers = ask(&ledger).await;
        other.execute_batch("ROLLBACK").unwrap();
        callers.join_all().await
    });
    for (n, outcomes) in answers {
        let seq = i64::try_from(2 * n + 1).unwrap();
        let own = [Outcome::Entered { seq }, Outcome::Entered { seq: seq + 1 }];
        assert_eq!(outcomes.unwrap(), own, "first come, first entered, each told of its own");
    }
    // The clock steps at each look, and a commit looks once.
    let all = EntryFilter { limit: 1000, ..EntryFilter::default() };
    let commits: BTreeSet<_> =
        wait(ledger.entries(all)).unwrap().into_iter().map(|entry| entry.at_ms).collect();
    assert!(commits.len() <= 2, "one under way, one for all who came meanwhile: {commits:?}");
    ledger.assert_sound();
}

#[test]
fn orders_that_come_together_share_a_commit() {
    let (place, ledger) = grouped();
    let receipts = wait(async {
        let other = place.by_hand();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut callers = JoinSet::new();
        for n in 0..CALLERS {
            let ledger = Arc::clone(&ledger);
            let quantity = quantity(i64::try_from(n + 1).unwrap());
            let earn = Movement::Earn { to: identity("telegram:1"), asset: asset("coins"), quantity };
            callers.spawn(async move { (n, ledger.order(vec![order(n, earn)]).await.unwrap().remove(0)) });
        }
        yield_now().await;
        other.execute_batch("ROLLBACK").unwrap();
        callers.join_all().await
    });
    let all = EntryFilter { limit: 1000, ..EntryFilter::default() };
    let entries = wait(ledger.entries(all)).unwrap();
    for (n, receipt) in receipts {
        let seq = *receipt.unwrap().entries.start();
        let own = entries.iter().find(|entry| entry.seq == seq).unwrap();
        assert_eq!(own.delta.units(), i64::try_from(n + 1).unwrap(), "each is told of its own");
    }
    let commits: BTreeSet<_> = entries.into_iter().map(|entry| entry.at_ms).collect();
    assert!(commits.len() <= 2, "one under way, one for all who came meanwhile: {commits:?}");
    ledger.assert_sound();
}

#[test]
fn callers_that_come_together_share_a_failure() {
    let (place, ledger) = grouped();
    place.back_up();
    fs::remove_file(place.path()).unwrap();
    for (_, outcome) in wait(async { ask(&ledger).await.join_all().await }) {
        assert!(matches!(outcome, Err(LedgerError::Missing { .. })), "{outcome:?}");
    }
    place.put_back();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    assert_eq!(ledger.coins("telegram:1"), 5);
}

#[test]
fn a_waiting_commit_keeps_neither_readers_nor_the_runtime_waiting() {
    let (place, ledger) = grouped();
    let other = place.by_hand();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    wait(async {
        let mut callers = ask(&ledger).await;
        assert_eq!(ledger.head().await.unwrap().seq, 0);
        assert!(callers.try_join_next().is_none(), "they wait for the other program");
        other.execute_batch("ROLLBACK").unwrap();
        assert!(callers.join_all().await.into_iter().all(|(_, outcome)| outcome.is_ok()));
    });
    assert_eq!(ledger.end().seq, i64::try_from(2 * CALLERS).unwrap());
}

#[test]
fn what_was_asked_is_done_when_nobody_waits_for_it() {
    let (place, ledger) = grouped();
    wait(async { ask(&ledger).await.shutdown().await });
    drop(ledger);
    let ledger = place.open();
    assert_eq!(ledger.coins("telegram:1"), i64::try_from(2 * CALLERS).unwrap());
    ledger.assert_sound();
}

#[test]
fn any_ledger_can_be_behind_it() {
    let (_place, inner) = Sqlite::start();
    let inner: Arc<dyn Ledger> = inner;
    let ledger = GroupCommit::new(Arc::clone(&inner)).unwrap();
    let mut hints = ledger.hints();
    assert_eq!(wait(ledger.append(vec![change(1, "telegram:1", 5)])).unwrap(), [Outcome::Entered { seq: 1 }]);
    assert!(hints.has_changed().unwrap());
    hints.mark_unchanged();
    assert_eq!(wait(ledger.head()).unwrap(), wait(inner.head()).unwrap());
}
