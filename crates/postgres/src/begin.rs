use std::time::Duration;

/// How a transaction begins. As statements of their own, so that a pooler sees no state in the session; to be sent as
/// one message with `batch_execute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// To write: each statement sees what was committed before it.
    Write,
    /// To read: all statements see one snapshot, and nothing can be written.
    Read,
}

/// What a transaction of ours waits for at most, and how long others may have to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a lock that another transaction holds.
    pub lock: Duration,
    /// Between two statements of ours: when this program hangs, its locks go.
    pub idle: Duration,
    /// For one statement, waiting included.
    pub statement: Duration,
}

impl Begin {
    /// The statements. Names without a schema mean the system's own, whatever else is in the database.
    #[must_use]
    pub fn statements(self, limits: &Limits) -> String {
        let kind = match self {
            Self::Write => "READ COMMITTED READ WRITE",
            Self::Read => "REPEATABLE READ READ ONLY",
        };
        format!(
            "BEGIN ISOLATION LEVEL {kind}; SET LOCAL search_path = ''; SET LOCAL lock_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL statement_timeout = {}",
            limits.lock.as_millis(),
            limits.idle.as_millis(),
            limits.statement.as_millis(),
        )
    }
}
