//! Where log lines go, for people or for programs.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    EnvFilter,
    fmt::{self, format, writer::BoxMakeWriter},
};

use crate::args::log::{LogForm, LogOptions};

/// Fields that say to programs what the message says to people already.
const IN_THE_MESSAGE: [&str; 7] = ["url", "platform", "happening", "identity", "asset", "delta", "seq"];

/// Where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output, where a host looks for the log of a program that has nothing else to print.
    Output,
    /// Standard error: what a verb prints as its result stays alone on standard output.
    Error,
}

impl Stream {
    fn is_terminal(self) -> bool {
        match self {
            Self::Output => io::stdout().is_terminal(),
            Self::Error => io::stderr().is_terminal(),
        }
    }

    fn writer(self) -> BoxMakeWriter {
        match self {
            Self::Output => BoxMakeWriter::new(io::stdout),
            Self::Error => BoxMakeWriter::new(io::stderr),
        }
    }
}

/// Begins logging. `quietest` is what is logged where neither `--log-level` nor `RUST_LOG` says otherwise.
pub(crate) fn begin(options: &LogOptions, quietest: &str, stream: Stream) {
    let wanted = options.log_level.clone().or_else(|| std::env::var(EnvFilter::DEFAULT_ENV).ok());
    let wanted = wanted.filter(|filter| !filter.is_empty());
    let filter = EnvFilter::builder().parse_lossy(wanted.as_deref().unwrap_or(quietest));
    let lines = fmt::fmt().with_env_filter(filter).with_writer(stream.writer());
    match options.log {
        LogForm::Human => {
            let fields = format::debug_fn(|line, field, value| match field.name() {
                "message" => write!(line, "{value:?}"),
                name if IN_THE_MESSAGE.contains(&name) => Ok(()),
                name => write!(line, " {name}={value:?}"),
            });
            lines.with_target(false).with_ansi(stream.is_terminal()).fmt_fields(fields).init();
        }
        LogForm::Json => lines.json().flatten_event(true).init(),
    }
}
