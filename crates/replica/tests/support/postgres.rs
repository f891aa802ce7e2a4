//! The bot's side of a PostgreSQL database.

use std::sync::Arc;

use onepurse_core::Platform;
use onepurse_postgres::{Address, Client, connect};
use onepurse_replica::{Mapping, PostgresReplica, Replica};
use onepurse_servers::Postgres as Server;
use tokio_postgres::SimpleQueryMessage;

use super::{
    Counting,
    fixture::{Fixture, aged},
    wait,
};

pub(crate) struct Postgres {
    server: String,
    name: String,
    /// The role that the replica comes as; the server's own where there is none.
    role: Option<String>,
    random: Arc<Counting>,
}

impl Postgres {
    fn at(&self, database: &str) -> Address {
        format!("{}/{database}", self.server).parse().unwrap()
    }

    pub(crate) fn address(&self) -> Address {
        self.at(&self.name)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn random(&self) -> Arc<Counting> {
        self.random.clone()
    }

    /// A role of this test: `bot` and the like.
    pub(crate) fn role(&self, who: &str) -> String {
        format!("{who}_{}", self.name)
    }

    pub(crate) fn url_as(&self, role: &str) -> String {
        let host = self.server.rsplit('@').next().unwrap();
        format!("postgres://{role}@{host}/{}", self.name)
    }

    /// From now on the replica comes as that role.
    pub(crate) fn with_role(mut self, who: &str) -> Self {
        self.role = Some(self.role(who));
        self
    }

    /// The database goes, whoever is connected.
    pub(crate) fn vanish(&self) {
        let admin = wait(connect(&self.at("postgres"))).unwrap();
        wait(admin.batch_execute(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name))).unwrap();
    }

    /// A connection of the bot's.
    pub(crate) fn connect(&self) -> Client {
        wait(connect(&self.address())).unwrap()
    }

    /// Whoever is connected to the one or the other is cut off.
    fn copy(&self, from: &str, to: &str) {
        let admin = wait(connect(&self.at("postgres"))).unwrap();
        for sql in [
            format!("DROP DATABASE IF EXISTS \"{to}\" WITH (FORCE)"),
            format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{from}'"),
            format!("CREATE DATABASE \"{to}\" TEMPLATE \"{from}\""),
        ] {
            wait(admin.batch_execute(&sql)).unwrap();
        }
    }
}

impl Fixture for Postgres {
    fn new(shape: &str) -> Self {
        let url = Server::shared().database().url();
        let (server, name) = url.rsplit_once('/').unwrap();
        let fixture = Self {
            server: server.to_owned(),
            name: name.to_owned(),
            role: None,
            random: Arc::new(Counting(1.into())),
        };
        fixture.run(shape).unwrap();
        fixture
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        let client = self.connect();
        wait(client.batch_execute(sql)).map_err(|error| onepurse_postgres::Error::from(error).to_string())
    }

    fn read(&self, sql: &str) -> Option<String> {
        let client = self.connect();
        let found = wait(client.simple_query(sql)).ok()?;
        found.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        })
    }

    fn replica(&self, mappings: Vec<Mapping>) -> Box<dyn Replica> {
        let platform: Platform = "telegram".parse().unwrap();
        let address = match &self.role {
            Some(role) => self.url_as(role).parse().unwrap(),
            None => self.address(),
        };
        Box::new(PostgresReplica::new(platform, address, mappings, self.random.clone()))
    }

    fn back_up(&self, name: &str) {
        self.copy(&self.name, &format!("{}.{name}", self.name));
    }

    fn restore(&self, name: &str) {
        self.copy(&format!("{}.{name}", self.name), &self.name);
    }

    fn lose_capture(&self) {
        let drop =
            "DROP TRIGGER onepurse_telegram_change_1 ON users; DROP TRIGGER onepurse_telegram_row_1 ON users";
        self.run(drop).unwrap();
    }

    fn schema(&self) -> String {
        self.read(
            "SELECT (SELECT string_agg(oid::regclass::text, ' ' ORDER BY 1) FROM pg_class WHERE oid >= 16384)
                 || (SELECT count(*) FROM pg_trigger) || (SELECT string_agg(nspname, ' ' ORDER BY 1) FROM pg_namespace)
                 || (SELECT count(*) FROM pg_proc)",
        )
        .unwrap()
    }

    fn age(&self) {
        let schema = include_str!("../fixtures/schema-1/postgres.sql").replace("@.", "onepurse_telegram.");
        let numbered = [("mapping", "mapping"), ("captured", "n"), ("outbox", "n"), ("kept", "k")];
        let go_on = numbered.map(|(table, column)| {
            format!("SELECT setval(pg_get_serial_sequence('onepurse_telegram.{table}', '{column}'), 1000);")
        });
        let (aged, go_on) = (aged(&schema, "OVERRIDING SYSTEM VALUE"), go_on.concat());
        let number = "UPDATE onepurse_telegram.replica SET schema = 1";
        self.run(&format!("DROP TABLE onepurse_telegram.reversal; {aged} {go_on} {number}")).unwrap();
    }

    fn our(&self, table: &str) -> String {
        format!("onepurse_telegram.{table}")
    }
}
