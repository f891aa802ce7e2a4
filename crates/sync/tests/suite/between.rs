//! A network between us and a bot's server that cuts the connection in the middle of whatever is said: no coin is lost,
//! none is doubled, and the engine goes on by itself.

use std::time::Duration;

use onepurse_replica::Decision;
use onepurse_servers::Way;

use crate::far::{Far, InMariaDb, InPostgres, Remote, some_of};

/// Runs each of these functions of a `Remote` as a test for every kind of server.
macro_rules! every_server {
    ($($case:ident),* $(,)?) => {
        mod postgres {
            $(#[tokio::test] async fn $case() { super::$case::<super::InPostgres>().await; })*
        }
        mod mariadb {
            $(#[tokio::test] async fn $case() { super::$case::<super::InMariaDb>().await; })*
        }
    };
}

every_server!(
    an_exchange_that_is_cut_anywhere_counts_once,
    attaching_that_is_cut_anywhere_takes_everything_once,
    mending_and_comparing_that_are_cut_anywhere_end_well,
    detaching_that_is_cut_anywhere_leaves_nothing,
    a_first_attach_that_is_cut_anywhere_takes_openings_once,
    a_server_far_away_is_only_slow,
    a_server_that_falls_silent_anywhere_is_given_up_and_what_it_hears_late_does_no_harm,
);

/// Both bots write, someone new comes; the outbox is read, the answer applied, rows get their balances.
async fn an_exchange_that_is_cut_anywhere_counts_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    far.cut_everywhere(16, both_write, async |far| far.keep_in_step().await).await;
}

async fn both_write<R: Remote>(far: &mut Far<R>) {
    far.telegram_writes().await;
    far.shared += 5;
    far.world.bot("discord", "UPDATE users SET coins = coins + 5 WHERE id = '123'");
    far.world.cycle("discord").await.unwrap();
}

/// What the bot wrote while it was detached is counted.
async fn attaching_that_is_cut_anywhere_takes_everything_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.detach().await;
        far.telegram_writes().await;
        far.restart(Some(Decision::Count));
    };
    far.cut_everywhere(8, prepare, async |far| far.keep_in_step().await).await;
}

/// Capture is gone, and a write with it: the ledger wins.
async fn mending_and_comparing_that_are_cut_anywhere_end_well<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.remote.run(R::LOSE_CAPTURE).await;
        far.remote.run("UPDATE users SET coins = coins + 1000 WHERE id = '456'").await;
    };
    far.cut_everywhere(8, prepare, async |far| far.keep_in_step().await).await;
}

async fn detaching_that_is_cut_anywhere_leaves_nothing<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.telegram_writes().await;
        far.keep_in_step().await;
    };
    far.cut_everywhere(8, prepare, async |far| far.detach().await).await;
}

async fn a_first_attach_that_is_cut_anywhere_takes_openings_once<R: Remote>() {
    for way in [Way::There, Way::Back] {
        let mut far = Far::<R>::unattached().await;
        far.keep_in_step().await;
        let pieces = far.proxy.pieces(way);
        for piece in some_of(pieces, 5) {
            let mut far = Far::<R>::unattached().await;
            far.proxy.cut_in(way, piece);
            far.keep_in_step().await;
            far.join().await;
        }
    }
}

/// Every question and every answer takes its time, and the bot writes meanwhile.
async fn a_server_far_away_is_only_slow<R: Remote>() {
    let mut far = Far::<R>::new().await;
    far.proxy.delay(Duration::from_millis(10));
    for _ in 0..2 {
        both_write(&mut far).await;
        let _ = far.world.cycle("telegram").await.unwrap();
        both_write(&mut far).await;
    }
    far.keep_in_step().await;
    far.settle().await;
}

/// The connection is there, and nothing comes through: an engine that waited for ever would never be in step again.
async fn a_server_that_falls_silent_anywhere_is_given_up_and_what_it_hears_late_does_no_harm<R: Remote>() {
    let mut far = Far::<R>::new().await;
    for way in [Way::There, Way::Back] {
        both_write(&mut far).await;
        let before = far.proxy.pieces(way);
        far.keep_in_step().await;
        let pieces = far.proxy.pieces(way) - before;
        let (mut silences, mut hits) = (0, 0);
        for piece in some_of(pieces - 2, 6) {
            far.settle().await;
            both_write(&mut far).await;
            far.proxy.silence_in(way, piece);
            hits += usize::from(far.work_until_it_gives_up().await);
            silences += 1;
        }
        far.settle().await;
        assert!(
            hits * 10 >= silences * 6,
            "{hits} of {silences} silences fell into the step, which takes {pieces} pieces"
        );
    }
}
