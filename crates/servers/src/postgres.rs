//! PostgreSQL.

mod cluster;
mod programs;
mod small_disk;

use std::{
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

pub use cluster::{Cluster, Settings};

use crate::{
    ServerError,
    command::run,
    home::Home,
    process::start_on_free_port,
    proxy::Proxy,
    run::{Run, word},
};
use programs::Data;

/// The user that Debian makes for it.
const USER: &str = "postgres";
/// What many tests at once need.
const MAX_CONNECTIONS: u16 = 200;

/// The PostgreSQL server of this test run.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// The server; the first test of the run that asks starts it.
    ///
    /// # Panics
    ///
    /// Where it cannot be started: the test fails, and says why.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            let port = Run::current().once("postgres", start);
            let port = port.unwrap_or_else(|error| panic!("there is no PostgreSQL: {error}"));
            Self::on(port)
        })
    }

    fn on(port: u16) -> Self {
        Self { port, databases: AtomicU32::new(0) }
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database(&self) -> Database {
        self.database_with("")
    }

    fn database_with(&self, more: &str) -> Database {
        let name = format!("test_{}_{}", word(), self.databases.fetch_add(1, Ordering::Relaxed));
        self.maintenance().psql(&format!("CREATE DATABASE {name} {more}"));
        Database { port: self.port, name }
    }

    /// The database that every server has.
    fn maintenance(&self) -> Database {
        Database { port: self.port, name: USER.to_owned() }
    }
}

/// A database of one test.
#[derive(Debug, Clone)]
pub struct Database {
    port: u16,
    name: String,
}

impl Database {
    /// Where it is: `postgres://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{}", self.port, self.name)
    }

    /// The port of its server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same database, reached through a proxy.
    #[must_use]
    pub fn through(&self, proxy: &Proxy) -> Self {
        self.on(proxy.port())
    }

    /// The database of this name that is reached on another port.
    pub(crate) fn on(&self, port: u16) -> Self {
        Self { port, name: self.name.clone() }
    }

    /// What `psql` prints for these statements, a row a line; they are one transaction where they are several.
    ///
    /// # Panics
    ///
    /// Where one of them fails.
    #[expect(clippy::must_use_candidate, reason = "mostly done for what it does")]
    pub fn psql(&self, sql: &str) -> String {
        run(&mut self.psql_command(sql)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn psql_command(&self, sql: &str) -> Command {
        let mut psql = programs::psql();
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.arg(self.url()).args(["--command", sql]);
        psql
    }
}

/// Starts a server in `home`; the port that it listens on.
fn start(home: &Home) -> Result<u16, ServerError> {
    let data = Data::empty(home.join("data"))?;
    data.create()?;
    let settings = Settings { max_connections: MAX_CONNECTIONS, ..Settings::default() };
    start_on_free_port(home, |port| data.server(port, settings)).map(|(port, _)| port)
}
