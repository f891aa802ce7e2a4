//! What is left of a run: nothing, however it ended.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    env,
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use onepurse_servers::{MariaDb, Postgres};

/// Where the servers of this process's run keep their data.
fn data_folders() -> [String; 2] {
    let postgres = Postgres::shared().database().psql("SHOW data_directory");
    let mariadb = MariaDb::shared().database().sql("SELECT @@datadir");
    [postgres, mariadb].map(|data| data.trim().trim_end_matches('/').to_owned())
}

/// What the tests below run as a process of its own: a run that goes on until somebody ends it.
#[test]
fn a_run_says_where_its_servers_keep_their_data() {
    for data in data_folders() {
        println!("data: {data}");
        assert!(Path::new(&data).exists());
    }
    println!("data: that is all");
    io::stdin().lines().for_each(drop);
}

/// Such a run, what it has to say after that (it fails where nobody listens), and the folders.
fn another_run() -> (Child, impl BufRead, Vec<String>) {
    let mut run = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_run_says_where_its_servers_keep_their_data", "--nocapture"])
        .env_remove("NEXTEST_RUN_ID")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(run.stdout.take().unwrap());
    let lines = said.by_ref().lines().map(Result::unwrap);
    // The runner of the tests says something on the same line first.
    let data = lines.filter_map(|line| line.split_once("data: ").map(|(_, data)| data.to_owned()));
    let folders: Vec<_> = data.take_while(|data| data != "that is all").collect();
    assert_eq!(folders.len(), 2, "the other run has started two servers");
    (run, said, folders)
}

fn assert_nothing_is_left(folders: &[String]) {
    for data in folders {
        let folder = Path::new(data).parent().unwrap().display();
        let is_left = format!("test -e '{folder}' || pgrep --full '^[^ ]*(postgres|mariadbd) .*{data}'");
        let gone = format!("while {is_left}; do sleep 0.1; done");
        let waited = Command::new("timeout").args(["60", "sh", "-c", &gone]).stdout(Stdio::null()).status();
        assert!(waited.unwrap().success(), "{folder} or its server is left");
    }
}

#[test]
fn servers_end_with_their_run_and_leave_nothing() {
    let (mut run, _said, folders) = another_run();
    assert!(data_folders().iter().all(|own| !folders.contains(own)), "another run has other servers");
    drop(run.stdin.take());
    assert!(run.wait().unwrap().success());
    assert_nothing_is_left(&folders);
    assert!(
        data_folders().iter().all(|data| Path::new(data).exists()),
        "a run that goes on keeps its servers"
    );
}

#[test]
fn servers_of_a_run_that_is_killed_leave_nothing_either() {
    let (mut run, _said, folders) = another_run();
    run.kill().unwrap();
    run.wait().unwrap();
    assert_nothing_is_left(&folders);
}
