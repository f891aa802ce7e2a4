//! The servers for tests, tested: a database a test, one server a run, nothing left behind.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use onepurse_servers::Postgres;

#[test]
fn every_test_has_a_database_of_its_own() {
    let (one, other) = (Postgres::shared().database(), Postgres::shared().database());
    one.psql("CREATE TABLE users (id TEXT PRIMARY KEY, coins BIGINT)");
    one.psql("INSERT INTO users VALUES ('456', 100)");
    assert_eq!(one.psql("SELECT id, coins FROM users"), "456|100\n");
    assert_eq!(other.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'"), "0\n");
    assert_ne!(one.url(), other.url());
}

#[test]
#[should_panic(expected = "syntax error")]
fn a_statement_that_fails_says_why() {
    Postgres::shared().database().psql("SELEKT 1");
}

/// What the test below runs as a process of its own: a run that ends while its server is at work.
#[test]
fn a_run_asks_where_its_server_keeps_its_data() {
    let data = Postgres::shared().database().psql("SHOW data_directory");
    println!("data: {data}");
    assert!(Path::new(data.trim()).exists());
}

#[test]
fn the_server_ends_with_its_run_and_leaves_nothing() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_run_asks_where_its_server_keeps_its_data", "--nocapture"])
        .env_remove("NEXTEST_RUN_ID")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let data = said.lines().find_map(|line| line.split_once("data: ")).unwrap().1;
    let own = Postgres::shared().database().psql("SHOW data_directory");
    assert_ne!(own.trim(), data, "another run has another server");
    let folder = Path::new(data).ancestors().nth(2).unwrap().display();
    // The run is over when its process is gone, for which `tail` looks once a second.
    let is_left = format!("test -e '{folder}' || pgrep --full '^[^ ]*postgres -D {data}'");
    let gone = format!("while {is_left}; do sleep 0.1; done");
    let waited = Command::new("timeout").args(["60", "sh", "-c", &gone]).stdout(Stdio::null()).status();
    assert!(waited.unwrap().success(), "{folder} or its server is left");
}
