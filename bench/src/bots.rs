//! Bots' own databases, and how a bot writes to them.

use std::{path::Path, sync::Arc, time::Duration};

use mysql_async::{Conn, Opts, Statement as MariaDbStatement, prelude::Queryable as _};
use onepurse_core::{AssetName, LedgerId, Platform, ReplicaId};
use onepurse_postgres::connect;
use onepurse_replica::{
    Attach, Mapping, MariaDbReplica, PostgresReplica, Replica, ReplicaError, SqliteReplica,
};
use onepurse_servers::{Database, MariaDbDatabase};
use rusqlite::Connection;
use tokio_postgres::{Client, Statement};

use crate::{
    edge::{OsRandom, sleep},
    error::BenchError,
    ledgers::address,
};

/// How a bot waits for its own database, as Python's driver does.
const BUSY: Duration = Duration::from_secs(5);
/// A bot that writes at just that moment is not waited for.
const AGAIN: Duration = Duration::from_millis(2);
const TABLE: &str = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, name TEXT, coins BIGINT NOT NULL)";

/// A bot with its connection.
pub(crate) enum Bot {
    Sqlite(Connection),
    Postgres(Client, Statement),
    MariaDb(Box<Conn>, MariaDbStatement),
}

impl Bot {
    /// A bot with so many users in a file.
    pub(crate) fn in_file(path: &Path, pragmas: &str, users: u32) -> Result<Self, BenchError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(pragmas)?;
        connection.execute_batch(TABLE)?;
        let fill = "WITH RECURSIVE one (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM one WHERE id < ?1)
                    INSERT INTO users SELECT id, 'user ' || id, 100 FROM one";
        connection.execute(fill, [users])?;
        Ok(Self::Sqlite(connection))
    }

    /// A bot with so many users in PostgreSQL.
    pub(crate) async fn on_postgres(database: &Database, users: u32) -> Result<Self, BenchError> {
        let client = connect(&address(database)?).await?;
        client.batch_execute(TABLE).await?;
        let fill =
            "INSERT INTO users SELECT id, 'user ' || id, 100 FROM generate_series(1, $1::bigint) AS id";
        client.execute(fill, &[&i64::from(users)]).await?;
        client.batch_execute("ANALYZE users").await?;
        let update = client.prepare("UPDATE users SET coins = coins + 1 WHERE user_id = $1").await?;
        Ok(Self::Postgres(client, update))
    }

    /// A bot with so many users in MariaDB.
    pub(crate) async fn on_mariadb(database: &MariaDbDatabase, users: u32) -> Result<Self, BenchError> {
        let options = Opts::from_url(&database.url()).map_err(mysql_async::Error::from)?;
        let options = mysql_async::OptsBuilder::from_opts(options).prefer_socket(false);
        let mut conn = Conn::new(options).await?;
        conn.query_drop(TABLE).await?;
        let fill = format!("INSERT INTO users SELECT seq, concat('user ', seq), 100 FROM seq_1_to_{users}");
        conn.query_drop(fill).await?;
        let update = conn.prep("UPDATE users SET coins = coins + 1 WHERE user_id = ?").await?;
        Ok(Self::MariaDb(Box::new(conn), update))
    }

    /// Somebody earns a coin, durably as the bot has it.
    pub(crate) async fn write(&mut self, user: u32) -> Result<(), BenchError> {
        match self {
            Self::Sqlite(connection) => {
                connection
                    .prepare_cached("UPDATE users SET coins = coins + 1 WHERE user_id = ?1")?
                    .execute([user])?;
            }
            Self::Postgres(client, update) => {
                client.execute(&*update, &[&i64::from(user)]).await?;
            }
            Self::MariaDb(conn, update) => conn.exec_drop(&*update, (user,)).await?,
        }
        Ok(())
    }
}

/// Where the bots keep their coins.
pub(crate) fn mappings() -> Vec<Mapping> {
    vec![Mapping::new(AssetName::default(), "users", &["user_id"], "coins")]
}

/// Whose bots they are.
pub(crate) fn telegram() -> Result<Platform, BenchError> {
    "telegram".parse().map_err(|_| BenchError::Mistake("telegram".to_owned()))
}

/// Puts capture into a bot's file.
pub(crate) async fn attach_file(path: &Path) -> Result<(), BenchError> {
    attach(SqliteReplica::new(telegram()?, path, mappings(), Arc::new(OsRandom))).await
}

/// Puts capture into a bot's database in PostgreSQL.
pub(crate) async fn attach_postgres(database: &Database) -> Result<(), BenchError> {
    attach(PostgresReplica::new(telegram()?, address(database)?, mappings(), Arc::new(OsRandom))).await
}

/// Puts capture into a bot's database in MariaDB.
pub(crate) async fn attach_mariadb(database: &MariaDbDatabase) -> Result<(), BenchError> {
    let address = database.url().parse().map_err(|_| BenchError::Mistake(database.url()))?;
    attach(MariaDbReplica::new(telegram()?, address, mappings(), Arc::new(OsRandom))).await
}

async fn attach(mut replica: impl Replica) -> Result<(), BenchError> {
    let (own, ledger) = (ReplicaId::random(&OsRandom), LedgerId::random(&OsRandom));
    loop {
        match replica.attach(Attach { replica: own, ledger, decision: None, base: vec![] }).await {
            Err(ReplicaError::Busy { .. }) => sleep(AGAIN),
            done => return Ok(done?),
        }
    }
}
