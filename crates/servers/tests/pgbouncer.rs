//! The pooler for tests, tested.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
};

use onepurse_servers::{PgBouncer, Postgres};

#[test]
fn who_is_between_two_transactions_lends_the_session_to_others() {
    let direct = Postgres::shared().database();
    let pooler = PgBouncer::before(&direct);
    let database = pooler.database();
    assert_ne!(database.port(), direct.port());
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]).arg(database.url());
    let mut someone = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut asks, hears) = (someone.stdin.take().unwrap(), BufReader::new(someone.stdout.take().unwrap()));
    let mut hears = hears.lines();
    let session = "SELECT pg_backend_pid();\n";
    asks.write_all(session.as_bytes()).unwrap();
    let theirs = hears.next().unwrap().unwrap();
    assert_eq!(database.psql(session).trim(), theirs, "between transactions");
    asks.write_all(format!("BEGIN; {session}").as_bytes()).unwrap();
    let theirs = hears.next().unwrap().unwrap();
    assert_ne!(database.psql(session).trim(), theirs, "in a transaction");
    drop(asks);
    assert!(someone.wait().unwrap().success());
}

#[test]
fn a_pooler_is_gone_with_its_test() {
    let pooler = PgBouncer::before(&Postgres::shared().database());
    let port = pooler.database().port();
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    drop(pooler);
    TcpStream::connect(("127.0.0.1", port)).unwrap_err();
}
