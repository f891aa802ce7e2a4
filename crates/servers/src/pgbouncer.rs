//! A pooler before a PostgreSQL server.

use std::{fs, path::Path, process::Child};

use rustix::process::Signal;

use crate::{
    Database, ServerError,
    command::as_user,
    home::Home,
    process::{end, start_on_free_port},
};

/// The user that Debian runs it as.
const USER: &str = "postgres";
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// `PgBouncer` in transaction mode, with its defaults otherwise: each transaction may run in another session, so nothing
/// that belongs to a session holds. Ends with this, or with the process.
#[derive(Debug)]
pub struct PgBouncer {
    database: Database,
    home: Home,
    server: Option<Child>,
}

impl PgBouncer {
    /// A pooler before the server of this database.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn before(database: &Database) -> Self {
        Self::start(database).unwrap_or_else(|error| panic!("there is no PgBouncer: {error}"))
    }

    /// The database, reached through the pooler.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn start(database: &Database) -> Result<Self, ServerError> {
        if !Path::new(PROGRAM).exists() {
            return Err(ServerError::NotInstalled { program: "PgBouncer", package: "pgbouncer" });
        }
        let home = Home::own()?;
        let (port, server) = start_on_free_port(&home, |port| {
            let settings = home.join("pgbouncer.ini");
            // Where that fails, the program says that it is not there.
            let _ = fs::write(&settings, configuration(port, database.port()));
            let mut server = as_user(USER, Path::new(PROGRAM));
            server.arg("--quiet").arg(settings);
            server
        })?;
        Ok(Self { database: database.on(port), home, server: Some(server) })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = end(server, Signal::TERM);
        }
        self.home.remove();
    }
}

/// It lets everyone in, as `postgres`; and looks for a server that was gone again after a second, not after fifteen.
fn configuration(port: u16, server: u16) -> String {
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server} user={USER}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         server_login_retry = 1\n"
    )
}
