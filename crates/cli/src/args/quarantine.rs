//! The command line of `quarantine`: what the rules rejected, and what is decided about it.

use clap::{Args, Subcommand};

/// `quarantine`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    pub(crate) decision: Option<Decision>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Quarantine {
    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match &self.decision {
            None => self.json,
            Some(Decision::Release(args) | Decision::Dismiss(args)) => args.json,
        }
    }
}

/// What to do about an event in quarantine.
#[derive(Debug, Subcommand)]
pub(crate) enum Decision {
    /// Takes an event in after all, if the rules let it by now
    Release(Waiting),
    /// Lets an event never count: its bot's row goes back by as much
    Dismiss(Waiting),
}

/// `quarantine release` and `dismiss`
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// The event's key, as `onepurse quarantine` shows it, or as much of it as no other begins with
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Why, in words, for the history; needed to dismiss
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who says so, for the history [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
