//! Databases on the server of the test run: made, copied, put back.

use onepurse_postgres::{Address, Client, connect};
use onepurse_servers::{Database, Postgres};

/// A database that can be backed up.
pub(crate) struct Place {
    url: String,
    name: String,
    /// Where databases are made and dropped from.
    desk: Database,
}

impl Place {
    /// A new, empty database.
    pub(crate) fn new() -> Self {
        let server = Postgres::shared();
        let url = server.database().url();
        let name = url.rsplit('/').next().unwrap().to_owned();
        Self { url, name, desk: server.database() }
    }

    pub(crate) fn address(&self) -> Address {
        self.url.parse().unwrap()
    }

    /// The same, reached on another port of this machine.
    pub(crate) fn on(&self, port: u16) -> Address {
        format!("postgres://postgres@127.0.0.1:{port}/{}", self.name).parse().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.desk.port()
    }

    pub(crate) async fn connect(&self) -> Client {
        connect(&self.address()).await.unwrap()
    }

    pub(crate) fn back_up(&self) {
        self.copy(&self.name, &format!("{}_backup", self.name));
    }

    pub(crate) fn put_back(&self) {
        self.copy(&format!("{}_backup", self.name), &self.name);
    }

    /// Whoever is connected to the one or the other is cut off.
    fn copy(&self, from: &str, to: &str) {
        self.desk.psql(&format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"));
        // Programs that are cut off come again at once: it is told to let nobody in while it is copied.
        self.desk.psql(&format!("ALTER DATABASE {from} ALLOW_CONNECTIONS false"));
        self.desk.psql(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{from}'"
        ));
        self.desk.psql(&format!("CREATE DATABASE {to} TEMPLATE {from}"));
        self.desk.psql(&format!("ALTER DATABASE {from} ALLOW_CONNECTIONS true"));
    }
}
