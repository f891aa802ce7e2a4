use thiserror::Error;

/// Why a table or a file cannot be imported.
#[derive(Debug, Error)]
pub(crate) enum ImportError {
    /// There is no such file.
    #[error("there is no database at {place}")]
    NoFile {
        /// Where it should be.
        place: String,
    },
    /// The database has no such table, or only the view of that name that is the ledger's own.
    #[error("there is no table `{table}` in {place}")]
    NoTable {
        /// Where it was looked for.
        place: String,
        /// As it was named.
        table: String,
    },
    /// A column of the founding form is missing.
    #[error("`{table}` in {place} has no column `{column}`")]
    NoColumn {
        /// Where it is.
        place: String,
        /// Its name.
        table: String,
        /// What it lacks.
        column: &'static str,
        /// What it has.
        known: Vec<String>,
    },
    /// Nothing but the ledger is in the ledger's own file.
    #[error("the ledger has {place} for itself: there is no table to import in it")]
    InLedgerFile {
        /// The ledger's file.
        place: String,
    },
    /// No unified database in the founding form is in MariaDB.
    #[error("a table to import is read from PostgreSQL or a file of SQLite, and not from {place}")]
    InMariaDb {
        /// Where it was looked for.
        place: String,
    },
    /// A file that cannot be read.
    #[error("{place} cannot be read: {source}")]
    File {
        /// Where it is.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not of its form, as a whole.
    #[error("{place} is not what was expected: {what}")]
    Form {
        /// Where it is.
        place: String,
        /// What is wrong.
        what: String,
        /// How it should be.
        form: &'static str,
    },
    /// It cannot be read now.
    #[error("{place} cannot be read: {source}")]
    Unreadable {
        /// Where it is.
        place: String,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ImportError {
    /// The name of the error for programs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::NoFile { .. } => "DatabaseMissing",
            Self::NoTable { .. } | Self::InLedgerFile { .. } | Self::InMariaDb { .. } => "TableMissing",
            Self::NoColumn { .. } => "ColumnMissing",
            Self::File { .. } => "FileUnreadable",
            Self::Form { .. } => "FileWrong",
            Self::Unreadable { .. } => "DatabaseUnavailable",
        }
    }

    /// The database at `place` says no.
    pub(super) fn unreadable(
        place: &impl ToString,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { place: place.to_string(), source: source.into() }
    }
}
