//! PostgreSQL.

use std::{
    fs,
    path::PathBuf,
    process::{Command, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    ServerError,
    command::{as_user, folder_of, run},
    home::Home,
    process::start_on_free_port,
    proxy::Proxy,
    run::Run,
};

/// The user that Debian makes for it.
const USER: &str = "postgres";
/// No test takes the power away, so nothing waits for the disk.
const SETTINGS: [&str; 4] =
    ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"];

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
            Self { port, databases: AtomicU32::new(0) }
        })
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database(&self) -> Database {
        let name = format!("test_{}_{}", id(), self.databases.fetch_add(1, Ordering::Relaxed));
        let maintenance = Database { port: self.port, name: USER.to_owned() };
        maintenance.psql(&format!("CREATE DATABASE {name}"));
        Database { port: self.port, name }
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
        Self { port: proxy.port(), name: self.name.clone() }
    }

    /// What `psql` prints for these statements, a row a line; they are one transaction where they are several.
    ///
    /// # Panics
    ///
    /// Where one of them fails.
    #[expect(clippy::must_use_candidate, reason = "mostly done for what it does")]
    pub fn psql(&self, sql: &str) -> String {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.arg(self.url()).args(["--command", sql]);
        run(&mut psql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// Starts a server in `home`; the port that it listens on.
fn start(home: &Home) -> Result<u16, ServerError> {
    let (programs, data) = (programs()?, home.join("data"));
    // Of a start that failed.
    let _ = fs::remove_dir_all(&data);
    folder_of(USER, &data)?;
    let mut initdb = as_user(USER, &programs.join("initdb"));
    initdb.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    run(initdb.arg("--pgdata").arg(&data))?;
    let server = |port: u16| {
        let mut server = as_user(USER, &programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        server
    };
    start_on_free_port(home, server).map(|(port, _)| port)
}

/// Where Debian keeps the programs of the newest version: they are not on the path. A version's folder may hold its
/// clients alone.
fn programs() -> Result<PathBuf, ServerError> {
    let missing = ServerError::NotInstalled { program: "PostgreSQL", package: "postgresql" };
    let Ok(versions) = fs::read_dir("/usr/lib/postgresql") else { return Err(missing) };
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions.filter(|version| version.join("bin/initdb").exists()).max_by_key(number);
    newest.map(|version| version.join("bin")).ok_or(missing)
}
