//! A network between us and a bot's server that cuts the connection in the middle of whatever is said: no coin is lost,
//! none is doubled, and the engine goes on by itself.

use onepurse_replica::Decision;
use onepurse_servers::{Database, MariaDbDatabase};

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
);

/// Both bots write, someone new comes; the outbox is read, the answer applied, rows get their balances.
async fn an_exchange_that_is_cut_anywhere_counts_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.alone += 1;
        far.shared += 8;
        let new = far.alone;
        far.remote.sql(&format!(
            "INSERT INTO users VALUES ('new{new}', 1); UPDATE users SET coins = coins + 3 WHERE id = '456'"
        ));
        far.world.bot("discord", "UPDATE users SET coins = coins + 5 WHERE id = '123'");
        far.world.cycle("discord").await.unwrap();
    };
    far.cut_everywhere(24, prepare, async |far| far.keep_in_step().await).await;
}

/// What the bot wrote while it was detached is counted.
async fn attaching_that_is_cut_anywhere_takes_everything_once<R: Remote>() {
    let mut far = Far::<R>::new().await;
    let prepare = async |far: &mut Far<R>| {
        far.detach().await;
        far.alone += 1;
        far.shared += 3;
        let new = far.alone;
        far.remote.sql(&format!(
            "INSERT INTO users VALUES ('new{new}', 1); UPDATE users SET coins = coins + 3 WHERE id = '456'"
        ));
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
        far.shared += 3;
        far.remote.sql("UPDATE users SET coins = coins + 3 WHERE id = '456'");
        far.keep_in_step().await;
    };
    far.cut_everywhere(12, prepare, async |far| far.detach().await).await;
}
