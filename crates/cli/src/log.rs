//! Where log lines go: to standard error, for people or for programs.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, fmt};

use crate::args::{LogForm, LogOptions};

/// Begins logging. `quietest` is what is logged where neither `--log-level` nor `RUST_LOG` says otherwise.
pub(crate) fn begin(options: &LogOptions, quietest: &str) {
    let wanted = options.log_level.clone().or_else(|| std::env::var(EnvFilter::DEFAULT_ENV).ok());
    let wanted = wanted.filter(|filter| !filter.is_empty());
    let filter = EnvFilter::builder().parse_lossy(wanted.as_deref().unwrap_or(quietest));
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    match options.log {
        LogForm::Human => lines.with_target(false).with_ansi(io::stderr().is_terminal()).init(),
        LogForm::Json => lines.json().flatten_event(true).init(),
    }
}
