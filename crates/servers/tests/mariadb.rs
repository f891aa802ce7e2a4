//! The MariaDB server for tests, tested.

use std::path::Path;

use onepurse_servers::MariaDb;

#[test]
fn every_test_has_a_database_of_its_own() {
    let (one, other) = (MariaDb::shared().database(), MariaDb::shared().database());
    one.sql("CREATE TABLE users (id VARCHAR(20) PRIMARY KEY, name TEXT, coins DECIMAL(20, 2))");
    one.sql("INSERT INTO users VALUES ('456', 'Ольга', 100)");
    assert_eq!(one.sql("SELECT id, name, coins FROM users"), "456\tОльга\t100.00\n");
    assert_eq!(other.sql("SHOW TABLES"), "");
    assert_ne!(one.url(), other.url());
    assert!(one.url().starts_with("mysql://root@127.0.0.1:"), "{}", one.url());
}

#[test]
#[should_panic(expected = "error in your SQL syntax")]
fn a_statement_that_fails_says_why() {
    MariaDb::shared().database().sql("SELEKT 1");
}

/// A server that starts removes the temporary tables that it finds in its folder for them, whoever's they are.
#[test]
fn a_server_shares_its_temporary_files_with_no_other() {
    let folders = MariaDb::shared().database().sql("SELECT @@datadir, @@tmpdir");
    let (data, temporary) = folders.trim().split_once('\t').unwrap();
    assert_eq!(Path::new(temporary).parent(), Path::new(data).parent(), "{folders}");
}

#[test]
fn a_server_that_was_killed_has_what_it_acknowledged() {
    let server = MariaDb::start();
    let database = server.database();
    database.sql("CREATE TABLE coins (n INT)");
    for n in 1..=2 {
        database.sql(&format!("INSERT INTO coins VALUES ({n})"));
        server.kill();
        server.start_again();
    }
    assert_eq!(database.sql("SELECT SUM(n) FROM coins"), "3\n");
}

#[test]
fn a_durable_server_waits_for_the_disk() {
    let flush = "SELECT @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite";
    assert_eq!(MariaDb::start_durable().database().sql(flush), "1\t1\n");
}
