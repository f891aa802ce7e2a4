//! A MariaDB server of a test's own, for what cannot be done to one that others use.

use std::{
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::process::Signal;

use super::{Data, MariaDb, MariaDbDatabase};
use crate::{
    ServerError,
    home::Home,
    process::{end, start, start_on_free_port},
};

/// A server that ends with this, or with the process.
#[derive(Debug)]
pub struct OwnMariaDb {
    server: MariaDb,
    home: Home,
    data: Data,
    process: Mutex<Option<Child>>,
}

impl MariaDb {
    /// Starts a server of one's own.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn start() -> OwnMariaDb {
        let server = OwnMariaDb::new(false).unwrap_or_else(|error| no_server(&error));
        // It is killed, and must have what it has acknowledged: the system has it then, if not the disk.
        server.server.maintenance().sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
        server
    }

    /// Starts one that lives on a disk and is as durable as a server is by default, for who measures.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn start_durable() -> OwnMariaDb {
        OwnMariaDb::new(true).unwrap_or_else(|error| no_server(&error))
    }
}

impl OwnMariaDb {
    fn new(durable: bool) -> Result<Self, ServerError> {
        let home = if durable { Home::own_on_disk()? } else { Home::own()? };
        let data = Data::create(&home, durable)?;
        let (port, process) = start_on_free_port(&home, |port| data.server(port))?;
        let server = MariaDb { port, databases: 0.into() };
        Ok(Self { server, home, data, process: Mutex::new(Some(process)) })
    }

    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database(&self) -> MariaDbDatabase {
        self.server.database()
    }

    /// kill -9, in the middle of whatever it does.
    ///
    /// # Panics
    ///
    /// Where it is not running.
    pub fn kill(&self) {
        let Some(process) = self.process().take() else { panic!("the server is not running") };
        end(process, Signal::KILL).unwrap_or_else(|error| panic!("the server cannot be killed: {error}"));
    }

    /// Starts the server after it was killed, on the same port.
    ///
    /// # Panics
    ///
    /// Where it is running, or cannot be started.
    pub fn start_again(&self) {
        let mut process = self.process();
        assert!(process.is_none(), "the server is running");
        let mut command = self.data.server(self.server.port);
        if !self.data.durable {
            command.arg("--innodb-flush-log-at-trx-commit=2");
        }
        *process = Some(start(&self.home, &command).unwrap_or_else(|error| no_server(&error)));
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OwnMariaDb {
    fn drop(&mut self) {
        if let Some(process) = self.process().take() {
            let _ = end(process, Signal::KILL);
        }
        self.home.remove();
    }
}

fn no_server(error: &ServerError) -> ! {
    panic!("there is no MariaDB: {error}")
}
