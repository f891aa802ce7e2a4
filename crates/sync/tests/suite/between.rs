//! A network between us and a bot's server that cuts the connection in the middle of whatever is said: no coin is lost,
//! none is doubled, and the engine goes on by itself.

use onepurse_replica::Decision;
use onepurse_servers::{Database, MariaDbDatabase, Way};

use crate::far::{Far, Remote};

/// Runs each of these functions of a `Remote` as a test for every kind of server.
macro_rules! every_server {
    ($($case:ident),* $(,)?) => {
        mod postgres {
            $(#[tokio::test] async fn $case() { super::$case::<super::Database>().await; })*
        }
        mod mariadb {
            $(#[tokio::test] async fn $case() { super::$case::<super::MariaDbDatabase>().await; })*
        }
    };
}

every_server!(
    an_exchange_that_is_cut_anywhere_counts_once,
    attaching_that_is_cut_anywhere_takes_everything_once,
    mending_and_comparing_that_are_cut_anywhere_end_well,
    detaching_that_is_cut_anywhere_leaves_nothing,
    a_first_attach_that_is_cut_anywhere_takes_openings_once,
    a_server_that_falls_silent_anywhere_is_given_up_and_what_it_hears_late_does_no_harm,
);

/// Both bots write, someone new comes; the outbox is read, the answer applied, rows get their balances.
async fn an_exchange_that_is_cut_anywhere_counts_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    far.cut_everywhere(24, both_write, async |far| far.keep_in_step().await).await;
}

async fn both_write<R: Remote>(far: &mut Far<R>) {
    far.telegram_writes();
    far.shared += 5;
    far.world.bot("discord", "UPDATE users SET coins = coins + 5 WHERE id = '123'");
    far.world.cycle("discord").await.unwrap();
}

/// What the bot wrote while it was detached is counted.
async fn attaching_that_is_cut_anywhere_takes_everything_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.detach().await;
        far.telegram_writes();
        far.restart(Some(Decision::Count));
    };
    far.cut_everywhere(12, prepare, async |far| far.keep_in_step().await).await;
}

/// Capture is gone, and a write with it: the ledger wins.
async fn mending_and_comparing_that_are_cut_anywhere_end_well<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.remote.sql(R::LOSE_CAPTURE);
        far.remote.sql("UPDATE users SET coins = coins + 1000 WHERE id = '456'");
    };
    far.cut_everywhere(12, prepare, async |far| far.keep_in_step().await).await;
}

async fn detaching_that_is_cut_anywhere_leaves_nothing<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.telegram_writes();
        far.keep_in_step().await;
    };
    far.cut_everywhere(12, prepare, async |far| far.detach().await).await;
}

async fn a_first_attach_that_is_cut_anywhere_takes_openings_once<R: Remote>() {
    const PLACES: usize = 6;
    for way in [Way::There, Way::Back] {
        let mut bytes = 0;
        for place in 0..=PLACES {
            let mut far = Far::<R>::unattached().await;
            if place > 0 {
                far.proxy.cut_after(way, bytes * place / (PLACES + 1));
            }
            far.keep_in_step().await;
            assert!(!far.proxy.is_trouble_due());
            if place == 0 {
                bytes = far.proxy.passed(way);
            }
            far.join().await;
        }
    }
}

/// The connection is there, and nothing comes through: an engine that waited for ever would never be in step again.
async fn a_server_that_falls_silent_anywhere_is_given_up_and_what_it_hears_late_does_no_harm<R: Remote>() {
    const PLACES: usize = 8;
    let mut far = Far::<R>::new().await;
    for way in [Way::There, Way::Back] {
        both_write(&mut far).await;
        let before = far.proxy.passed(way);
        far.keep_in_step().await;
        let bytes = far.proxy.passed(way) - before;
        for place in 0..PLACES {
            far.settle().await;
            both_write(&mut far).await;
            far.proxy.silence_after(way, bytes * place / PLACES);
            far.work_until_it_gives_up().await;
        }
        far.settle().await;
    }
}
