use std::{io, path::PathBuf};

use onepurse_ledger::LedgerError;
use onepurse_replica::ReplicaError;
use thiserror::Error;

/// Why something could not be measured.
#[derive(Debug, Error)]
pub(crate) enum BenchError {
    /// There is no such row.
    #[error("there is no row `{asked}`: there are {known}")]
    NoSuchRow {
        /// What was asked for.
        asked: String,
        /// All there are.
        known: String,
    },
    /// The program itself is measured, and was not built.
    #[error("{} is not there: build it with `cargo build --release -p onepurse`", .path.display())]
    NotBuilt {
        /// Where it would be.
        path: PathBuf,
    },
    /// It did not do what was asked.
    #[error("`onepurse {args}` failed: {said}")]
    Program {
        /// What it was called with.
        args: String,
        /// What it said.
        said: String,
    },
    /// It did not get there.
    #[error("{what} did not happen within {seconds} s: is the machine overloaded?")]
    TooLate {
        /// What was waited for.
        what: &'static str,
        /// How long.
        seconds: u64,
    },
    /// `bench/explained.toml` cannot be read.
    #[error("bench/explained.toml cannot be read, see the comment at its beginning: {0}")]
    Explained(#[from] toml::de::Error),
    /// It names a section that is not there.
    #[error(
        "bench/explained.toml says that docs/performance.md explains `{line}` under `{section}`: no such heading"
    )]
    NoSuchSection {
        /// The line that is explained.
        line: String,
        /// Where it should be.
        section: String,
    },
    /// Instructions are counted by valgrind.
    #[error("valgrind is not installed: on Debian, `apt-get install valgrind`")]
    NoValgrind,
    /// Valgrind did not count.
    #[error("valgrind did not count `{what}`: {said}")]
    NotCounted {
        /// What was to be counted.
        what: String,
        /// What valgrind said, and the program.
        said: String,
    },
    /// `bench/counts.toml` cannot be read.
    #[error("bench/counts.toml cannot be read: {0}")]
    Counts(#[source] toml::de::Error),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A replica's.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// PostgreSQL's.
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] onepurse_postgres::Error),
    /// SQLite's.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// MariaDB's.
    #[error("MariaDB: {0}")]
    MariaDb(#[from] mysql_async::Error),
    /// The operating system's.
    #[error("the operating system: {0}")]
    Io(#[from] io::Error),
    /// A task that measured came to its end in another way.
    #[error("a task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// What was written cannot be told as JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The suite made something that is none: a mistake in it.
    #[error("the suite made something unusable, which is a mistake in it: {0}")]
    Mistake(String),
}

impl From<tokio_postgres::Error> for BenchError {
    /// The driver's own words leave out what the server says.
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error.into())
    }
}
