//! Bots' databases on servers, each with a connection of its bot's.

use std::sync::Arc;

use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use onepurse_core::{AssetName, Platform};
use onepurse_postgres::{Client, connect};
use onepurse_replica::{Mapping, MariaDbReplica, PostgresReplica, Replica};
use onepurse_servers::{Database, MariaDb, MariaDbDatabase, Postgres, Proxy};

use crate::world::Counter;

/// A bot's database on a server.
pub(crate) trait Remote: Sized {
    /// What takes capture of `users` away, as whoever drops triggers does.
    const LOSE_CAPTURE: &str;
    /// Counts what is ours in the database.
    const OURS: &str;

    /// A new one, on the server of the test run.
    async fn new() -> Self;

    fn port(&self) -> u16;

    /// Its replica, reached through the proxy or directly.
    fn replica(&self, proxy: Option<&Proxy>, random: Arc<Counter>) -> Box<dyn Replica>;

    /// Executes the bot's statements.
    async fn run(&mut self, sql: &str);

    /// The one number that a query of the bot finds.
    async fn number(&mut self, sql: &str) -> i64;
}

fn telegram() -> Platform {
    "telegram".parse().unwrap()
}

fn mappings() -> Vec<Mapping> {
    vec![Mapping::new(AssetName::default(), "users", &["id"], "coins")]
}

pub(crate) struct InPostgres {
    database: Database,
    bot: Client,
}

impl Remote for InPostgres {
    const LOSE_CAPTURE: &str = "DROP TRIGGER onepurse_telegram_change_1 ON users";
    const OURS: &str = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'onepurse%'";

    async fn new() -> Self {
        let database = Postgres::shared().database();
        let bot = connect(&database.url().parse().unwrap()).await.unwrap();
        Self { database, bot }
    }

    fn port(&self) -> u16 {
        self.database.port()
    }

    fn replica(&self, proxy: Option<&Proxy>, random: Arc<Counter>) -> Box<dyn Replica> {
        let database = proxy.map_or_else(|| self.database.clone(), |proxy| self.database.through(proxy));
        let address = database.url().parse().unwrap();
        Box::new(PostgresReplica::new(telegram(), address, mappings(), random))
    }

    async fn run(&mut self, sql: &str) {
        self.bot.batch_execute(sql).await.unwrap();
    }

    async fn number(&mut self, sql: &str) -> i64 {
        let row = self.bot.query_typed_one(&format!("SELECT ({sql})::bigint"), &[]).await.unwrap();
        row.get(0)
    }
}

pub(crate) struct InMariaDb {
    database: MariaDbDatabase,
    bot: Conn,
}

impl Remote for InMariaDb {
    const LOSE_CAPTURE: &str = "DROP TRIGGER onepurse_telegram_1_update";
    const OURS: &str = "SELECT COUNT(*) FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'onepurse%'";

    async fn new() -> Self {
        let database = MariaDb::shared().database();
        let opts = OptsBuilder::from_opts(Opts::from_url(&database.url()).unwrap()).prefer_socket(false);
        let bot = Conn::new(opts).await.unwrap();
        Self { database, bot }
    }

    fn port(&self) -> u16 {
        self.database.port()
    }

    fn replica(&self, proxy: Option<&Proxy>, random: Arc<Counter>) -> Box<dyn Replica> {
        let database = proxy.map_or_else(|| self.database.clone(), |proxy| self.database.through(proxy));
        let address = database.url().parse().unwrap();
        Box::new(MariaDbReplica::new(telegram(), address, mappings(), random))
    }

    async fn run(&mut self, sql: &str) {
        self.bot.query_drop(sql).await.unwrap();
    }

    async fn number(&mut self, sql: &str) -> i64 {
        self.bot.query_first(sql).await.unwrap().unwrap()
    }
}
