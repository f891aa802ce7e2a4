//! The PostgreSQL server for tests, tested.

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
