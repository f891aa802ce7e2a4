//! The options that say how the program logs.

use clap::{Args, ValueEnum};

const GLOBAL: &str = "Options of every verb";

/// How to log.
#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// How log lines look: on standard output for `run`, on standard error for every other verb
    #[arg(long, global = true, help_heading = GLOBAL, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) log: LogForm,

    /// What is logged: error, warn, info, debug, trace, or a filter like `RUST_LOG`, which it overrides
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

/// How log lines look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}
