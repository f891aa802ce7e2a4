//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config;

pub(crate) mod books;
pub(crate) mod demo;
pub(crate) mod filter;
pub(crate) mod import;
pub(crate) mod log;
pub(crate) mod money;
pub(crate) mod people;
pub(crate) mod platforms;
pub(crate) mod quarantine;
pub(crate) mod worker;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; in step; everything holds
  1  the answer is no: verify found something, import left rows out, or not in step in time
  2  wrong usage or a wrong configuration
  3  a rule of money said no (its name is printed), or an identity is unknown
  4  a database cannot be reached or used now
  5  a platform is paused or refused, and waits for the operator (verify too, where all that it checked holds)

Begin with: onepurse demo";

/// One coin balance across a Telegram bot, a Discord bot and a website.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, subcommand_required = true)]
pub(crate) struct Arguments {
    /// Where the configuration is
    #[arg(
        long,
        global = true,
        env = "ONEPURSE_CONFIG",
        default_value = config::DEFAULT,
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,

    #[command(flatten)]
    pub(crate) log: log::LogOptions,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows it at work: two small bots' databases, one balance, and the website
    #[command(after_help = "Example:\n  onepurse demo --folder /tmp/try --language ru")]
    Demo(demo::Demo),
    /// Attaches, keeps in step and serves the website until it is stopped
    #[command(after_help = "Example:\n  onepurse run --config /etc/onepurse.toml --log json")]
    Run(platforms::Run),
    /// Keeps in step until nothing is pending anywhere, without the website
    #[command(after_help = "Example:\n  onepurse sync --until-idle --timeout 2m")]
    Sync(platforms::Sync),
    /// Keeps wrapped bots in step, by their sidecars alone: without a configuration, without the website
    #[command(
        after_help = "Examples:\n  onepurse worker                                       all that is found here\n  onepurse worker telegram=/srv/tg/users.json.onepurse --ledger sqlite:///srv/ledger.db"
    )]
    Worker(worker::Worker),
    /// Puts capture into the bots' databases
    #[command(after_help = "Example:\n  onepurse attach telegram")]
    Attach(platforms::Attach),
    /// Removes every trace from the bots' databases
    #[command(after_help = "Example:\n  onepurse detach telegram")]
    Detach(platforms::Detach),
    #[command(flatten)]
    People(people::People),
    #[command(flatten)]
    Money(money::Money),
    /// Takes over what another program kept, into the ledger
    #[command(after_help = "Example:\n  onepurse import unified-users --dry-run")]
    Import(import::Import),
    /// Answers the question that a paused platform asks
    #[command(
        after_help = "Examples:\n  onepurse resume telegram                   says what is asked and what each answer would do\n  onepurse resume telegram --answer ledger   answers"
    )]
    Resume(platforms::Resume),
    /// Makes a ledger that was lost without a backup anew, from what the bots' databases know of it
    #[command(after_help = "Example:\n  onepurse rebuild --dry-run")]
    Rebuild(platforms::Rebuild),
    /// Shows the purse of an identity
    #[command(
        after_help = "Examples:\n  onepurse show telegram:456 --json\n  onepurse show telegram:456 --at 2026-02-09T12:00:00Z"
    )]
    Show(books::Show),
    /// Lists the entries of an identity's purse, newest first
    #[command(
        after_help = "Examples:\n  onepurse history telegram:456 --limit 20\n  onepurse history telegram:456 --kind transfer --since 2026-02-01T00:00:00Z"
    )]
    History(books::History),
    /// Writes out the log, or a part of it, for other programs
    #[command(
        after_help = "Examples:\n  onepurse export --format csv --output log.csv\n  onepurse export telegram:456 --since 2026-02-01T00:00:00Z"
    )]
    Export(books::Export),
    /// Says how each platform is doing
    #[command(after_help = "Example:\n  onepurse status --json")]
    Status(books::Status),
    /// Checks that everything adds up, in the ledger and in the bots' databases
    ///
    /// The head that it prints stands for the whole history. Kept where nobody who can write to the ledger can change it,
    /// it shows later that the past is still the same: see docs/ledger-format.md.
    #[command(
        after_help = "Examples:\n  onepurse verify --json\n  onepurse verify --against 981:6f1e…      the head that it printed last week\n  onepurse verify --from 982 --against 981:6f1e…   only what came since"
    )]
    Verify(books::Verify),
    /// Is a bot of the demo: runs one statement in a database
    #[command(hide = true)]
    DemoBot(demo::DemoBot),
}

impl Verb {
    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match self {
            Self::Demo(_) | Self::Run(_) | Self::Worker(_) | Self::DemoBot(_) | Self::Export(_) => false,
            Self::Sync(args) => args.json,
            Self::Attach(args) => args.json,
            Self::Detach(args) => args.json,
            Self::People(verb) => verb.prints_json(),
            Self::Money(verb) => verb.prints_json(),
            Self::Import(args) => args.what.prints_json(),
            Self::Resume(args) => args.json,
            Self::Rebuild(args) => args.json,
            Self::Show(args) => args.json,
            Self::History(args) => args.json,
            Self::Status(args) => args.json,
            Self::Verify(args) => args.json,
        }
    }
}

#[cfg(test)]
mod tests;
