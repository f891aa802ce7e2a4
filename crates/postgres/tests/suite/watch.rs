//! Pings, and what stands behind them.

use std::{sync::mpsc, thread, time::Duration};

use onepurse_postgres::{Watched, ping, watch};
use onepurse_servers::Postgres;

use crate::wait;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn what_changes_is_told_also_after_the_connection_was_lost() {
    let database = Postgres::shared().database();
    database.psql("CREATE TABLE counted (n bigint); INSERT INTO counted VALUES (1)");
    let watched = Watched {
        address: database.url().parse().unwrap(),
        channel: "a channel".to_owned(),
        look: "SELECT n::text FROM public.counted".to_owned(),
    };
    let (told, seen) = mpsc::channel();
    thread::spawn(move || wait(async { watch(&watched, |now| drop(told.send(now.to_owned()))).await }));
    let next = || seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), "1");
    database.psql("UPDATE counted SET n = 2");
    database.psql(&ping("a channel"));
    assert_eq!(next(), "2");
    database.psql("UPDATE counted SET n = 3");
    assert_eq!(next(), "3", "without a ping it is seen by looking");
    database.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    database.psql("UPDATE counted SET n = 4");
    assert_eq!(next(), "4");
}
