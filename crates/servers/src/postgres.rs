//! PostgreSQL.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    ServerError,
    command::{as_user, run},
    run::Run,
};

/// The user that Debian makes for it.
const USER: &str = "postgres";
/// Between asking for a free port and using it, somebody else may take it.
const STARTS_MAX: usize = 5;
/// No test takes the power away, so nothing waits for the disk.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200";

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
            let run = Run::current();
            let started = run.once("postgres", |folder| start(&run, folder).map(|port| port.to_string()));
            let port = started.unwrap_or_else(|error| panic!("there is no PostgreSQL: {error}"));
            let port = port.parse().unwrap_or_else(|error| panic!("`{port}` is no port: {error}"));
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

/// Starts a server in `folder`; the port that it listens on.
fn start(owner: &Run, folder: &Path) -> Result<u16, ServerError> {
    let programs = programs()?;
    let data = folder.join("data");
    let failed = |source| ServerError::Folder { folder: folder.display().to_string(), source };
    if rustix::process::getuid().is_root() {
        run(Command::new("chown").arg(USER).arg(folder))?;
    }
    let mut initdb = as_user(USER, &programs.join("initdb"));
    initdb.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    run(initdb.arg("--pgdata").arg(&data))?;
    let mut tries = 1;
    let port = loop {
        let port = free_port().map_err(failed)?;
        let options = format!("{SETTINGS} -p {port} -c unix_socket_directories='{}'", folder.display());
        let mut start = as_user(USER, &programs.join("pg_ctl"));
        start.arg("--pgdata").arg(&data).arg("--log").arg(folder.join("log"));
        match run(start.args(["--wait", "--options", &options, "start"])) {
            Ok(_) => break port,
            Err(_) if tries < STARTS_MAX => tries += 1,
            Err(error) => return Err(with_log(error, &folder.join("log"))),
        }
    };
    let mut stop = as_user(USER, &programs.join("pg_ctl"));
    stop.arg("--pgdata").arg(&data).args(["--wait", "--mode", "immediate", "stop"]);
    owner.at_end(&stop)?;
    Ok(port)
}

/// Where Debian keeps the programs of the newest version: they are not on the path.
fn programs() -> Result<PathBuf, ServerError> {
    let missing = ServerError::NotInstalled { program: "PostgreSQL", package: "postgresql" };
    let Ok(versions) = fs::read_dir("/usr/lib/postgresql") else { return Err(missing) };
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(number);
    newest.map(|version| version.join("bin")).filter(|bin| bin.join("initdb").exists()).ok_or(missing)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// What the server wrote down says more than the program that started it.
fn with_log(error: ServerError, log: &Path) -> ServerError {
    match (error, fs::read_to_string(log)) {
        (ServerError::Failed { program, said }, Ok(log)) => {
            ServerError::Failed { program, said: format!("{said}\n{log}") }
        }
        (error, _) => error,
    }
}
