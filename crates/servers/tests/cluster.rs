//! PostgreSQL servers of a test's own, tested.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use onepurse_servers::{Database, Postgres, Proxy, Settings};

fn fails(database: &Database, sql: &str) -> String {
    let failed = catch_unwind(AssertUnwindSafe(|| database.psql(sql))).unwrap_err();
    failed.downcast::<String>().map_or_else(|_| "it does not say".to_owned(), |why| *why)
}

#[test]
fn a_server_that_was_stopped_at_once_has_what_it_acknowledged() {
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    database.psql("CREATE TABLE coins (n INT)");
    database.psql("INSERT INTO coins VALUES (1)");
    cluster.stop_immediate();
    let refused = fails(&database, "SELECT 1");
    assert!(refused.contains("Connection refused"), "{refused}");
    cluster.start_again();
    assert_eq!(database.psql("SELECT n FROM coins"), "1\n");
}

#[test]
fn a_server_is_gone_with_its_cluster() {
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    let data = database.psql("SHOW data_directory");
    assert!(Path::new(data.trim()).exists());
    drop(cluster);
    assert!(!Path::new(data.trim()).parent().unwrap().exists());
    let refused = fails(&database, "SELECT 1");
    assert!(refused.contains("Connection refused"), "{refused}");
}

#[test]
fn connections_run_out() {
    let cluster = Postgres::start(Settings { max_connections: 2, ..Settings::default() });
    let database = cluster.database();
    let held = "BEGIN; SELECT 1;\n";
    let mut holders: Vec<_> = (0..2)
        .map(|_| {
            let mut psql = Command::new("psql");
            psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]).arg(database.url());
            psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for holder in &mut holders {
        std::io::Write::write_all(holder.stdin.as_mut().unwrap(), held.as_bytes()).unwrap();
        let mut answer = [0; 2];
        std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut answer).unwrap();
    }
    let refused = fails(&database, "SELECT 1");
    assert!(refused.contains("too many clients"), "{refused}");
    for mut holder in holders {
        drop(holder.stdin.take());
        holder.wait().unwrap();
    }
}

#[test]
fn a_promoted_standby_has_everything_that_was_acknowledged() {
    let primary = Postgres::start(Settings::default());
    let proxy = Proxy::before(primary.port());
    let direct = primary.database();
    direct.psql("CREATE TABLE coins (n INT)");
    let standby = primary.standby();
    let here = direct.through(&proxy);
    let load = thread::spawn(move || {
        // One after the other until the server is gone: the last that was acknowledged.
        let mut n = 1;
        while catch_unwind(|| here.psql(&format!("INSERT INTO coins VALUES ({n})"))).is_ok() {
            n += 1;
        }
        n - 1
    });
    let some =
        "DO $$ BEGIN WHILE (SELECT count(*) < 5 FROM coins) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$";
    direct.psql(some);
    primary.stop_immediate();
    let acknowledged: i32 = load.join().unwrap();
    standby.promote();
    proxy.lead_to(standby.port());
    let after = direct.through(&proxy);
    let has: i32 = after.psql("SELECT max(n) FROM coins").trim().parse().unwrap();
    assert!(acknowledged >= 5 && has >= acknowledged, "{acknowledged} were acknowledged, {has} are there");
    after.psql("INSERT INTO coins VALUES (0)");
}

#[test]
fn nothing_is_acknowledged_that_the_standby_does_not_have() {
    let primary = Postgres::start(Settings::default());
    let database = primary.database();
    let standby = primary.standby();
    standby.stop_immediate();
    let write = ["--quiet", "--command", "CREATE TABLE coins (n INT)"];
    let mut writer = Command::new("psql").arg(database.url()).args(write).spawn().unwrap();
    database.psql(
        "SET statement_timeout = '60s'; DO $$ BEGIN
            WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep') LOOP
                PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
            END LOOP;
        END $$",
    );
    assert!(writer.try_wait().unwrap().is_none(), "it waits for the standby");
    standby.start_again();
    assert!(writer.wait().unwrap().success());
    assert_eq!(standby.at(&database).psql("SELECT count(*) FROM coins"), "0\n");
}

#[test]
fn a_small_disk_is_full_while_the_server_is_well() {
    let cluster = Postgres::start(Settings { small_disk_mib: Some(32), ..Settings::default() });
    let (small, large) = (cluster.database_on_small_disk(), cluster.database());
    let write = "CREATE TABLE coins AS SELECT generate_series(1, 100000) AS n";
    cluster.fill_small_disk();
    let full = fails(&small, write);
    assert!(full.contains("No space left on device"), "{full}");
    large.psql(write);
    cluster.free_small_disk();
    small.psql(write);
}

#[test]
fn a_durable_server_waits_for_the_disk() {
    let shown = |settings| Postgres::start(settings).database().psql("SELECT current_setting('fsync')");
    assert_eq!(shown(Settings { durable: true, ..Settings::default() }), "on\n");
    assert_eq!(shown(Settings::default()), "off\n");
}
