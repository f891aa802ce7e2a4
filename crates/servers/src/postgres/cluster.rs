//! A PostgreSQL server of a test's own, for what cannot be done to one that others use.

use std::{
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::process::Signal;

use super::{Database, Postgres, programs::Data, small_disk};
use crate::{
    ServerError,
    home::Home,
    process::{end, start, start_on_free_port},
};

/// What a server of one's own is like.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many connections it takes, a superuser's among them.
    pub max_connections: u16,
    /// Gives it a disk of so many MiB beside its own: see [`Cluster::database_on_small_disk`]. Such a server cannot be
    /// started again, for its disk goes with it.
    pub small_disk_mib: Option<u32>,
    /// Has it live on a disk and be as durable as a server is by default, for who measures.
    pub durable: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_connections: 50, small_disk_mib: None, durable: false }
    }
}

/// A server that ends with this, or with the process.
#[derive(Debug)]
pub struct Cluster {
    pub(super) postgres: Postgres,
    pub(super) home: Home,
    data: Data,
    settings: Settings,
    server: Mutex<Option<Child>>,
}

impl Postgres {
    /// Starts a server of one's own.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn start(settings: Settings) -> Cluster {
        let cluster = Cluster::new(settings, Data::create).unwrap_or_else(|error| no_server(&error));
        cluster.prepare_small_disk(settings);
        cluster
    }
}

impl Cluster {
    fn new(
        settings: Settings,
        fill: impl FnOnce(&Data) -> Result<(), ServerError>,
    ) -> Result<Self, ServerError> {
        let home = if settings.durable { Home::own_on_disk()? } else { Home::own()? };
        let data = Data::empty(home.join("data"))?;
        fill(&data)?;
        let command = |port| {
            let server = data.server(port, settings);
            match settings.small_disk_mib {
                Some(mib) => small_disk::before(&server, &home, mib),
                None => server,
            }
        };
        let (port, server) = start_on_free_port(&home, command)?;
        Ok(Self { postgres: Postgres::on(port), home, data, settings, server: Mutex::new(Some(server)) })
    }

    /// The port of the server, which it keeps when it is started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.postgres.port
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database(&self) -> Database {
        self.postgres.database()
    }

    /// The database of another server that this one has as well, because it follows it.
    #[must_use]
    pub fn at(&self, database: &Database) -> Database {
        database.on(self.port())
    }

    /// Ends the server as a crash would, in the middle of whatever it does.
    ///
    /// # Panics
    ///
    /// Where it is not running.
    pub fn stop_immediate(&self) {
        let Some(server) = self.server().take() else { panic!("the server is not running") };
        end(server, Signal::QUIT).unwrap_or_else(|error| panic!("the server cannot be stopped: {error}"));
    }

    /// Starts the server after it was stopped, on the same port.
    ///
    /// # Panics
    ///
    /// Where it is running, or cannot be started.
    pub fn start_again(&self) {
        let mut server = self.server();
        assert!(server.is_none(), "the server is running");
        assert!(self.settings.small_disk_mib.is_none(), "the small disk has gone with the server");
        let command = self.data.server(self.port(), self.settings);
        *server = Some(start(&self.home, &command).unwrap_or_else(|error| no_server(&error)));
    }

    /// Another server that follows this one, and synchronously: from now on nothing is acknowledged here before it is
    /// there too. It can be read from.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn standby(&self) -> Self {
        let settings = Settings { small_disk_mib: None, ..self.settings };
        let standby =
            Self::new(settings, |data| data.copy(self.port())).unwrap_or_else(|error| no_server(&error));
        let maintenance = self.postgres.maintenance();
        maintenance.psql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        maintenance.psql("SELECT pg_reload_conf()");
        maintenance.psql(
            "SET statement_timeout = '60s'; DO $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') LOOP
                    PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
                END LOOP;
            END $$",
        );
        // What commits wait for is what the checkpointer has read last; it reads before it does this.
        maintenance.psql("CHECKPOINT");
        standby
    }

    /// Makes a standby a server that is written to and follows nobody, and waits until it is.
    ///
    /// # Panics
    ///
    /// Where it is no standby.
    pub fn promote(&self) {
        self.data.promote().unwrap_or_else(|error| panic!("the standby cannot be promoted: {error}"));
        // It may have copied that it waits for a standby, too.
        let maintenance = self.postgres.maintenance();
        maintenance.psql("ALTER SYSTEM RESET synchronous_standby_names");
        maintenance.psql("SELECT pg_reload_conf()");
    }

    fn server(&self) -> MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(server) = self.server().take() {
            let _ = end(server, Signal::QUIT);
        }
        self.home.remove();
    }
}

fn no_server(error: &ServerError) -> ! {
    panic!("there is no PostgreSQL: {error}")
}
