//! The command line of the verbs that put bots' databases in step, keep them there, and let them go.

use std::time::Duration;

use clap::{Args, ValueEnum};
use onepurse_core::Platform;

/// `run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Run beside another that keeps the same platforms in step
    #[arg(long)]
    pub(crate) shared: bool,
}

/// `sync`
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Stop when everything is in step
    #[arg(long, required = true)]
    pub(crate) until_idle: bool,
    /// How long to try, like 500ms, 30s or 2m
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Run beside another that keeps the same platforms in step
    #[arg(long)]
    pub(crate) shared: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `attach`
#[derive(Debug, Args)]
pub(crate) struct Attach {
    /// Which platforms; without any, all of the configuration
    #[arg(value_name = "PLATFORM")]
    pub(crate) platforms: Vec<Platform>,
    /// Count what was written while detached as changes; without it the ledger wins and the differences are listed
    #[arg(long)]
    pub(crate) count_changes: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `detach`
#[derive(Debug, Args)]
pub(crate) struct Detach {
    /// Which platforms; without any, all of the configuration
    #[arg(value_name = "PLATFORM")]
    pub(crate) platforms: Vec<Platform>,
    /// Also where events cannot be brought to the ledger first: they are lost to it
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `resume`
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// Which platform
    pub(crate) platform: Platform,
    /// The answer; without it, the question and its answers are shown
    #[arg(long, value_enum)]
    pub(crate) answer: Option<Answer>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What an operator may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// The ledger is right: the bot's rows get its balances.
    Ledger,
    /// The bot is right: what differs counts as changes.
    Count,
}

/// Reads a time as people write it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write it like 500ms, 30s or 2m");
    let time: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    time.try_into().map_err(|_| wrong())
}

/// `rebuild`
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Leave this platform out: its database is lost, too, or cannot be read. May be given several times
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) without: Vec<Platform>,
    /// Say what would be made, and make nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
