//! Throwaway database servers for tests: one a test run, a database a test, and for what hurts others, one of a test's
//! own. Nothing outside this machine reaches them, and they end with the run, however that ends. Between a server and
//! those who use it a test can put a network that behaves badly, or a pooler.
//!
//! None of them waits for the disk, except where it is asked to be durable, for who measures.
//!
//! The programs are Debian's. Where they are missing, or a server does not start, a test fails and says why; none is
//! ever skipped.

mod command;
mod home;
mod mariadb;
mod pgbouncer;
mod postgres;
mod process;
mod proxy;
mod run;

use std::io;

use thiserror::Error;

pub use mariadb::{MariaDb, MariaDbDatabase, OwnMariaDb};
pub use pgbouncer::PgBouncer;
pub use postgres::{Cluster, Database, Postgres, Settings};
pub use proxy::{Proxy, Way};

/// Why there is no server.
#[derive(Debug, Error)]
pub enum ServerError {
    /// A program of the server's is not installed.
    #[error("{program} is not installed: on Debian, `apt-get install {package}`")]
    NotInstalled {
        /// The program.
        program: &'static str,
        /// The package that brings it.
        package: &'static str,
    },
    /// A program could not be run.
    #[error("{program} cannot be run: {source}")]
    NotRun {
        /// The program.
        program: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("{program} failed: {said}")]
    Failed {
        /// The program.
        program: String,
        /// What it said.
        said: String,
    },
    /// The system gives no free port.
    #[error("there is no free port: {source}")]
    NoPort {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The folder of the run cannot be used.
    #[error("{folder} cannot be used: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}
