//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use onepurse_core::{Cursor, Identity, Platform};

use crate::texts::Language;

pub(crate) mod books;
pub(crate) mod money;
pub(crate) mod people;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; in step; everything holds
  1  the answer is no: verify found something, import left rows out, or not in step in time
  2  wrong usage or a wrong configuration
  3  a rule of money said no (its name is printed), or an identity is unknown
  4  a database cannot be reached or used now
  5  a platform is paused or refused, and waits for the operator (verify too, where all that it checked holds)

Begin with: onepurse demo";

const GLOBAL: &str = "Options of every verb";

/// One coin balance across a Telegram bot, a Discord bot and a website.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, subcommand_required = true)]
pub(crate) struct Arguments {
    /// Where the configuration is
    #[arg(
        long,
        global = true,
        env = "ONEPURSE_CONFIG",
        default_value = "onepurse.toml",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,

    #[command(flatten)]
    pub(crate) log: LogOptions,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

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

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows it at work: two small bots' databases, one balance, and the website
    #[command(after_help = "Example:\n  onepurse demo --folder /tmp/try --language ru")]
    Demo(Demo),
    /// Attaches, keeps in step and serves the website until it is stopped
    #[command(after_help = "Example:\n  onepurse run --config /etc/onepurse.toml --log json")]
    Run(Run),
    /// Keeps in step until nothing is pending anywhere, without the website
    #[command(after_help = "Example:\n  onepurse sync --until-idle --timeout 2m")]
    Sync(Sync),
    /// Puts capture into the bots' databases
    #[command(after_help = "Example:\n  onepurse attach telegram")]
    Attach(Attach),
    /// Removes every trace from the bots' databases
    #[command(after_help = "Example:\n  onepurse detach telegram")]
    Detach(Detach),
    /// Makes two identities one purse
    #[command(after_help = "Example:\n  onepurse link telegram:456 discord:123 --reason \"asked in chat\"")]
    Link(Link),
    #[command(flatten)]
    People(people::People),
    #[command(flatten)]
    Money(money::Money),
    /// Takes over what another program kept, into the ledger
    #[command(after_help = "Example:\n  onepurse import unified-users --dry-run")]
    Import(Import),
    /// Answers the question that a paused platform asks
    #[command(
        after_help = "Examples:\n  onepurse resume telegram                   says what is asked and what each answer would do\n  onepurse resume telegram --answer ledger   answers"
    )]
    Resume(Resume),
    /// Shows the purse of an identity
    #[command(
        after_help = "Examples:\n  onepurse show telegram:456 --json\n  onepurse show telegram:456 --at 2026-02-09T12:00:00Z"
    )]
    Show(Show),
    /// Lists the entries of an identity's purse, newest first
    #[command(after_help = "Example:\n  onepurse history telegram:456 --limit 20")]
    History(History),
    /// Writes out the log, or a part of it, for other programs
    #[command(
        after_help = "Examples:\n  onepurse export --format csv --output log.csv\n  onepurse export telegram:456 --since 2026-02-01T00:00:00Z"
    )]
    Export(books::Export),
    /// Says how each platform is doing
    #[command(after_help = "Example:\n  onepurse status --json")]
    Status(Status),
    /// Checks that everything adds up, in the ledger and in the bots' databases
    ///
    /// The head that it prints stands for the whole history. Kept where nobody who can write to the ledger can change it,
    /// it shows later that the past is still the same: see docs/ledger-format.md.
    #[command(
        after_help = "Examples:\n  onepurse verify --json\n  onepurse verify --against 981:6f1e…      the head that it printed last week\n  onepurse verify --from 982 --against 981:6f1e…   only what came since"
    )]
    Verify(Verify),
    /// Is a bot of the demo: runs one statement in a database
    #[command(hide = true)]
    DemoBot(DemoBot),
}

impl Verb {
    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match self {
            Self::Demo(_) | Self::Run(_) | Self::DemoBot(_) | Self::Export(_) => false,
            Self::Sync(args) => args.json,
            Self::Attach(args) => args.json,
            Self::Detach(args) => args.json,
            Self::Link(args) => args.json,
            Self::People(verb) => verb.prints_json(),
            Self::Money(verb) => verb.prints_json(),
            Self::Import(args) => args.what.prints_json(),
            Self::Resume(args) => args.json,
            Self::Show(args) => args.json,
            Self::History(args) => args.json,
            Self::Status(args) => args.json,
            Self::Verify(args) => args.json,
        }
    }
}

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder to make; if there is one, it must be empty [default: onepurse-demo, or a temporary folder where that
    /// cannot be made]
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// Where the website listens; with port 0 the system picks one [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The language; without it, that of the environment
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
}

/// `demo-bot`
#[derive(Debug, Args)]
pub(crate) struct DemoBot {
    /// The bot's database
    pub(crate) database: PathBuf,
    /// The statement
    pub(crate) sql: String,
}

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

/// `link`
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// Its purse stays
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) stays: Identity,
    /// Everyone in its purse joins
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) joins: Identity,
    /// Why, in words, for the history
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) what: Imported,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum Imported {
    /// Makes a purse of each row of a table `unified_users`: who is in it is linked, its coins and xp enter once
    ///
    /// The table has the columns `telegram_id`, `discord_id`, `website_email`, `coins` and `xp`, and is only read. Every
    /// identity of a row counts as opened from then on: attaching the bots' own tables, which hold the same coins, adds nothing, and
    /// lists where they differ. A row that the ledger knows already changes nothing, so this can be run again, also after
    /// it was killed. A row that cannot be taken over is named with the reason, and the rest goes on.
    #[command(
        name = "unified-users",
        after_help = "Examples:\n  onepurse import unified-users --dry-run\n  onepurse import unified-users --from sqlite:///srv/shared/unified.db\n  onepurse import unified-users --from discord --table old.unified_users"
    )]
    UnifiedUsers(UnifiedUsers),
    /// Makes purses of a CSV file: identity, asset and amount on each line
    ///
    /// The first line names the columns, in any order: `identity` (like telegram:456), `asset`, `amount`, and, if there is
    /// one, `person`. Lines with the same `person` are one person's, whose identities are linked; without one, lines of the
    /// same identity are. A line without an amount only says who it is. A person's amount of an asset is given once.
    /// Everyone counts as opened from then on, as after `import unified-users`, and this can be run again.
    #[command(
        name = "csv",
        after_help = "Examples:\n  onepurse import csv openings.csv --dry-run\n\n  person,identity,asset,amount\n  anna,telegram:456,coins,150\n  anna,telegram:456,xp,7\n  anna,discord:123,,"
    )]
    Csv(Openings),
    /// Makes a purse of each line of a JSON Lines file
    ///
    /// Each line has `identities`, which are linked, and `balances`. An amount is a number, or a text where a number would
    /// not be exact. Everyone counts as opened from then on, as after `import unified-users`, and this can be run again.
    #[command(
        name = "jsonl",
        after_help = "Examples:\n  onepurse import jsonl openings.jsonl --dry-run\n\n  {\"identities\": [\"telegram:456\", \"discord:123\"], \"balances\": {\"coins\": 150, \"xp\": 7}}"
    )]
    Jsonl(Openings),
    /// Makes a purse of each user of the founding JSON file: its coins and xp, linked with its `discord_id`
    ///
    /// The file is `{"users": {"456": {"coins": 100, "xp": 7, "discord_id": "123"}}}`: the keys are Telegram ids, and what
    /// else is in it is left alone. Everyone counts as opened from then on, as after `import unified-users`, and this can
    /// be run again.
    #[command(name = "json", after_help = "Example:\n  onepurse import json users.json --dry-run")]
    Json(Openings),
}

impl Imported {
    /// True where nothing is to be done, but to be told.
    pub(crate) const fn is_dry_run(&self) -> bool {
        match self {
            Self::UnifiedUsers(args) => args.dry_run,
            Self::Csv(args) | Self::Jsonl(args) | Self::Json(args) => args.dry_run,
        }
    }

    const fn prints_json(&self) -> bool {
        match self {
            Self::UnifiedUsers(args) => args.json,
            Self::Csv(args) | Self::Jsonl(args) | Self::Json(args) => args.json,
        }
    }
}

/// `import csv`, `import jsonl` and `import json`
#[derive(Debug, Args)]
pub(crate) struct Openings {
    /// Which file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `import unified-users`
#[derive(Debug, Args)]
pub(crate) struct UnifiedUsers {
    /// Where the table is: a URL like `sqlite:///srv/unified.db` or `postgres://user:password@host/name`, $NAME for a
    /// variable of the environment, or a platform of the configuration [default: the ledger's database, outside its own schema]
    #[arg(long, value_name = "URL|$NAME|PLATFORM")]
    pub(crate) from: Option<String>,
    /// The table, or a view with the same columns; in PostgreSQL with its schema if need be
    #[arg(long, default_value = "unified_users", value_name = "TABLE")]
    pub(crate) table: String,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
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

/// `show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// As it was at this time, like 2026-02-09T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `history`
#[derive(Debug, Args)]
pub(crate) struct History {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// At most so many entries
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Only entries below this number: the last one of the page before
    #[arg(long, value_name = "SEQ")]
    pub(crate) before: Option<i64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Begin at this entry: what is before it is taken as it stands
    #[arg(long, default_value_t = 1, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) from: i64,
    /// Also say whether this head, printed by `verify` earlier and kept elsewhere, is in the ledger's history
    #[arg(long, value_name = "HEAD")]
    pub(crate) against: Option<Cursor>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads a time as people write it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write it like 500ms, 30s or 2m");
    let time: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    time.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests;
