//! The bot's side of a MariaDB database.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use mysql_async::{Conn, Opts, OptsBuilder, Row, Value, prelude::Queryable};
use onepurse_core::Platform;
use onepurse_replica::{Mapping, MariaDbReplica, Replica};
use onepurse_servers::MariaDb as Server;

use super::{
    Counting,
    fixture::{Fixture, aged},
    wait,
};

pub(crate) struct MariaDb {
    port: u16,
    name: String,
    /// The user that the replica comes as; the server's own where there is none.
    user: String,
    random: Arc<Counting>,
}

/// A bot's session: it names things as standard SQL does, and is as lax about values as MariaDB can be.
const BOTS_MODE: &str = "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'";

impl MariaDb {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn random(&self) -> Arc<Counting> {
        self.random.clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("mysql://{}@127.0.0.1:{}/{}", self.user, self.port, self.name)
    }

    /// From now on the replica comes as that user.
    pub(crate) fn with_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    /// A connection of the bot's.
    pub(crate) fn connect(&self) -> Conn {
        self.connect_as("root")
    }

    fn connect_as(&self, user: &str) -> Conn {
        let url = format!("mysql://{user}@127.0.0.1:{}/{}", self.port, self.name);
        let opts = Opts::from_url(&url).unwrap();
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false).setup(vec![BOTS_MODE]);
        wait(Conn::new(opts)).unwrap()
    }

    /// Runs the bot's statements as another user.
    pub(crate) fn run_as(&self, user: &str, sql: &str) -> Result<(), String> {
        let mut bot = self.connect_as(user);
        wait(bot.query_drop(sql)).map_err(|error| error.to_string())
    }

    fn program(&self, name: &str) -> Command {
        let mut program = Command::new(name);
        program.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        program.arg(format!("--port={}", self.port));
        program
    }

    /// Copies a database as its owner would: by a dump, which is read into a new one. Whoever is connected to that stays,
    /// and finds it gone.
    fn copy(&self, from: &str, to: &str) {
        let mut dump = self
            .program("mariadb-dump")
            .args(["--single-transaction", "--skip-comments", from])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut bot = self.connect();
        let make = format!("DROP DATABASE IF EXISTS `{to}`; CREATE DATABASE `{to}` CHARACTER SET utf8mb4");
        wait(bot.query_drop(make)).unwrap();
        let read = self.program("mariadb").arg(to).stdin(dump.stdout.take().unwrap()).status().unwrap();
        assert!(read.success() && dump.wait().unwrap().success());
    }
}

impl Fixture for MariaDb {
    fn new(shape: &str) -> Self {
        let database = Server::shared().database();
        let url = database.url();
        let fixture = Self {
            port: database.port(),
            name: url.rsplit('/').next().unwrap().to_owned(),
            user: "root".to_owned(),
            random: Arc::new(Counting(1.into())),
        };
        fixture.run(shape).unwrap();
        fixture
    }

    /// A text can only be a key there where its length is said.
    fn run(&self, sql: &str) -> Result<(), String> {
        let sql = sql.replace("\" TEXT", "\" VARCHAR(100)");
        let mut bot = self.connect();
        wait(async {
            bot.query_drop(sql).await.map_err(|error| error.to_string())?;
            bot.disconnect().await.map_err(|error| error.to_string())
        })
    }

    fn read(&self, sql: &str) -> Option<String> {
        let sql = sql.replace("AS TEXT)", "AS CHAR)");
        let mut bot = self.connect();
        let row: Option<Row> = wait(bot.query_first(sql)).ok()?;
        Some(match row?.get::<Value, _>(0)? {
            Value::NULL => "NULL".to_owned(),
            Value::Bytes(text) => String::from_utf8(text).unwrap(),
            other => format!("{other:?}"),
        })
    }

    fn replica(&self, mappings: Vec<Mapping>) -> Box<dyn Replica> {
        let platform: Platform = "telegram".parse().unwrap();
        Box::new(MariaDbReplica::new(platform, self.url().parse().unwrap(), mappings, self.random.clone()))
    }

    fn back_up(&self, name: &str) {
        self.copy(&self.name, &format!("{}.{name}", self.name));
    }

    fn restore(&self, name: &str) {
        self.copy(&format!("{}.{name}", self.name), &self.name);
    }

    fn lose_capture(&self) {
        self.run("DROP TRIGGER onepurse_telegram_1_update; DROP TRIGGER onepurse_telegram_1_delete").unwrap();
    }

    fn schema(&self) -> String {
        self.read(
            "SELECT (SELECT GROUP_CONCAT(TABLE_NAME ORDER BY 1) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE())
                 || COALESCE((SELECT GROUP_CONCAT(TRIGGER_NAME ORDER BY 1) FROM information_schema.TRIGGERS
                    WHERE TRIGGER_SCHEMA = DATABASE()), '')",
        )
        .unwrap()
    }

    fn age(&self) {
        let schema = include_str!("../fixtures/schema-1/mariadb.sql").replace("`@", "`onepurse_telegram_");
        let (aged, number) = (aged(&schema, ""), "UPDATE onepurse_telegram_replica SET version = 1");
        self.run(&format!("DROP TABLE onepurse_telegram_reversal; {aged} {number}")).unwrap();
    }

    fn our(&self, table: &str) -> String {
        format!("onepurse_telegram_{table}")
    }
}
