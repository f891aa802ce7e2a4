//! MariaDB.

mod own;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

pub use own::OwnMariaDb;

use crate::{
    ServerError,
    command::{as_user, folder_of, run},
    home::Home,
    process::start_on_free_port,
    proxy::Proxy,
    run::{Run, word},
};

/// The user that Debian makes for it.
const USER: &str = "mysql";
const PROGRAM: &str = "/usr/sbin/mariadbd";
/// Small, so that it is there soon.
const SMALL: [&str; 3] =
    ["--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M", "--aria-log-file-size=8M"];
const SETTINGS: [&str; 3] = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"];
/// No test takes the power away, so nothing waits for the disk.
const HASTY: [&str; 3] =
    ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0"];

/// The MariaDB server of this test run.
#[derive(Debug)]
pub struct MariaDb {
    port: u16,
    databases: AtomicU32,
}

impl MariaDb {
    /// The server; the first test of the run that asks starts it.
    ///
    /// # Panics
    ///
    /// Where it cannot be started: the test fails, and says why.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        SHARED.get_or_init(|| {
            let port = Run::current().once("mariadb", start);
            let port = port.unwrap_or_else(|error| panic!("there is no MariaDB: {error}"));
            Self { port, databases: AtomicU32::new(0) }
        })
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database(&self) -> MariaDbDatabase {
        let name = format!("test_{}_{}", word(), self.databases.fetch_add(1, Ordering::Relaxed));
        self.maintenance().sql(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        MariaDbDatabase { port: self.port, name }
    }

    /// The database that every server has.
    fn maintenance(&self) -> MariaDbDatabase {
        MariaDbDatabase { port: self.port, name: "mysql".to_owned() }
    }
}

/// A database of one test.
#[derive(Debug, Clone)]
pub struct MariaDbDatabase {
    port: u16,
    name: String,
}

impl MariaDbDatabase {
    /// Where it is: `mysql://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/{}", self.port, self.name)
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

    /// What `mariadb` prints for these statements, a row a line with tabs between its values.
    ///
    /// # Panics
    ///
    /// Where one of them fails.
    #[expect(clippy::must_use_candidate, reason = "mostly done for what it does")]
    pub fn sql(&self, sql: &str) -> String {
        let mut mariadb = Command::new("mariadb");
        mariadb.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root", "--batch"]);
        mariadb.args(["--skip-column-names", "--default-character-set=utf8mb4"]);
        mariadb.args(["--port", &self.port.to_string(), "--database", &self.name, "--execute", sql]);
        run(&mut mariadb).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// Starts a server in `home`; the port that it listens on.
fn start(home: &Home) -> Result<u16, ServerError> {
    let data = Data::create(home, false)?;
    start_on_free_port(home, |port| data.server(port)).map(|(port, _)| port)
}

/// The folders that a server keeps its data in.
#[derive(Debug)]
struct Data {
    folder: PathBuf,
    /// A server that starts removes the temporary tables that it finds, those of other servers too.
    temporary: PathBuf,
    /// Whether it is as durable, and as large, as a server is by default.
    durable: bool,
}

impl Data {
    /// An empty database in `home`.
    fn create(home: &Home, durable: bool) -> Result<Self, ServerError> {
        if !Path::new(PROGRAM).exists() {
            return Err(ServerError::NotInstalled { program: "MariaDB", package: "mariadb-server" });
        }
        let data = Self { folder: home.join("data"), temporary: home.join("tmp"), durable };
        for folder in [&data.folder, &data.temporary] {
            // Of a start that failed.
            let _ = fs::remove_dir_all(folder);
            folder_of(USER, folder)?;
        }
        let mut install = data.command("mariadb-install-db");
        run(install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]))?;
        Ok(data)
    }

    fn server(&self, port: u16) -> Command {
        let mut server = self.command(PROGRAM);
        server
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", self.folder.join("socket").display()))
            .arg(format!("--pid-file={}", self.folder.join("pid").display()));
        server
    }

    fn command(&self, program: &str) -> Command {
        let mut command = as_user(USER, Path::new(program));
        command
            .arg("--no-defaults")
            .arg(format!("--datadir={}", self.folder.display()))
            .arg(format!("--tmpdir={}", self.temporary.display()))
            .args(SETTINGS);
        if !self.durable {
            command.args(SMALL).args(HASTY);
        }
        command
    }
}
