use std::time::Duration;

use mysql_async::{Conn, DriverError, Error};
use tokio::time::timeout;

use super::{address::MariaDbAddress, fault::Fault};

/// How long reaching the server takes at most.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that is silent for so long is asked whether it is still there.
const SILENT: Duration = Duration::from_secs(15);

/// What holds for a session of ours, whatever the server's defaults are.
///
/// No row that another holds is waited for, at all: who waits for nothing is in no circle of waiting, so no bot becomes
/// a deadlock's victim because of us. What is waited for is a table that is being altered, and that for a second, while
/// no row is locked. A transaction of ours that is left alone ends by itself. Triggers keep the `sql_mode` that they
/// were made under: so no mode of a bot's is theirs.
const SETTINGS: &str = "SET SESSION autocommit = 1, \
    sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
    innodb_lock_wait_timeout = 0, lock_wait_timeout = 1, idle_transaction_timeout = 2, max_statement_time = 0, \
    in_predicate_conversion_threshold = 0, sql_safe_updates = 0, sql_select_limit = DEFAULT, \
    foreign_key_checks = 1, check_constraint_checks = 1, unique_checks = 1, time_zone = '+00:00'";

/// A connection to the server, in a session as we need it.
pub(super) async fn connect(address: &MariaDbAddress) -> Result<Conn, Fault> {
    match dial(address, true).await {
        Err(Fault::Sql(Error::Driver(DriverError::NoClientSslFlagFromServer))) if address.may_be_plain() => {
            dial(address, false).await
        }
        done => done,
    }
}

async fn dial(address: &MariaDbAddress, is_encrypted: bool) -> Result<Conn, Fault> {
    let opts = address.driver(is_encrypted).tcp_keepalive(Some(SILENT)).setup(vec![
        "SET NAMES utf8mb4",
        "SET SESSION TRANSACTION READ WRITE",
        SETTINGS,
    ]);
    timeout(CONNECT, Conn::new(opts)).await.map_err(|_| Fault::TimedOut(CONNECT))?.map_err(Fault::Sql)
}
